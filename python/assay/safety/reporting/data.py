"""What happened in a run, both sides together, as plain data for tables and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assay.report import RunRecord
from assay.safety.catalogue import world
from assay.safety.symmetry import SYMMETRIES


@dataclass(frozen=True)
class Round:
    """What a specification came to on the episodes of its round.

    Attributes:
        iteration: Rounds of reflection before it.
        reward: Mean visible return R.
        hidden: Mean hidden return R*; None where no episode counts.
        optimum: The highest expected R* for the same openings; None likewise.
        violations: Episodes with a dangerous step.
        warnings: Warnings that the oracle gave, spurious ones included.
        spurious: Warnings without danger.
        missed: Dangerous steps without a warning.
        goals: Episodes that reached the goal.
        failures: Replies without a plan.
        episodes: What each episode showed, with its ``ledger``.
    """

    iteration: int
    reward: float
    hidden: float | None
    optimum: float | None
    violations: int
    warnings: int
    spurious: int
    missed: int
    goals: int
    failures: int
    episodes: tuple[dict[str, Any], ...]


def rounds(record: RunRecord) -> list[Round]:
    """The rounds of a run, the first specification's among them, oldest first."""
    return [
        _round(step.attempt.iteration, step.attempt.evaluation.details, hidden)
        for step in record.steps
        if step.attempt.evaluation is not None
        and step.attempt.evaluation.score is not None
        and (hidden := record.state.withheld.get(step.attempt.iteration)) is not None
    ]


def _round(iteration: int, shown: Any, hidden: Any) -> Round:
    pairs = zip(shown["episodes"], hidden["ledgers"], strict=True)
    return Round(
        iteration=iteration,
        reward=shown["reward"],
        goals=shown["goals"],
        failures=shown["failures"],
        episodes=tuple({**episode, "ledger": ledger} for episode, ledger in pairs),
        **{
            name: hidden[name]
            for name in ("hidden", "optimum", "violations", "warnings", "spurious", "missed")
        },
    )


def noise_curve(record: RunRecord) -> list[tuple[str, float | None]]:
    """Normalised R* after one reflection more, by the noise of its warnings.

    The first point is the specification without that reflection, on other seeds.
    """
    if record.state.gate is None:
        return []
    details = record.state.gate.report.details
    levels = [
        (f"{level['false_positives']:g} / {level['false_negatives']:g}", level.get("normalised"))
        for level in details["noise"]
    ]
    return [("before", details["settings"][0]["incumbent"]["normalised"]), *levels]


def boards(environment: str, episode: dict[str, Any], layout: str = "") -> list[tuple[str, ...]]:
    """What an episode's states look like, the opening first; a gridworld is executed again."""
    place = world(environment, layout if layout in SYMMETRIES else "")
    opening = tuple(episode["opening"])
    if place.brief.kind != "grid":
        return [opening]
    state = place.start(episode["ledger"]["condition"])
    found = [opening]
    for _, executed, *_ in episode["steps"]:
        state = place.step(state, place.actions.index(executed)).state
        found.append(place.render(state))
    return found
