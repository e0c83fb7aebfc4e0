"""Games as environments in the style of PettingZoo's parallel ones."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from assay import _native
from assay.dilemmas.game_views import VIEWS
from assay.dilemmas.games import GameSpec
from assay.dilemmas.view import PolicyView, refresh
from assay.names import UsageError

MAX_SEED = 2**64 - 1

# What the information of each agent holds besides quantities of the world: state by name.
_BEAMS = {"timeout": "agent_timeout", "beam_hits": "agent_beam_hits"}
_INFORMATION: Mapping[str, Mapping[str, str]] = {
    "gathering": _BEAMS,
    "cleanup": _BEAMS,
    "coop_mining": {},
    "nested_commons": {
        "timeout": "raid_attempted",
        "raid_attempted": "raid_attempted",
        "inventory": "inventory",
        "fresh_collected": "fresh_collected",
    },
    "production_economy": {
        "inventory": "inventory",
        "has_tool": "has_tool",
        "tool_age": "tool_age",
    },
}


@lru_cache(maxsize=16)
def _paths(rows: tuple[str, ...]) -> _native.GamePaths:
    return _native.GamePaths(list(rows))


def check_seed(seed: int) -> int:
    """The seed, or UsageError if it is not a whole number from 0 to 2**64 - 1."""
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"seed {seed} is not a whole number from 0 to 2**64 - 1")
    return int(seed)


class Environment:
    """One game: ``reset``, then ``step`` with an action per agent. Agents are numbers from 0 on.

    A missing action is STAND or NOOP, an unknown one does nothing. All agents are terminated when
    ``max_steps`` is reached; stepping on is allowed. Made by ``assay.dilemmas.make``.

    Attributes:
        spec: The game.
        game: The engine.
        parameters: The numbers of its rules.
        letters: The map, (height, width) of single letters.
    """

    def __init__(
        self,
        spec: GameSpec,
        n_agents: int,
        max_steps: int,
        parameters: Mapping[str, float],
        observations: bool = False,
    ) -> None:
        self.spec = spec
        self.n_agents = n_agents
        self.max_steps = max_steps
        self.parameters = dict(parameters)
        self.observations = observations
        self.game = _native.Game(spec.kind, list(spec.rows), n_agents, self.parameters)
        self.paths = _paths(spec.rows)
        self._state = self.game.state()
        width = max(map(len, spec.rows))
        self.letters = np.array([list(row.ljust(width)) for row in spec.rows])
        self._seeded = False
        self._view: PolicyView | None = None

    @property
    def possible_agents(self) -> list[int]:
        """The agents' numbers."""
        return list(range(self.n_agents))

    @property
    def observation_shape(self) -> tuple[int, int, int]:
        """(3, height, width) of one agent's picture; (3, 0, 0) in games without pictures."""
        if "view_ahead" not in self.parameters:
            return (3, 0, 0)
        ahead, side = int(self.parameters["view_ahead"]), int(self.parameters["view_side"])
        return (3, ahead + 1, 2 * side + 1)

    @property
    def step_count(self) -> int:
        """Steps since the reset."""
        return self.game.step_count

    @property
    def state(self) -> dict[str, npt.NDArray[Any]]:
        """The state by name, as writable arrays over the engine's own memory.

        For tests and for showing what happens if policies get it; never give it to a policy.
        """
        return self._state

    def reset(self, seed: int | None = None) -> tuple[dict[int, Any], dict[int, dict[str, Any]]]:
        """Begin an episode; return observations and information by agent.

        With a seed, all random numbers are those of ``numpy.random.default_rng(seed)``. Without
        one, the stream goes on; the first time, it is seeded by the system.
        """
        if seed is not None:
            self.game.seed(check_seed(seed))
        elif not self._seeded:
            self.game.seed(secrets.randbits(64))
        self._seeded = True
        self.game.reset()
        return self._observe(), self._information()

    def step(
        self, actions: Mapping[int, int]
    ) -> tuple[
        dict[int, Any],
        dict[int, float],
        dict[int, bool],
        dict[int, bool],
        dict[int, dict[str, Any]],
    ]:
        """Take one step; return observations, rewards, terminations, truncations, information."""
        stand = self.stand
        rewards = self.advance([actions.get(agent, stand) for agent in range(self.n_agents)])
        agents = range(self.n_agents)
        done = self.step_count >= self.max_steps
        return (
            self._observe(),
            {agent: float(rewards[agent]) for agent in agents},
            dict.fromkeys(agents, done),
            dict.fromkeys(agents, False),
            self._information(),
        )

    def advance(self, actions: Sequence[int]) -> npt.NDArray[np.float64]:
        """Take one step with the actions of agents 0, 1, …; return their rewards, (n,) float64.

        Raises UsageError before the first reset.
        """
        if not self._seeded:
            raise UsageError(f"{self.spec.name}: call reset before the first step")
        return self.game.step(actions)

    def view(self) -> PolicyView:
        """What policies see now. It is the same object in every step, brought up to date."""
        if self._view is None:
            self._view = VIEWS[self.spec.kind](self)
        return refresh(self._view)

    def observe(self) -> npt.NDArray[np.uint8]:
        """What all agents see, (n, 3, h, w) uint8: each at the bottom centre, facing up."""
        return self.game.observe()

    @property
    def stand(self) -> int:
        """The action that does nothing."""
        names = self.spec.actions.__members__
        return int(names["STAND"] if "STAND" in names else names["NOOP"])

    def _observe(self) -> dict[int, Any]:
        if not self.observations or self.observation_shape[1] == 0:
            return dict.fromkeys(range(self.n_agents))
        return dict(enumerate(self.observe()))

    def _information(self) -> dict[int, dict[str, Any]]:
        shared: dict[str, Any] = {"timeout": 0, **self.game.gauges(), "step": self.step_count}
        own = {name: self._state[field] for name, field in _INFORMATION[self.spec.kind].items()}
        return {
            agent: {**shared, **{name: values[agent].tolist() for name, values in own.items()}}
            for agent in range(self.n_agents)
        }
