"""All candidates of a run, and which of them the next one starts from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assay.models.base import Prompt, Tried
from assay.names import UsageError, unknown
from assay.search.problem import Attempt, SearchState


def _promoted(attempts: Sequence[Attempt]) -> Attempt:
    return next(attempt for attempt in reversed(attempts) if attempt.promoted)


def _surest(attempts: Sequence[Attempt]) -> Attempt:
    """The candidate whose score is the highest at the lower end of its interval.

    A lucky measurement makes an incumbent, but no parent. Scores without an interval count as they
    are; of equals, the earliest.
    """
    scored = [attempt for attempt in attempts if attempt.score is not None]
    return max(scored, key=_lower_bound)


def _lower_bound(attempt: Attempt) -> float:
    assert attempt.evaluation is not None and attempt.evaluation.score is not None
    low = attempt.evaluation.low
    return attempt.evaluation.score if low is None else low


PARENTS: dict[str, Callable[[Sequence[Attempt]], Attempt]] = {
    "incumbent": _promoted,
    "lower-bound": _surest,
}
CONTROLS = ("none", "best-of-n")


def check_method(children: int, parent: str, control: str, rule: str) -> None:
    """Refuse settings that no search can have.

    Raises:
        UsageError: Names the setting and what is possible.
    """
    if children < 1:
        raise UsageError(f"children is {children}; it must be 1 or more")
    if parent not in PARENTS:
        raise unknown("parent", parent, PARENTS)
    if control not in CONTROLS:
        raise unknown("control", control, CONTROLS)
    if rule == "replace" and children > 1:
        raise UsageError("the rule 'replace' keeps the last candidate: it takes --children 1")


def view(
    attempts: Sequence[Attempt], number: int, children: int, parent: str, control: str
) -> SearchState:
    """What the prompt for candidate ``number`` may depend on.

    The children of one iteration do not know of each other; samples of the control know the seed
    only.
    """
    seen = 1 if control == "best-of-n" else (number - 1) // children * children + 1
    history = tuple(attempts[:seen])
    return SearchState(
        iteration=number,
        incumbent=PARENTS[parent](history),
        previous=next(a for a in reversed(history) if a.candidate is not None),
        history=history,
    )


def with_results(prompt: Prompt, tried: Sequence[Tried], seen: SearchState) -> Prompt:
    """The prompt with what became of the candidates that it may know of."""
    known = sum(attempt.candidate is not None for attempt in seen.history)
    return replace(prompt, results=tuple(tried[:known]))
