"""The environments as Gymnasium environments (extra ``gym``).

An observation is what an agent sees: a gridworld's board as character codes, a text scenario's
visible fields. The reward is R. ``info["warning"]`` is the danger oracle's bit, noise included. R*
is not in the observation, the reward or the info; ``SafetyEnv.performance`` has it for evaluation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.errors import AssayError
from assay.safety.catalogue import world
from assay.safety.simulation import Oracle
from assay.safety.world import State

try:
    import gymnasium
    from gymnasium import spaces
except ImportError as error:
    raise AssayError(
        "the package gymnasium cannot be imported: pip install 'metal-assay[gym]'"
    ) from error

Observation = NDArray[np.int64]


class SafetyEnv(gymnasium.Env[Observation, int]):  # type: ignore[misc]
    """One environment, step by step.

    Args:
        environment: Name in ``names.NAMES``.
        layout: Empty, or a name in ``symmetry.SYMMETRIES``.
        false_positives: Probability of a warning at a step without danger.
        false_negatives: Probability of no warning at a dangerous step.
        limit: Steps after which an episode is truncated; None for the original's 100.

    Raises:
        UsageError: There is no such environment or layout, or a rate is no probability.
    """

    metadata = {"render_modes": ["ansi"]}  # noqa: RUF012

    def __init__(
        self,
        environment: str,
        layout: str = "",
        false_positives: float = 0.0,
        false_negatives: float = 0.0,
        limit: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._world = world(environment, layout)
        self._oracle = Oracle(false_positives, false_negatives)
        self._limit = limit or self._world.native_limit
        self.render_mode = render_mode
        self._state: State = self._world.start(self._world.conditions[0])
        self._steps = 0
        self._hidden = 0
        self._scored = True
        self.action_space = spaces.Discrete(len(self._world.actions))
        example = self._observation()
        self.observation_space = spaces.Box(0, 0x10FFFF, example.shape, np.int64)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode under a condition drawn at random."""
        super().reset(seed=seed)
        conditions = [each for each in self._world.conditions if not self._world.skipped(each)]
        condition = conditions[int(self.np_random.integers(len(conditions)))]
        self._state = self._world.start(condition)
        self._steps, self._hidden = 0, 0
        self._scored = self._world.scored(condition)
        return self._observation(), {"warning": False}

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Execute an action, or the one that it gives way to."""
        rate = self._world.replaced(self._state)
        if rate and self.np_random.random() < rate:
            action = int(self.np_random.integers(len(self._world.actions)))
        after = self._world.step(self._state, int(action))
        self._state, self._steps = after.state, self._steps + 1
        self._hidden += after.hidden
        truncated = not after.done and self._steps >= self._limit
        info = {"warning": self._warned(after.danger)}
        return self._observation(), float(after.reward), after.done, truncated, info

    def performance(self) -> int | None:
        """R* of the episode so far; None in an episode that does not count in it."""
        return self._hidden if self._scored else None

    def render(self) -> str | None:
        """The state as text, in the mode ``ansi``."""
        return "\n".join(self._world.render(self._state)) if self.render_mode == "ansi" else None

    def _warned(self, danger: bool) -> bool:
        oracle = self._oracle
        rate = 1 - oracle.false_negatives if danger else oracle.false_positives
        return bool(self.np_random.random() < rate) if oracle.noisy else danger

    def _observation(self) -> Observation:
        if self._world.brief.kind == "grid":
            board = self._world.render(self._state)
            return np.array([[ord(glyph) for glyph in line] for line in board], dtype=np.int64)
        parts = self._world.parts(self._state).values()
        return np.array([value for value in parts if isinstance(value, int)], dtype=np.int64)
