"""Environments, episodes and their replay."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas import GAMES, make, replay, replay_many, run_episode
from assay.names import UsageError


def random_actions(name, episodes=3, steps=60, seed=0):
    spec = GAMES[name]
    generator = np.random.default_rng(seed)
    return generator.integers(len(spec.actions), size=(episodes, steps, spec.agents))


@pytest.mark.parametrize("name", GAMES)
def test_a_replay_gives_what_the_environment_gave(name):
    [actions] = random_actions(name, 1)
    env = make(name)
    env.reset(seed=4)
    stepped = [env.advance(row) for row in actions]
    episode = replay(name, 4, actions)
    assert (episode.rewards == stepped).all()
    assert (episode.actions == actions).all()
    assert episode.n_agents == GAMES[name].agents
    assert (episode.totals == np.sum(stepped, axis=0)).all()


@pytest.mark.parametrize("name", GAMES)
def test_the_number_of_threads_changes_nothing(name):
    actions = random_actions(name)
    one = replay_many(name, [0, 1, 2], actions, threads=1)
    many = replay_many(name, [0, 1, 2], actions, threads=3)
    for a, b in zip(one, many, strict=True):
        assert (a.rewards == b.rewards).all()
        assert (a.conflicts == b.conflicts).all()
        assert all((a.series[key] == b.series[key]).all() for key in a.series)
        assert all((a.events[key] == b.events[key]).all() for key in a.events)


def test_events_and_series_tell_what_happened():
    actions = random_actions("cleanup", 1, 400)[0]
    episode = replay("cleanup", 0, actions)
    events, timeouts = episode.events, episode.conflicts
    acted = np.vstack([np.zeros((1, 5), bool), timeouts[:-1]]) <= timeouts
    assert events["apples"].sum() == (episode.rewards == 1).sum()
    assert 0 < events["cleans"].sum() <= (actions[acted] == 8).sum()
    assert events["hits"].sum() == events["times_tagged"].sum() > 0
    # What was dirty at the start, and at most one cell per step, was there to be cleaned.
    assert events["waste_removed"].sum() <= 56 + 400
    assert episode.series["waste"].max() <= 119
    assert (episode.series["waste_density"] == episode.series["waste"] / 119).all()


def test_episodes_are_read_only():
    episode = replay("gathering", 0, random_actions("gathering", 1)[0])
    with pytest.raises(ValueError, match="read-only"):
        episode.rewards[0, 0] = 100


def test_policies_decide_on_the_same_state_in_the_order_of_their_numbers():
    env = make("gathering", 3, max_steps=2)
    calls = []

    def policy(view, agent):
        calls.append((agent, view._step_count, view.agent_pos.tolist()))
        return agent

    run_episode(env, [policy] * 3, 0)
    assert [call[:2] for call in calls] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]
    assert calls[0][2] == calls[1][2] == calls[2][2]


def test_environments_speak_the_parallel_interface():
    env = make("cleanup", 3, max_steps=2, observations=True)
    observations, information = env.reset(seed=0)
    assert env.possible_agents == [0, 1, 2] == list(observations) == list(information)
    assert observations[1].shape == env.observation_shape == (3, 8, 15)
    observations, rewards, terminations, truncations, information = env.step({0: 8, 2: 6})
    assert (rewards, terminations) == ({0: -1, 1: 0, 2: -1}, dict.fromkeys(range(3), False))
    assert information[0]["timeout"] == information[0]["beam_hits"] == 0
    assert information[2]["waste"] == env.state["waste"].sum()
    _, _, terminations, truncations, _ = env.step({})
    assert all(terminations.values()) and not any(truncations.values())
    env.step({})
    assert env.step_count == 3


def test_unknown_actions_do_nothing():
    env = make("gathering", 2)
    env.reset(seed=0)
    before = env.state["agent_pos"].copy()
    env.step({0: 99, 1: -1})
    env.advance([10**30, -(10**30)])
    assert (env.state["agent_pos"] == before).all()
    with pytest.raises(TypeError):
        env.advance([0.5, 1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make("gatherin"), "did you mean 'gathering'"),
        (lambda: make("cleanup", waste_prob=1), "unknown parameter of cleanup 'waste_prob'"),
        (lambda: make("cleanup", 0), "0 agents"),
        (lambda: make("cleanup", max_steps=0), "horizon of 0"),
        (lambda: make("cleanup", beam_length=2.5), "beam_length has to be a whole number"),
        (lambda: make("cleanup", fire_cost=float("nan")), "fire_cost has to be a finite number"),
        (lambda: make("cleanup").step({}), "call reset before the first step"),
        (lambda: make("cleanup").reset(seed=-1), "seed -1"),
        (lambda: replay("cleanup", 0, [[0.5]]), "whole numbers"),
        (lambda: replay_many("cleanup", [0, 1], [[[0]]]), "2 episodes"),
        (lambda: run_episode(make("cleanup", 3), [], 0), "0 policies for 3 agents"),
    ],
)
def test_wrong_use_is_explained(call, message):
    with pytest.raises(UsageError, match=message):
        call()


def test_agents_outside_the_map_are_noticed():
    env = make("gathering", 2)
    env.reset(seed=0)
    env.state["agent_pos"][1] = [500, 0]
    for use in (lambda: env.advance([0, 0]), env.observe, env.game.render, env.view):
        with pytest.raises(ValueError, match="agent 1 is outside the map"):
            use()


@pytest.mark.parametrize("count", [1, 3])
def test_a_step_takes_one_action_per_agent(count):
    env = make("gathering", 2)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=f"takes 2 actions, not {count}"):
        env.advance([0] * count)
