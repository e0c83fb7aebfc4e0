"""Tabular Q-learning: one table for all agents, over the published features of a state.

Gathering has 4 320 states: the first move toward the nearest apple (0 to 3 as actions, 4 on one,
5 none), bins of its distance, of the living apples nearby, the bearing and the distance of the
nearest agent, whether an opponent is in the beam, and whether the agent was hit. Cleanup has
11 664: move and distance for apple and waste, bins of the waste density, whether a clean beam
reaches waste, whether an apple is nearby, and the distance of the nearest agent.

Learning is on shaped rewards: half the own and half the mean reward of all; in Gathering 0.1 less
for a beam; in Cleanup 1.5 more for a clean that reaches waste and 2 less for a beam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assay import _native
from assay.dilemmas.environment import check_seed
from assay.dilemmas.episode import Policy
from assay.dilemmas.games import game_spec, make
from assay.dilemmas.view import PolicyView
from assay.names import UsageError

KINDS = ("gathering", "cleanup")


@dataclass(frozen=True)
class Training:
    """How a table is learned; the numbers are the published ones.

    Attributes:
        episodes: Episodes to play. Episode k has the seed ``seed`` + k.
        learning_rate: Alpha.
        discount: Gamma.
        epsilon: Probability of a random action in the first episode.
        last_epsilon: The same from episode ``decay_episodes`` on; in between it falls linearly.
        decay_episodes: See there.
        seed: Of the first episode, and of the learner's own random numbers.
    """

    episodes: int = 1000
    learning_rate: float = 0.1
    discount: float = 0.99
    epsilon: float = 1.0
    last_epsilon: float = 0.05
    decay_episodes: int = 100
    seed: int = 40

    def epsilon_in(self, episode: int) -> float:
        """Probability of a random action in an episode, counted from 0."""
        part = min(episode / self.decay_episodes, 1.0)
        return self.epsilon + (self.last_epsilon - self.epsilon) * part


@dataclass(frozen=True)
class QTable:
    """What was learned.

    Attributes:
        game: Name of the game.
        sizes: How many values each feature has; their product is the number of states.
        values: Value of every action in every state, (states, actions) float64; the number of a
            state counts its features like digits, the last one fastest.
        met: Whether a state was met in training, (states,) bool.
        returns: Sum of all rewards in every episode of the training, (episodes,) float64.
    """

    game: str
    sizes: tuple[int, ...]
    values: npt.NDArray[np.float64]
    met: npt.NDArray[np.bool_]
    returns: npt.NDArray[np.float64]

    def entry(self, *features: int) -> npt.NDArray[np.float64]:
        """Value of every action for these features, (actions,) float64."""
        return self.values[np.ravel_multi_index(features, self.sizes)]

    def policy(self) -> Policy:
        """The policy that takes the best action, the first of several."""
        best = self.values.argmax(axis=1).reshape(self.sizes)

        def act(view: PolicyView, agent: int) -> int:
            if view.agent_timeout[agent] > 0:  # type: ignore[attr-defined]
                return 7
            return int(best[_native.q_features(view, agent)])

        return act


def train(
    game: str,
    n_agents: int,
    training: Training | None = None,
    *,
    max_steps: int | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> QTable:
    """Learn a table.

    Args:
        game: Name of a game of the kind Gathering or Cleanup.
        n_agents: Number of agents, all of which use and improve the table.
        training: How to learn.
        max_steps: Horizon; without it, the game's default.
        progress: Called after each episode with its number, from 1, and the sum of its rewards.

    Raises:
        UsageError: The features are not known for the game, or the training has no episode.
    """
    training = training or Training()
    spec = game_spec(game)
    if spec.kind not in KINDS:
        raise UsageError(
            f"{game}: features for Q-learning exist for games of {' and '.join(KINDS)}"
        )
    if training.episodes < 1 or training.decay_episodes < 1:
        raise UsageError("a training needs 1 episode or more, and as many for epsilon to fall")
    env = make(game, n_agents, max_steps=max_steps)
    learner = _native.QLearner(
        env.game,
        env.paths,
        training.learning_rate,
        training.discount,
        check_seed(training.seed),
        len(spec.actions),
    )
    returns = []
    for episode in range(training.episodes):
        epsilon = training.epsilon_in(episode)
        returns.append(learner.episode(training.seed + episode, epsilon, env.max_steps))
        if progress is not None:
            progress(episode + 1, returns[-1])
    return QTable(
        game,
        tuple(learner.feature_sizes),
        learner.values.copy(),
        learner.met.copy(),
        np.array(returns),
    )
