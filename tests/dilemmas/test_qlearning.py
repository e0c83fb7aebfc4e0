"""Tabular Q-learning against the recorded tables, and as a learner."""

from __future__ import annotations

import numpy as np
import pytest

from assay import _native
from assay.dilemmas import make, run_episode
from assay.dilemmas.qlearning import Training, train
from assay.names import UsageError

RUNS = {
    "gathering_q_small_2agents_3episodes": ("gathering_small", 2),
    "cleanup_q_small_3agents_3episodes": ("cleanup_small", 3),
}


@pytest.mark.parametrize("run", RUNS)
def test_recorded_tables(traces, run):
    recorded = traces["q_learning"]["runs"][run]
    episodes = []
    table = train(
        *RUNS[run],
        Training(episodes=3, decay_episodes=2, seed=42),
        progress=lambda number, total: episodes.append((number, total)),
    )
    for (number, total), line in zip(episodes, recorded["stdout_lines"], strict=True):
        words = line.replace("|", " ").replace("team_r(last 1):", "team_r:").split()
        assert (number, total) == (int(words[1]), float(words[3]))
    assert table.met.sum() == recorded["n_states"]
    assert table.values.sum() == pytest.approx(recorded["sum_q"], abs=1e-9)
    assert table.values.max() == pytest.approx(recorded["max_q"], abs=1e-9)
    assert table.values.min() == pytest.approx(recorded["min_q"], abs=1e-9)
    for features, values in recorded["some_entries"].items():
        numbers = [int(number) for number in features.split(",")]
        assert table.entry(*numbers).tolist() == pytest.approx(values, abs=1e-12)


def test_the_number_of_states_is_the_published_one():
    for game, states, actions in (("gathering_small", 4320, 8), ("cleanup_small", 11664, 9)):
        table = train(game, 2, Training(episodes=1), max_steps=5)
        assert table.values.shape == (states, actions) == (np.prod(table.sizes), actions)


def test_features_by_hand():
    env = make("gathering", 3)
    env.reset(seed=0)
    state = env.state
    # Agent 0 faces east; the nearest apple is at (1, 11); agent 1 is ahead, behind it agent 2.
    state["agent_pos"][:] = [[1, 8], [1, 9], [1, 2]]
    state["agent_orient"][:] = [1, 0, 0]
    state["agent_beam_hits"][0] = 1
    # An apple three steps ahead; those within five cells; someone ahead, close, in the beam; hit.
    apples = sum(abs(r - 1) + abs(c - 8) <= 5 for r, c in env.view().apple_points)
    assert apples > 3
    assert _native.q_features(env.view(), 0) == (0, 1, 2, 0, 0, 1, 1)
    # Agent 2 faces north: the apple is to its right, 9 away; the nearest agent too, 6 away.
    assert _native.q_features(env.view(), 2) == (3, 3, 0, 3, 1, 0, 0)


def test_learning_pays():
    table = train("gathering_small", 2, Training(episodes=40, decay_episodes=20), max_steps=300)
    assert table.returns[-5:].mean() > 3 * table.returns[:5].mean()
    env = make("gathering_small", 2, max_steps=300)
    episode = run_episode(env, [table.policy()] * 2, 999)
    assert episode.totals.sum() > 3 * table.returns[:5].mean()


def test_what_cannot_be_learned():
    with pytest.raises(UsageError, match="coop_mining: features"):
        train("coop_mining", 2)
    with pytest.raises(UsageError, match="1 episode or more"):
        train("cleanup", 2, Training(episodes=0))
    env = make("coop_mining")
    env.reset(seed=0)
    with pytest.raises(ValueError, match="Gathering and Cleanup only"):
        _native.q_features(env.view(), 0)
