"""The engine draws what numpy.random.default_rng draws."""

from __future__ import annotations

import numpy as np
import pytest

from assay.dilemmas import make


@pytest.mark.parametrize("seed", [0, 1, 42, 2**32 - 1, 2**32, 2**64 - 1])
def test_draws_are_those_of_numpy(seed):
    env, generator = make("gathering"), np.random.default_rng(seed)
    env.game.seed(seed)
    for n in [2, 7, 1, 100, 3, 2**32 - 1, 2**31 + 1] * 20:
        assert env.game.random() == generator.random()
        assert env.game.integers(n) == generator.integers(n)


def test_anchors(traces):
    env = make("gathering")
    for seed, anchor in traces["rng_anchors"].items():
        env.game.seed(int(seed))
        assert [env.game.random() for _ in range(3)] == anchor["random()x3"]
        env.game.seed(int(seed))
        assert [env.game.integers(4) for _ in range(5)] == anchor["integers(4)x5"]
        env.game.seed(int(seed))
        assert [env.game.integers(100) for _ in range(5)] == anchor["integers(100)x5"]


def test_the_same_seed_gives_the_same_start_and_none_goes_on():
    env = make("gathering_large")
    env.reset(seed=5)
    first = env.state["agent_pos"].copy()
    env.reset()
    assert (env.state["agent_pos"] != first).any()
    env.reset(seed=5)
    assert (env.state["agent_pos"] == first).all()
