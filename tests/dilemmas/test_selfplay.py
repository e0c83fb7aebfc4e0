"""Self-play in confined processes: the same as in the open, and a verdict for every bad policy."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas import make, run_episode
from assay.dilemmas.loading import load_policy
from assay.dilemmas.selfplay import Arena, Match, Patience, PolicyFailed
from assay.sandbox import Limits

GREEDY = """
def policy(env, agent_id):
    if env.agent_timeout[agent_id] > 0:
        return 7
    step = bfs_nearest_apple(env, agent_id)
    if step is None:
        return 7
    return direction_to_action(step[0], step[1], env.agent_orient[agent_id])
"""
TAGGER = "def policy(env, agent_id):\n    return 6 if env._step_count % 2 else 5\n"
SMALL = Match("cleanup_small", 3, max_steps=20)


@pytest.fixture(scope="module")
def arena():
    limits = Limits(memory=256 << 20, cpu_seconds=10)
    with Arena(limits=limits) as arena:
        yield arena


@pytest.mark.parametrize(("game", "kind"), [("cleanup", "cleanup"), ("gathering", "gathering")])
def test_confined_play_is_open_play(arena, game, kind):
    match = Match(game, 4, max_steps=200)
    confined = arena.self_play(match, GREEDY, [0, 7])
    for seed, episode in zip([0, 7], confined, strict=True):
        policy = load_policy(GREEDY, kind)
        env = make(game, 4, max_steps=200)
        in_the_open = run_episode(env, [policy] * 4, seed)
        assert np.array_equal(episode.actions, in_the_open.actions)
        assert np.array_equal(episode.rewards, in_the_open.rewards)
        assert episode.seed == seed


def test_sources_play_against_each_other(arena):
    match = Match("gathering_small", 4, max_steps=100)
    (episode,) = arena.play(match, [GREEDY, TAGGER], [0, 1, 1, 0], [5])
    policies = [load_policy(source, "gathering") for source in (GREEDY, TAGGER)]
    env = make("gathering_small", 4, max_steps=100)
    alone = run_episode(env, [policies[i] for i in (0, 1, 1, 0)], 5)
    assert np.array_equal(episode.actions, alone.actions)
    assert set(np.unique(episode.actions[:, 1])) == {5, 6}


def test_parameters_reach_both_sides(arena):
    source = "def policy(env, agent_id):\n    return 8 if env.clean_cost == 3 else 7\n"
    match = Match("cleanup_small", 2, 5, {"clean_cost": 3})
    (episode,) = arena.self_play(match, source, [0])
    assert (episode.rewards == -3).all()


BAD = {
    "exception": ("def policy(env, a):\n    x = 1\n    return 1 // 0\n", "ZeroDivisionError", 3),
    "late": (
        "def policy(env, a):\n    if env._step_count == 13 and a == 2:\n        raise KeyError(a)\n"
        "    return 7\n",
        "KeyError: 2 (at step 13, agent 2, line 3)",
        3,
    ),
    "recursion": ("def policy(env, a):\n    return policy(env, a)\n", "RecursionError", 2),
    "memory": ("def policy(env, a):\n    return [0] * 10**10\n", "MemoryError", 2),
    "at load": ("x = []\ny = x[1]\ndef policy(env, a):\n    return 7\n", "IndexError", 2),
    "write": (
        "def policy(env, a):\n    view = env\n    view.waste = 1\n    return 7\n",
        "env.waste cannot be written",
        3,
    ),
    "save": ("def policy(env, a):\n    np.save('x', 1)\n    return 7\n", "np.save is not avail", 2),
}


@pytest.mark.parametrize("name", BAD)
def test_an_exception_has_its_line(arena, name):
    source, words, line = BAD[name]
    with pytest.raises(PolicyFailed) as failed:
        arena.self_play(SMALL, source, [0])
    assert failed.value.verdict == "exception"
    assert words in str(failed.value)
    assert failed.value.fault is not None and failed.value.fault.line == line


@pytest.mark.parametrize(
    ("value", "shown"),
    [("7.0", "7.0 (type float)"), ("9", "9 (type int)"), ("-1", "-1 (type int)"),
     ("None", "None (type NoneType)"), ("(0, 1)", "(0, 1) (type tuple)"), ("'7'", "(type str)")],
)  # fmt: skip
def test_an_action_that_is_none(arena, value, shown):
    with pytest.raises(PolicyFailed) as failed:
        arena.self_play(SMALL, f"def policy(env, a):\n    return {value}\n", [0])
    assert failed.value.verdict == "action"
    assert shown in str(failed.value) and "must return an int in 0-8" in str(failed.value)


@pytest.mark.parametrize("value", ["True", "np.int64(1)", "np.uint8(1)", "Action.BACKWARD"])
def test_whole_numbers_of_other_types_are_actions(arena, value):
    (episode,) = arena.self_play(SMALL, f"def policy(env, a):\n    return {value}\n", [0])
    assert (episode.actions == 1).all()


def test_an_endless_loop_is_ended():
    source = "def policy(env, a):\n    while env._step_count == 3:\n        pass\n    return 7\n"
    with (
        Arena(Patience(step=1.0)) as arena,
        pytest.raises(PolicyFailed, match=r"no decision at step 3 within 1 s") as failed,
    ):
        arena.self_play(SMALL, source, [0])
    assert failed.value.verdict == "timeout"


def test_slow_steps_add_up_to_the_limit_of_the_episode():
    source = "def policy(env, a):\n    for i in range(10**6): pass\n    return 7\n"
    with (
        Arena(Patience(step=5.0, episode=1.0)) as arena,
        pytest.raises(PolicyFailed, match="the episode took longer than 1 s"),
    ):
        arena.self_play(Match("cleanup_small", 3, max_steps=1000), source, [0])


def test_the_seat_that_failed_is_named(arena):
    with pytest.raises(PolicyFailed) as failed:
        arena.play(SMALL, [GREEDY, "def policy(env, a):\n    return 99\n"], [0, 1, 0], [0])
    assert failed.value.seat == 1


def test_all_of_numpy_that_policies_get_works_in_their_processes(arena):
    source = """
def policy(env, agent_id):
    a = np.arange(6).reshape(2, 3)
    for name in ("all", "any", "max", "mean", "min", "prod", "std", "sum", "var"):
        getattr(a, name)()
    a.clip(0, 1)
    repr(a), str(a), np.median(a), np.percentile(a, 30), np.unique(a), np.pad(a, 1)
    return int(np.random.default_rng(4).integers(8)) if a.mean() == 2.5 else 0
"""
    (episode,) = arena.self_play(Match("gathering_small", 1, 2), source, [0])
    assert set(np.unique(episode.actions)) == {int(np.random.default_rng(4).integers(8))}
