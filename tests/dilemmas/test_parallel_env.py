"""The adapter for PettingZoo, by PettingZoo's own tests."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pettingzoo")

from pettingzoo.test import parallel_api_test, parallel_seed_test

from assay.dilemmas import GAMES, make
from assay.dilemmas.parallel_env import ParallelGame
from assay.names import UsageError


@pytest.mark.parametrize("name", GAMES)
def test_pettingzoo_accepts_every_game(name):
    parallel_api_test(ParallelGame(name, max_steps=20), num_cycles=50)


def test_seeds_determine_episodes():
    parallel_seed_test(lambda: ParallelGame("cleanup", max_steps=30), num_cycles=10)


def test_the_adapter_shows_what_the_environment_shows():
    adapter, env = ParallelGame("cleanup", 3, max_steps=2), make("cleanup", 3, max_steps=2)
    observations, _ = adapter.reset(seed=1)
    env.reset(seed=1)
    assert (observations["agent_2"] == env.observe()[2]).all()
    _, rewards, *_ = adapter.step({"agent_0": np.int64(8), "agent_2": 6})
    assert [rewards[f"agent_{i}"] for i in range(3)] == env.advance([8, 7, 6]).tolist()
    _, _, terminations, _, _ = adapter.step({})
    assert all(terminations.values())
    assert adapter.agents == []
    assert adapter.step({}) == ({}, {}, {}, {}, {})


def test_render_modes():
    shown = {}
    for mode in (None, "rgb_array", "ansi"):
        adapter = ParallelGame("nested_commons", render_mode=mode)
        adapter.reset(seed=0)
        shown[mode] = adapter.render()
    assert shown[None] is None
    assert shown["rgb_array"].shape == (160, 160, 3)
    assert shown["ansi"].startswith("~~~~~~~~    ~~~~~~~~")
    with pytest.raises(UsageError, match="use rgb_array or ansi"):
        ParallelGame("cleanup", render_mode="human")
