"""What holds in every game whatever the agents do, and agreement with the rules in plain Python."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.dilemmas import GAMES, make, replay

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
quickly = settings(max_examples=12)
seeds = st.integers(0, 2**32)


def random_actions(name, agents, seed, steps=120):
    return np.random.default_rng(seed).integers(len(GAMES[name].actions), size=(steps, agents))


@pytest.fixture(scope="module")
def plain():
    if not BENCHMARKS.is_dir():
        pytest.skip("the plain engine is kept with the benchmarks, which are not here")
    sys.path.insert(0, str(BENCHMARKS))
    import plain_games

    sys.path.remove(str(BENCHMARKS))
    return {"gathering": plain_games.PlainGathering, "cleanup": plain_games.PlainCleanup}


NAMES = ("gathering", "gathering_small", "gathering_large", "cleanup", "cleanup_small")


@quickly
@given(name=st.sampled_from(NAMES), agents=st.integers(1, 30), seed=seeds)
def test_the_engine_plays_as_the_plain_one(plain, name, agents, seed):
    env, other = make(name, agents), plain[GAMES[name].kind](name, agents)
    env.reset(seed=seed)
    other.reset(seed)
    for step, actions in enumerate(random_actions(name, agents, seed).tolist()):
        assert env.advance(actions).tolist() == other.step(actions)
        assert env.state["agent_pos"].tolist() == list(map(list, other.positions))
        assert env.state["agent_timeout"].tolist() == other.timeouts
        if step % 60 == 59:
            assert (env.observe() == other.observe()).all()
    assert env.state["apple_alive"].tolist() == [timer == 0 for timer in other.apples.values()]


@quickly
@given(name=st.sampled_from(list(GAMES)), seed=seeds)
def test_nobody_jumps_or_walks_into_walls(name, seed):
    env = make(name)
    env.reset(seed=seed)
    for actions in random_actions(name, env.n_agents, seed).tolist():
        before = env.state["agent_pos"].copy()
        env.advance(actions)
        after = env.state["agent_pos"]
        assert np.abs(after - before).sum(axis=1).max() <= 1
        assert not (env.letters[tuple(after.T)] == "@").any()
        if name in ("nested_commons", "production_economy"):
            assert len(set(map(tuple, after.tolist()))) == env.n_agents


@quickly
@given(agents=st.integers(1, 8), seed=seeds)
def test_mining_pays_what_is_mined_and_gold_in_pairs(agents, seed):
    episode = replay("coop_mining", seed, random_actions("coop_mining", agents, seed, 300))
    events = episode.events
    assert (episode.totals == events["iron"] + 8 * events["gold"]).all()
    assert events["gold"].sum() % 2 == 0


@quickly
@given(seed=seeds)
def test_apples_held_change_hands_or_get_lost(seed):
    env = make("nested_commons")
    env.reset(seed=seed)
    held = env.state["inventory"].sum()
    for actions in random_actions("nested_commons", 16, seed).tolist():
        env.advance(actions)
        state = env.state
        assert held >= (held := state["inventory"].sum())
        assert state["inventory"].min() >= 0 and state["inventory"].max() <= 3
        assert state["w_q"].min() >= 0 and state["w_q"].max() <= 1
        assert not (state["orchard_apples"] & ~np.isin(env.letters, list("ABCD"))).any()
        assert not (state["bonus_apples"] & (env.letters != "+")).any()


def busy_actions(seed, agents, steps=300):
    """Random actions of which many gather and craft, on the spot where that is possible."""
    generator = np.random.default_rng(seed)
    return generator.choice([1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15], (steps, agents))


@quickly
@given(seed=seeds)
def test_goods_come_from_nodes_and_go_into_tools_and_shelters(seed):
    env = make("production_economy", 4)
    env.reset(seed=seed)
    forge = tuple(np.argwhere(env.letters == "G")[0])
    env.state["drops"][forge] = [0, 0, 3, 2]
    env.state["agent_pos"][0] = forge
    env.state["inventory"][0] = [0, 0, 2, 1]
    start = 8
    for actions in busy_actions(seed, 4).tolist():
        env.advance(actions)
        state = env.state
        events = dict(zip(env.game.event_names, env.game.events().sum(axis=0), strict=True))
        goods = state["inventory"].sum() + state["drops"].sum()
        used = 3 * events["tools"] + 6 * events["shelters"]
        assert goods == start + events["gathered"] - used
        assert state["inventory"].sum(axis=1).max() <= 3
        assert state["drops"].sum(axis=2).max() <= 5
        assert state["shelter_count"] == events["shelters"]


def test_rules_of_nested_commons_that_are_off_by_default():
    def reward_of(held, cells, **rules):
        """Rewards when agent 0 steps on a bonus apple."""
        env = make("nested_commons", **rules)
        env.reset(seed=0)
        for agent, cell in cells.items():
            env.state["agent_pos"][agent] = cell
        env.state["bonus_apples"][:] = False
        env.state["bonus_apples"][8, 8] = True
        env.state["inventory"][:] = held
        env.state["w_q"][0] = 0.3
        return (env.advance([3] + [0] * 15) - 0.05 * held).round(9).tolist()

    at_plaza = {0: (8, 7), 9: (9, 9)}
    assert reward_of(1, at_plaza) == [1] * 16
    there = [1.0 if agent in (0, 9) else 0.0 for agent in range(16)]
    assert reward_of(1, at_plaza, shared_bonus_in_plaza_only=1) == there
    assert reward_of(1, at_plaza, bonus_needs_clean_river=1) == [0] * 16


def test_forced_retaliation():
    env = make("nested_commons", forced_retaliation=1, raid_success_prob=1)
    env.reset(seed=0)
    # Agent 4 stands between agent 0 and its clan-mate 1; agent 2 is far away.
    env.state["agent_pos"][[0, 1, 4]] = [[9, 5], [9, 7], [9, 6]]
    still = [0] * 16
    raid_on_0 = [6 if agent == 4 else 0 for agent in range(16)]
    assert env.advance(raid_on_0)[4] == pytest.approx(0.1 - 0.5)
    assert env.state["inventory"][[0, 4]].tolist() == [1, 3]
    rewards = env.advance(still)
    assert env.state["raid_attempted"].tolist() == [0, 1] + [0] * 14
    assert rewards[1] == pytest.approx(0.1 - 0.5)
    env.advance(still)
    assert env.state["raid_attempted"].sum() == 0


@pytest.mark.parametrize("name", GAMES)
def test_more_agents_than_spawns_find_room_or_are_refused(name):
    agents = 16 if name == "nested_commons" else 40
    env = make(name, agents)
    env.reset(seed=0)
    assert env.state["agent_pos"].shape == (agents, 2)
