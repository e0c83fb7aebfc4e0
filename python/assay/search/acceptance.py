"""When a candidate replaces the incumbent. A rule is one function, found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.names import unknown
from assay.search.problem import AnyProblem, Attempt


@dataclass(frozen=True)
class Trial:
    """What a rule decides on.

    Attributes:
        problem: For rules that measure again before they decide.
        incumbent: The attempt to be replaced; it always has a score.
        challenger: The new attempt; its score is finite or None.
    """

    problem: AnyProblem
    incumbent: Attempt
    challenger: Attempt


Acceptance = Callable[[Trial], bool]


def strict(trial: Trial) -> bool:
    """Promote iff the challenger has a score, and a strictly higher one: the published rule."""
    incumbent, challenger = trial.incumbent.evaluation, trial.challenger.evaluation
    assert incumbent is not None and incumbent.score is not None and challenger is not None
    return challenger.score is not None and challenger.score > incumbent.score


def replace(trial: Trial) -> bool:
    """Promote every challenger that has a score: the newest specification counts."""
    return trial.challenger.evaluation is not None and trial.challenger.evaluation.score is not None


RULES: dict[str, Acceptance] = {"strict": strict, "replace": replace}


def acceptance(name: str) -> Acceptance:
    """The rule of that name.

    Raises:
        UsageError: There is none; the message lists the names and the nearest one.
    """
    if name not in RULES:
        raise unknown("acceptance rule", name, RULES)
    return RULES[name]
