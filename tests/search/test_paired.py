"""The rule ``paired``: finds true gains, and hardly ever promotes noise."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from assay.search.acceptance import ROUNDS, Trial, acceptance
from assay.search.paired import interval
from assay.search.problem import Attempt, Candidate, Evaluation, Turns


@pytest.fixture(scope="module")
def simulation():
    """The simulated timer of the benchmark."""
    path = Path(__file__).parents[2] / "benchmarks" / "acceptance_noise.py"
    spec = importlib.util.spec_from_file_location("acceptance_noise", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["acceptance_noise"] = module
    spec.loader.exec_module(module)
    return module


class Scripted:
    """Comparisons that give the ratios of a list, one after the other."""

    def __init__(self, *comparisons):
        self.left = list(comparisons)

    def compare(self, incumbent, challenger):
        return Turns(self.left.pop(0), {"left": len(self.left)})


def decide(problem, score=1.0, candidates=1, duplicate_of=None):
    def attempt(number, **fields):
        return Attempt(number, Candidate("x"), Evaluation(score, "ok"), **fields)

    challenger = attempt(1, duplicate_of=duplicate_of)
    return acceptance("paired")(Trial(problem, attempt(0), challenger, candidates))


def test_a_clear_gain_takes_one_comparison():
    problem = Scripted([[1.3, 1.31, 1.29, 1.3, 1.32] * 2, [1.2, 1.21, 1.19, 1.2, 1.22] * 2])
    decision = decide(problem)
    assert decision.promoted and problem.left == []
    assert decision.comparison["ratio"] == pytest.approx((1.3 * 1.2) ** 0.5, rel=5e-3)
    assert 1 < decision.comparison["low"] < decision.comparison["ratio"]


def test_a_loss_takes_one_comparison():
    problem = Scripted([[0.9, 0.95, 0.97]])
    assert not decide(problem).promoted and problem.left == []


def test_an_open_question_is_measured_again_until_patience_ends():
    problem = Scripted(*[[[0.9, 1.12, 1.0, 1.05, 0.95, 1.01]]] * ROUNDS[-1])
    decision = decide(problem)
    assert not decision.promoted and problem.left == []
    assert [one["left"] for one in decision.comparison["rounds"]] == [7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("settings", [{"score": None}, {"duplicate_of": 3}])
def test_what_failed_or_was_judged_before_is_not_compared(settings):
    if settings.get("score", 1) is None:
        trial = Trial(
            Scripted(),
            Attempt(0, Candidate("x"), Evaluation(1.0, "ok")),
            Attempt(1, Candidate("y"), Evaluation(None, "crash")),
        )
        assert not acceptance("paired")(trial).promoted
    else:
        assert not decide(Scripted(), **settings).promoted


def test_a_comparison_in_which_the_challenger_fails_does_not_promote():
    unclear = [[0.9, 1.12, 1.0, 1.05, 0.95, 1.01]]
    decision = decide(Scripted(unclear, []))
    assert not decision.promoted and decision.comparison["ratio"] is None
    assert decision.comparison["rounds"] == [{"left": 1}, {"left": 0}]


def test_more_candidates_need_a_clearer_gain():
    ratios = [[1.01, 1.06, 0.99, 1.05, 1.0, 1.04, 1.02, 1.03, 1.015, 1.03]]
    assert interval(ratios, 0.05 / 1000).low < interval(ratios, 0.05).low


def test_the_interval_is_that_of_students_t_for_a_normal_sample():
    """Without trimming to speak of, the closed form for the mean of a normal sample."""
    from scipy import stats

    rng = np.random.default_rng(5)
    logs = rng.normal(0.02, 0.05, 400)
    trimmed = np.sort(logs)[80:320]
    found = interval([np.exp(logs).tolist()], 0.025)
    assert found.ratio == pytest.approx(np.exp(trimmed.mean()))
    # Standard error of a 20 % trimmed mean: winsorised deviation / (0.6 sqrt(n)) (Yuen, 1974).
    winsorised = np.clip(logs, trimmed[0], trimmed[-1])
    error = winsorised.std(ddof=1) / (0.6 * np.sqrt(len(logs)))
    expected = trimmed.mean() + stats.t.ppf(0.025, 239) * error
    assert np.log(found.low) == pytest.approx(expected, abs=0.1 * error * 1.96)


def test_noise_is_hardly_ever_promoted(simulation):
    """200 comparisons of equals in a run of 10 candidates: 0.5 % may be promoted, 1 expected."""
    rng = np.random.default_rng(3)
    problem = simulation.SimulatedProblem(simulation.USUAL, rng)
    equal = Attempt(1, Candidate("1.0"), Evaluation(1.0, "ok"))
    rule = acceptance("paired")
    promoted = sum(rule(Trial(problem, equal, equal, 10)).promoted for _ in range(200))
    assert promoted <= 5  # More with a probability of 0.06 % if the rate is 0.5 %.


def test_a_gain_of_three_per_cent_is_found(simulation):
    problem = simulation.SimulatedProblem(simulation.USUAL, np.random.default_rng(4))
    incumbent = Attempt(0, Candidate("1.0"), Evaluation(1.0, "ok"))
    better = Attempt(1, Candidate("1.03"), Evaluation(1.0, "ok"))
    rule = acceptance("paired")
    found = sum(rule(Trial(problem, incumbent, better, 10)).promoted for _ in range(40))
    assert found >= 36


@pytest.mark.slow
def test_a_thousand_runs(simulation):
    none, gain = [1.0] * 10, [1.0] * 4 + [1.03] + [1.0] * 5
    for noise in (simulation.QUIET, simulation.USUAL):
        assert simulation.share("strict", noise, none, None, 1000) > 0.5
        assert simulation.share("paired", noise, none, None, 1000) < 0.05
        assert simulation.share("paired", noise, gain, 5, 1000) > 0.9
