"""``assay compare``: differences between searches, and when there is none to speak of."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from assay.names import UsageError
from assay.search.budget import Budget
from assay.search.comparison import RunResult, contrasts, read_result, sign_flip
from assay.search.errors import RunFolderError
from assay.search.evolve import evolve


def results(group, gains, start=0):
    return [
        RunResult(Path(f"{group}{n}"), group, ("toy", n), 2.0, 2.0 * gain)
        for n, gain in enumerate(gains, start)
    ]


def test_a_clear_difference_is_called_one():
    (contrast,) = contrasts([*results("a", [1.0, 1.1, 0.9, 1.0, 1.05]),
                             *results("b", [1.5, 1.6, 1.4, 1.5, 1.6])])  # fmt: skip
    assert contrast.verdict == "better" and contrast.pairs == 5
    assert contrast.effect == pytest.approx(
        math.exp(np.mean(np.log([1.5, 1.6 / 1.1, 1.4 / 0.9, 1.5, 1.6 / 1.05])))
    )
    assert 1 < contrast.low < contrast.effect < contrast.high
    assert contrast.p_value == 2 / 2**5


def test_the_order_of_the_groups_turns_the_verdict_around():
    pairs = [*results("b", [1.5, 1.6, 1.4, 1.5]), *results("a", [1.0, 1.1, 0.9, 1.0])]
    assert contrasts(pairs)[0].verdict == "worse"


def test_noise_is_called_noise():
    (contrast,) = contrasts([*results("a", [1.0, 1.3, 0.9, 1.2]),
                             *results("b", [1.1, 1.0, 1.2, 1.0])])  # fmt: skip
    assert contrast.verdict == "within the noise"


def test_equal_searches_are_told_apart_in_five_per_cent_of_the_cases():
    rng = np.random.default_rng(2)
    told_apart = 0
    for _ in range(200):
        gains = np.exp(rng.normal(0, 0.2, (2, 5)))
        (contrast,) = contrasts([*results("a", gains[0]), *results("b", gains[1])])
        told_apart += contrast.verdict != "within the noise"
    assert told_apart <= 20  # 10 expected; more than 20 with a probability of 0.1 %.


def test_too_few_seeds_say_nothing():
    (contrast,) = contrasts([*results("a", [1.0, 1.0]), *results("b", [9.0, 9.0])])
    assert (contrast.verdict, contrast.low) == ("too few seeds", None)


def test_only_the_same_problems_and_seeds_are_compared():
    pairs = [*results("a", [1.0] * 5), *results("b", [2.0] * 5, start=2)]
    assert contrasts(pairs)[0].pairs == 3


def test_scores_that_are_not_positive_are_compared_by_their_difference():
    first = [RunResult(Path(f"a{n}"), "a", ("toy", n), -2.0, -1.0) for n in range(4)]
    second = [RunResult(Path(f"b{n}"), "b", ("toy", n), -2.0, 1.5 + n / 10) for n in range(4)]
    (contrast,) = contrasts([*first, *second])
    assert (contrast.scale, contrast.verdict) == ("difference", "better")
    assert contrast.effect == pytest.approx(2.65)


def test_every_two_groups_are_compared():
    groups = [results(name, [1.0, 1.1, 1.2]) for name in "abc"]
    found = contrasts([result for group in groups for result in group])
    assert [(c.first, c.second) for c in found] == list(itertools.combinations("abc", 2))


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (results("a", [1.0, 2.0]), "all runs are of one search"),
        ([*results("a", [1.0]), *results("a", [2.0]), *results("b", [1.0])], "leave one of them"),
        ([*results("a", [1.0]), *results("b", [1.0], start=5)], "no problem and seed in common"),
    ],
)
def test_runs_that_cannot_be_compared_are_named(runs, message):
    with pytest.raises(UsageError, match=message):
        contrasts(runs)


def test_the_sign_flip_test_is_exact_for_few_values():
    values = [1.0, 2.0, -0.5]
    means = [
        abs(sum(s * v for s, v in zip(signs, values, strict=True)))
        for signs in itertools.product((-1, 1), repeat=3)
    ]
    assert sign_flip(values) == pytest.approx(sum(m >= 2.5 for m in means) / 8)


def test_a_group_is_a_search_without_its_seed(toy, tmp_path):
    for seed in (0, 1):
        evolve(toy.ToyProblem(), toy.ToyModel(), tmp_path / str(seed), Budget(2), seed=seed)
    one, other = (read_result(tmp_path / str(seed)) for seed in (0, 1))
    assert one.group == other.group == "toy-model, strict"
    assert (one.pair, other.pair) == (("toy", 0), ("toy", 1))
    assert (one.seed_score, one.best_score) == (1.0, 2.0)
    evolve(
        toy.ToyProblem(), toy.ToyModel(), tmp_path / "n", Budget(2), control="best-of-n", children=2
    )
    assert read_result(tmp_path / "n").group == "toy-model, strict, 2 children, best-of-n"


def test_an_incomplete_run_is_refused(toy, tmp_path):
    problem = toy.ToyProblem()
    problem.gate = lambda seed, incumbent: 1 / 0
    with pytest.raises(ZeroDivisionError):
        evolve(problem, toy.ToyModel(), tmp_path / "run", Budget(1))
    with pytest.raises(RunFolderError, match="not complete"):
        read_result(tmp_path / "run")
