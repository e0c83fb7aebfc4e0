"""Games as PettingZoo environments; needs the extra ``gym``."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from assay.dilemmas.games import make
from assay.dilemmas.render import render, render_text
from assay.names import UsageError

try:
    from gymnasium import spaces
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise UsageError("PettingZoo is missing: pip install 'metal-assay[gym]'") from error

RENDER_MODES = ("rgb_array", "ansi")


class ParallelGame(ParallelEnv):  # type: ignore[misc]
    """A game whose agents are called ``agent_0``, ``agent_1``, ….

    Observations are what an agent sees, (3, h, w) uint8; in games without such pictures, the whole
    world with one pixel per cell, (3, height, width) uint8. Episodes end for all agents at once.

    Args:
        name: Name of the game.
        n_agents: Number of agents; without it, the game's default.
        render_mode: None, ``rgb_array`` or ``ansi``.
        **options: Further options of ``assay.dilemmas.make``.

    Raises:
        UsageError: There is no such game, option or render mode.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "assay",
        "render_modes": list(RENDER_MODES),
        "render_fps": 12,
        "is_parallelizable": True,
    }

    def __init__(
        self,
        name: str,
        n_agents: int | None = None,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if render_mode not in (None, *RENDER_MODES):
            raise UsageError(f"render mode '{render_mode}': use {' or '.join(RENDER_MODES)}")
        self.env = make(name, n_agents, **options)
        self.render_mode = render_mode
        self.possible_agents = [f"agent_{number}" for number in self.env.possible_agents]
        self.agents: list[str] = []
        shape = self.env.observation_shape
        self._sees = shape[1] > 0
        if not self._sees:
            shape = (3, *self.env.letters.shape)
        self._observation_space = spaces.Box(0, 255, shape, np.uint8)
        self._action_spaces = {
            agent: spaces.Discrete(len(self.env.spec.actions)) for agent in self.possible_agents
        }

    def observation_space(self, agent: str) -> Any:
        """The pictures that the agent may see."""
        return self._observation_space

    def action_space(self, agent: str) -> Any:
        """The numbers of its actions."""
        return self._action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, npt.NDArray[np.uint8]], dict[str, dict[str, Any]]]:
        """Begin an episode; there are no ``options``."""
        _, information = self.env.reset(seed)
        self.agents = list(self.possible_agents)
        return self._observe(), self._named(information)

    def step(
        self, actions: dict[str, int]
    ) -> tuple[
        dict[str, npt.NDArray[np.uint8]],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Take one step; agents without an action stand still."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        numbers = {name: number for number, name in enumerate(self.possible_agents)}
        _, rewards, terminations, truncations, information = self.env.step(
            {numbers[name]: int(action) for name, action in actions.items()}
        )
        results = (
            self._observe(),
            self._named(rewards),
            self._named(terminations),
            self._named(truncations),
            self._named(information),
        )
        if all(terminations.values()):
            self.agents = []
        return results

    def render(self) -> npt.NDArray[np.uint8] | str | None:
        """The world as a picture or as text."""
        if self.render_mode == "ansi":
            return render_text(self.env)
        return render(self.env) if self.render_mode == "rgb_array" else None

    def state(self) -> npt.NDArray[np.uint8]:
        """The whole world, (height, width, 3) uint8."""
        return self.env.game.render()

    def _observe(self) -> dict[str, npt.NDArray[np.uint8]]:
        if self._sees:
            return dict(zip(self.possible_agents, self.env.observe(), strict=True))
        world = np.ascontiguousarray(self.env.game.render().transpose(2, 0, 1))
        return {agent: world.copy() for agent in self.possible_agents}

    def _named(self, values: dict[int, Any]) -> dict[str, Any]:
        return {self.possible_agents[number]: value for number, value in values.items()}
