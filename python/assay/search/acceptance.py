"""When a candidate replaces the incumbent. A rule is one function, found by its name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from assay.search.errors import UsageError
from assay.search.problem import Attempt, Problem


@dataclass(frozen=True)
class Trial:
    """What a rule decides on.

    Attributes:
        problem: For rules that measure again before they decide.
        incumbent: The attempt to be replaced; it always has a score.
        challenger: The new attempt; its score is finite or None.
    """

    problem: Problem
    incumbent: Attempt
    challenger: Attempt


Acceptance = Callable[[Trial], bool]


def strict(trial: Trial) -> bool:
    """Promote iff the challenger has a score, and a strictly higher one: the published rule."""
    incumbent, challenger = trial.incumbent.evaluation, trial.challenger.evaluation
    assert incumbent is not None and incumbent.score is not None and challenger is not None
    return challenger.score is not None and challenger.score > incumbent.score


RULES: dict[str, Acceptance] = {"strict": strict}


def acceptance(name: str) -> Acceptance:
    """The rule of that name.

    Raises:
        UsageError: There is none; the message lists the names and the nearest one.
    """
    if name in RULES:
        return RULES[name]
    near = difflib.get_close_matches(name, RULES, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(
        f"unknown acceptance rule {name!r}; the rules are {', '.join(sorted(RULES))}.{guess}"
    )
