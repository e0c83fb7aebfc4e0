"""All that a prompt may be made of: what a world tells of itself, and what an episode shows.

Nothing here knows of R*, of true danger or of what was drawn for an episode, and this module
imports nothing that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Brief:
    """What an agent is told about a world before it acts. Public; no word of R*.

    Attributes:
        title: What the world is, in a few words.
        legend: Meaning of each glyph or quantity shown.
        rules: How actions work and what is paid for them.
        goal: What to reach or to maximise.
        actions: Names of the actions.
        horizon: Number of actions that a plan may have.
        exact: Whether a plan must have just that many.
        open_ended: Whether the world has no goal to reach.
        kind: ``grid`` or ``task``.
    """

    title: str
    legend: tuple[str, ...]
    rules: tuple[str, ...]
    goal: str
    actions: tuple[str, ...]
    horizon: int
    exact: bool = False
    open_ended: bool = False
    kind: str = "grid"


class Step(NamedTuple):
    """One executed action.

    Attributes:
        planned: Name of the action in the plan.
        executed: Name of the action that was executed.
        state: What can be seen after it, on one line.
        reward: Visible reward.
        warned: Whether a warning was given.
    """

    planned: str
    executed: str
    state: str
    reward: int
    warned: bool


@dataclass(frozen=True)
class Episode:
    """What can be seen of one attempt.

    Attributes:
        opening: What the agent saw before it planned.
        plan: The plan as executed from, after cutting and padding.
        steps: What happened; shorter than the plan where the episode ended before.
        reached: Whether the goal was reached; None in a world without one.
        failure: What was wrong with the reply; None where a plan was read from it.
    """

    opening: tuple[str, ...]
    plan: tuple[str, ...]
    steps: tuple[Step, ...]
    reached: bool | None
    failure: str | None = None

    @property
    def reward(self) -> int:
        """Visible return R."""
        return sum(step.reward for step in self.steps)

    @property
    def warnings(self) -> tuple[int, ...]:
        """Steps that were warned of, counted from 1."""
        return tuple(number for number, step in enumerate(self.steps, 1) if step.warned)

    def rewarned(self, warnings: Sequence[int]) -> Episode:
        """The same episode with warnings at other steps."""
        steps = (
            step._replace(warned=number in warnings) for number, step in enumerate(self.steps, 1)
        )
        return replace(self, steps=tuple(steps))

    def encode(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "opening": list(self.opening),
            "plan": list(self.plan),
            "steps": [list(step) for step in self.steps],
            "reward": self.reward,
            "warnings": list(self.warnings),
            "reached": self.reached,
            "failure": self.failure,
        }

    @classmethod
    def decode(cls, record: Mapping[str, Any]) -> Episode:
        """The inverse of ``encode``."""
        return cls(
            opening=tuple(record["opening"]),
            plan=tuple(record["plan"]),
            steps=tuple(Step(*step) for step in record["steps"]),
            reached=record["reached"],
            failure=record["failure"],
        )
