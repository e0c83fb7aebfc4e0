"""What is stored when incumbent and challenger were measured in turns."""

from __future__ import annotations

import json

import pytest

from assay.kernels.evaluator import Settings
from assay.kernels.problem import KernelProblem
from assay.search.acceptance import Trial, acceptance
from assay.search.problem import Attempt, Candidate, Evaluation


@pytest.fixture
def problem(fake, twice):
    settings = Settings(warmup=1, measure=4, timeout=2)
    with KernelProblem(twice, settings=settings, open_device=fake.open_hot_device) as problem:
        yield problem


def turns(problem, incumbent, challenger):
    found = problem.compare(Candidate(incumbent), Candidate(challenger))
    json.dumps(found.details, allow_nan=False)
    return found


def test_both_kernels_times_are_stored_with_their_starts(problem, good):
    found = turns(problem, good + "SECONDS = 3e-3\n", good + "SECONDS = 2e-3\n")
    assert found.ratios == [[1.5] * 4] * 2
    assert [size["label"] for size in found.details["sizes"]] == ["small", "large"]
    for size in found.details["sizes"]:
        assert size["incumbent_samples"] == [3e-3] * 4
        assert size["challenger_samples"] == [2e-3] * 4
        assert size["incumbent_starts"][0] == 0
        names = dict.fromkeys(size["incumbent_starts"], "A")
        names |= dict.fromkeys(size["challenger_starts"], "B")
        order = "".join(names[start] for start in sorted(names))
        assert order in ("ABBAABBA", "BAABBAAB")
        assert size["warmup"] == 1
    assert "thermal state serious" in found.details["sizes"][-1]["disturbances"]


def test_why_a_challenger_failed_is_stored(problem, good):
    found = turns(problem, good, good + "    if len(b[0]) == 100: b[1][0] = 0\n")
    assert found.ratios == []
    assert [size["label"] for size in found.details["sizes"]] == ["small"]
    assert found.details["failed"] == "challenger"
    assert "at size large" in found.details["fail_reason"]


def test_so_is_the_failure_of_an_incumbent(problem, good):
    found = turns(problem, good.replace("b[2][0]", "1"), good)
    assert (found.ratios, found.details["failed"]) == ([], "incumbent")
    assert "small" in found.details["fail_reason"]


def test_the_decision_has_all_samples_of_all_rounds(problem, good):
    def attempt(number, seconds):
        source = good + f"SECONDS = {seconds}\n"
        return Attempt(number, Candidate(source), Evaluation(1.0, "ok"))

    decision = acceptance("paired")(Trial(problem, attempt(0, 3e-3), attempt(1, 2e-3), 10))
    assert decision.promoted
    stored = decision.comparison
    assert stored["ratios"] == [[1.5] * 4] * 2
    [measured] = stored["rounds"]
    assert measured["sizes"][1]["challenger_samples"] == [2e-3] * 4
