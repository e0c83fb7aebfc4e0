"""Episodes: playing one with policies, and replaying recorded actions in a clean engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assay import _native
from assay.dilemmas.environment import Environment, check_seed
from assay.dilemmas.games import make
from assay.dilemmas.view import PolicyView
from assay.names import UsageError

Policy = Callable[[PolicyView, int], int]


@dataclass(frozen=True)
class Episode:
    """What happened in one episode of T steps and n agents.

    Attributes:
        game: Name of the game.
        seed: Seed of its random numbers.
        actions: What every agent did, (T, n) int32.
        rewards: What it got, (T, n) float64.
        conflicts: Whether it was timed out (in Nested Commons: raided), (T, n) bool.
        series: Quantities of the world after every step, (T,) float64 by name.
        events: How often each agent did or suffered something, (n,) int64 by name.
    """

    game: str
    seed: int
    actions: npt.NDArray[np.int32]
    rewards: npt.NDArray[np.float64]
    conflicts: npt.NDArray[np.bool_]
    series: Mapping[str, npt.NDArray[np.float64]]
    events: Mapping[str, npt.NDArray[np.int64]]

    @property
    def n_agents(self) -> int:
        """Number of agents."""
        return int(self.rewards.shape[1])

    @property
    def totals(self) -> npt.NDArray[np.float64]:
        """Return of every agent, (n,) float64."""
        return self.rewards.sum(axis=0)


def run_episode(env: Environment, policies: Sequence[Policy], seed: int) -> Episode:
    """Play an episode of ``env.max_steps`` steps in this process, without any protection.

    ``policies[i]`` decides for agent i. All decide on the same state, in the order of their
    numbers, also while they are timed out.
    """
    if len(policies) != env.n_agents:
        raise UsageError(f"{len(policies)} policies for {env.n_agents} agents")
    env.reset(seed)
    log = _native.GameLog(env.game, env.max_steps)
    numbered = list(enumerate(policies))
    for _ in range(env.max_steps):
        view = env.view()
        log.step([policy(view, agent) for agent, policy in numbered])
    return episode_of(env, seed, log)


def replay(game: str, seed: int, actions: npt.ArrayLike, **options: Any) -> Episode:
    """Play recorded actions, (T, n), in a new engine: what they are really worth.

    ``options`` are those of ``make``.
    """
    return replay_many(game, [seed], np.asarray(actions)[None], **options)[0]


def replay_many(
    game: str, seeds: Sequence[int], actions: npt.ArrayLike, threads: int = 0, **options: Any
) -> list[Episode]:
    """Play one episode per seed with actions (episode, T, n), on all processors.

    Args:
        game: Name of the game.
        seeds: Seed of each episode.
        actions: Whole numbers.
        threads: How many threads to use; 0 means one per processor.
        **options: Those of ``make``.

    Raises:
        UsageError: There is no such game, or the actions do not have that shape.
    """
    matrix = np.asarray(actions)
    if matrix.ndim != 3 or len(matrix) != len(seeds) or matrix.dtype.kind not in "iu":
        raise UsageError(
            f"actions of shape {matrix.shape} and dtype {matrix.dtype} for {len(seeds)} episodes: "
            "they have to be whole numbers of shape (episodes, steps, agents)"
        )
    environments = [make(game, matrix.shape[2], **options) for _ in seeds]
    for env, seed in zip(environments, seeds, strict=True):
        env.reset(check_seed(seed))
    logs = [_native.GameLog(env.game, matrix.shape[1]) for env in environments]
    _native.run_logs(logs, matrix.astype(np.int32), threads)
    return [
        episode_of(env, seed, log) for env, seed, log in zip(environments, seeds, logs, strict=True)
    ]


def episode_of(env: Environment, seed: int, log: _native.GameLog) -> Episode:
    """The episode that was logged."""
    counts = env.game.events()
    gauges = log.gauges
    return Episode(
        game=env.spec.name,
        seed=seed,
        actions=log.actions,
        rewards=log.rewards,
        conflicts=log.conflicts,
        series={name: gauges[:, i] for i, name in enumerate(env.game.gauge_names)},
        events={name: counts[:, i] for i, name in enumerate(env.game.event_names)},
    )
