"""Metrics against their definitions, and where those mean nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.dilemmas.metrics import equality, estimate, metrics_of, sustainability
from assay.names import UsageError


def test_an_episode_by_hand():
    rewards = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, -1.0], [0.0, 3.0, 0.0], [1.0, 0.0, 0.0]])
    conflicts = np.array([[0, 0, 1], [0, 0, 1], [0, 0, 0], [1, 0, 0]], bool)
    found = metrics_of(rewards, conflicts)
    assert found.efficiency == 5 / 4
    # Returns 3, 3, -1: twice the differences 0, 4, 4 by 2 * 3 * 5.
    assert found.equality == found.equality_published == 1 - 16 / 30
    assert found.sustainability == ((0 + 1 + 3) / 3 + 2) / 2
    assert found.peace == (12 - 3) / 4
    assert found.maximin == -1
    assert found.mean_return == 5 / 3


@pytest.mark.parametrize("reward", [0.0, -1.0])
def test_equality_is_undefined_without_gain(reward):
    found = metrics_of(np.full((5, 2), reward), np.zeros((5, 2), bool))
    assert found.equality is None
    assert found.equality_published == 1
    assert found.sustainability == 0


@given(arrays(float, st.integers(1, 6), elements=st.integers(0, 50)))
def test_equality_lies_between_one_nth_and_one_for_gains(returns):
    found = equality(returns)
    if returns.sum() > 0:
        assert 1 / len(returns) - 1e-12 <= found <= 1
        assert equality(returns * 3) == pytest.approx(found)
    else:
        assert found is None


def test_late_gains_are_sustainable():
    early, late = np.zeros((2, 10, 1))
    early[0] = late[9] = 1
    assert (sustainability(early), sustainability(late)) == (0, 9)


def test_the_interval_of_a_mean_is_students():
    # The published table of t: 2.776 for 4 degrees of freedom at 95 %.
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.mean == 3
    assert found.high - 3 == pytest.approx(2.776 * (2.5 / 5) ** 0.5, rel=1e-3)
    assert 3 - found.low == pytest.approx(found.high - 3)


def test_undefined_values_do_not_count():
    assert estimate([None, 2.0]).mean == 2
    assert estimate([None, 2.0]).low is None
    assert estimate([None, None]).mean is None


def test_wrong_shapes_are_refused():
    with pytest.raises(UsageError, match=r"\(steps, agents\)"):
        metrics_of(np.zeros((0, 2)), np.zeros((0, 2), bool))
    with pytest.raises(UsageError, match=r"\(steps, agents\)"):
        metrics_of(np.zeros((3, 2)), np.zeros((2, 3), bool))
