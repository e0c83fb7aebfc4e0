"""When a candidate replaces the incumbent. A rule is one function, found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from assay.names import UsageError, unknown
from assay.search.paired import interval
from assay.search.problem import AnyProblem, Attempt, ComparingProblem, Json, Turns

RISK = 0.05  # That a run promotes at least one candidate that is no better.
ROUNDS = (1, 2, 4, 8)  # Comparisons after which a decision may be made.


@dataclass(frozen=True)
class Trial:
    """What a rule decides on.

    Attributes:
        problem: For rules that measure again before they decide.
        incumbent: The attempt to be replaced; it always has a score.
        challenger: The new attempt; its score is finite or None.
        candidates: How many candidates the whole run is to judge.
    """

    problem: AnyProblem
    incumbent: Attempt
    challenger: Attempt
    candidates: int = 1


@dataclass(frozen=True)
class Decision:
    """Whether to promote, and what was measured to decide; None where nothing was."""

    promoted: bool
    comparison: Json | None = None


Acceptance = Callable[[Trial], Decision]


def strict(trial: Trial) -> Decision:
    """Promote iff the challenger has a score, and a strictly higher one: the published rule."""
    score, incumbent = trial.challenger.score, trial.incumbent.score
    assert incumbent is not None
    return Decision(score is not None and score > incumbent)


def replace(trial: Trial) -> Decision:
    """Promote every challenger that has a score: the newest specification counts."""
    return Decision(trial.challenger.score is not None)


def paired(trial: Trial) -> Decision:
    """Promote iff a comparison in turns shows that the challenger is better.

    Both are measured in turns, again and again, until the lower end of a bootstrap interval of the
    ratio exceeds 1, the ratio itself does not, or ``ROUNDS`` is exhausted. The interval is so wide
    that a whole run promotes a candidate that is no better with a probability of at most ``RISK``.
    All that was measured is part of the decision: one entry of ``rounds`` for each comparison.
    """
    if trial.challenger.score is None or trial.challenger.duplicate_of is not None:
        return Decision(False)
    risk = RISK / max(trial.candidates, 1) / len(ROUNDS)
    turns: list[list[float]] = []
    measured: list[Json] = []
    found = None
    for rounds in ROUNDS:
        while len(measured) < rounds:
            more = _compare(trial)
            measured.append(more.details)
            if not more.ratios:
                failure = {"ratio": None, "low": None, "risk": risk, "rounds": measured}
                return Decision(False, failure)
            so_far = turns or [[]] * len(more.ratios)
            turns = [[*old, *new] for old, new in zip(so_far, more.ratios, strict=True)]
        found = interval(turns, risk)
        if found.low > 1 or found.ratio <= 1:
            break
    assert found is not None
    values = {**asdict(found), "risk": risk, "ratios": turns, "rounds": measured}
    return Decision(found.low > 1, values)


def _compare(trial: Trial) -> Turns:
    incumbent, challenger = trial.incumbent.candidate, trial.challenger.candidate
    assert isinstance(trial.problem, ComparingProblem)
    assert incumbent is not None and challenger is not None
    return trial.problem.compare(incumbent, challenger)


RULES: dict[str, Acceptance] = {"strict": strict, "paired": paired, "replace": replace}


def acceptance(name: str, problem: AnyProblem | None = None) -> Acceptance:
    """The rule of that name.

    Raises:
        UsageError: There is none, with the names and the nearest one; or the problem cannot be
            judged by it.
    """
    if name not in RULES:
        raise unknown("acceptance rule", name, RULES)
    if name == "paired" and problem is not None and not isinstance(problem, ComparingProblem):
        raise UsageError(
            f"the rule 'paired' measures two candidates in turns, which {problem.name} does not "
            f"offer. Its evaluations are not noisy: use 'strict'."
        )
    return RULES[name]
