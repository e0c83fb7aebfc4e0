from __future__ import annotations

import pytest

from assay.errors import AssayError
from assay.kernels.gate import Comparison, SizeComparison, bootstrap, outcome
from assay.kernels.problem import KernelProblem
from assay.search.problem import Candidate

FAST = "SECONDS = 1e-3\n"
SLOW = "SECONDS = 2e-3\n"


def test_the_ratio_of_constant_samples_is_exact():
    assert bootstrap([[2.0] * 10], [[1.0] * 10]) == pytest.approx((2, 2, 2))
    two_sizes = bootstrap([[2.0] * 5, [8.0] * 5], [[1.0] * 5, [1.0] * 5])
    assert two_sizes == pytest.approx((4, 4, 4)), "geometric mean of 2 and 8"


def test_the_interval_contains_1_where_only_noise_differs():
    noise = [1.0, 1.2, 0.9, 1.1, 1.3, 0.8, 1.0, 1.05, 0.95, 1.15]
    ratio, low, high = bootstrap([noise], [noise[5:] + noise[:5]])
    assert ratio == pytest.approx(1)
    assert low < 1 < high


def test_turns_are_resampled_as_pairs():
    drifting = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]
    ratio, low, high = bootstrap([[1.5 * t for t in drifting]], [drifting])
    assert (ratio, low, high) == pytest.approx((1.5, 1.5, 1.5)), "common drift cancels out"


@pytest.mark.parametrize(
    ("ratio", "low", "high", "word", "passed"),
    [
        (1.5, 1.4, 1.6, "generalises", True),
        (1.5, 0.9, 1.9, "flat", True),
        (1.015, 1.01, 1.02, "flat", True),
        (0.985, 0.98, 0.99, "flat", True),
        (0.7, 0.6, 0.8, "silent regression", False),
        (0.9, 0.8, 1.0, "flat", True),
    ],
)
def test_outcomes(ratio, low, high, word, passed):
    report = outcome(Comparison(ratio=ratio, low=low, high=high))
    assert (report.outcome, report.passed) == (word, passed)


def test_a_failing_incumbent_is_silent_incorrectness():
    size = SizeComparison(label="a", held_out=True, verdict="incorrect", fail_reason="b")
    report = outcome(Comparison(sizes=(size,), verdict="incorrect", fail_reason="b"))
    assert (report.outcome, report.passed) == ("silent incorrectness", False)
    assert report.details["sizes"][0]["verdict"] == "incorrect"


@pytest.fixture
def problem(fake, twice):
    with KernelProblem(twice, open_device=fake.open_device) as problem:
        yield problem


def gate(problem, seed, incumbent):
    return problem.gate(Candidate(seed), Candidate(incumbent))


def test_both_are_measured_in_turns_at_every_size(problem, good):
    report = gate(problem, good + SLOW, good + FAST)
    assert report.outcome == "generalises"
    assert report.details["ratio"] == pytest.approx(2)
    assert [(size["label"], size["held_out"]) for size in report.details["sizes"]] == [
        ("small", False),
        ("large", False),
        ("middle", True),
    ]
    for size in report.details["sizes"]:
        assert size["seed_samples"] == [2e-3] * 10
        assert size["incumbent_samples"] == [1e-3] * 10
        assert size["ratio"] == pytest.approx(2)


def test_only_the_held_out_sizes_decide(problem, good):
    overfitted = (
        good
        + "    global SECONDS, n\n    n = len(b[0])\n"
        + ("def SECONDS(): return 4e-3 if n == 37 else 1e-3\n")
    )
    report = gate(problem, good + SLOW, overfitted.replace("global SECONDS, n", "global n"))
    assert report.outcome == "silent regression"
    assert report.details["ratio"] == pytest.approx(0.5)
    assert report.details["sizes"][0]["ratio"] == pytest.approx(2)


def test_a_kernel_that_is_wrong_only_on_held_out_data_is_found(problem, good):
    wrong = good + "    if len(b[0]) == 37: b[1][0] = 0\n"
    report = gate(problem, good, wrong)
    assert (report.outcome, report.passed) == ("silent incorrectness", False)
    assert report.details["sizes"][-1]["label"] == "middle"
    assert "at size middle" in report.details["fail_reason"]


def test_a_crash_on_held_out_data_is_silent_incorrectness(problem, good):
    report = gate(problem, good, "import os\n" + good + "    len(b[0]) == 37 and os.abort()\n")
    assert report.outcome == "silent incorrectness"
    assert "SIGABRT" in report.details["fail_reason"]
    last = report.details["sizes"][-1]
    assert (last["label"], last["held_out"], last["verdict"]) == ("middle", True, "crash")
    assert len(report.details["sizes"]) == 3


def test_an_unchanged_seed_is_kept_without_measuring(problem, good):
    assert gate(problem, good, good).outcome == "seed kept"


def test_a_seed_that_fails_is_an_error(problem, good):
    with pytest.raises(AssayError, match="the seed of twice fails"):
        gate(problem, good.replace("b[2][0]", "3"), good)
