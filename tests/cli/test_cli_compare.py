"""``assay compare`` on run folders of a scripted search."""

from __future__ import annotations

import json

import pytest

from assay.models import Prompt, ScriptedModel
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Candidate, Evaluation, GateReport


class Numbers:
    """Candidates state their own score."""

    name = "numbers"
    artifact = "text"

    def describe(self):
        return {}

    def seed(self):
        return Candidate("1.0")

    def prompt(self, state):
        return Prompt("", "more", "1.0", state.iteration)

    def extract(self, reply):
        return Candidate(reply)

    def evaluate(self, candidate):
        return Evaluation(float(candidate.source), "ok")

    def gate(self, seed, incumbent):
        return GateReport(True, "generalises")


@pytest.fixture
def runs(tmp_path):
    """Four seeds of a model that reaches 2.x, and of one that reaches 3.x."""
    for name, level in (("a", 2.0), ("b", 3.0)):
        for seed in range(4):
            model = ScriptedModel(lambda _, best=level + seed / 10: str(best), name)
            evolve(Numbers(), model, tmp_path / f"{name}{seed}", Budget(1), seed=seed)
    return tmp_path


def test_a_difference_is_reported_in_words_and_numbers(assay, runs):
    result = assay("compare", runs)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[:2] == ["A: a, strict", "B: b, strict"]
    assert lines[2].startswith("B's gain is 1.46") and lines[2].endswith("4 pairs of runs")
    assert lines[3:5] == ["Sign-flip test: p = 0.125", "Verdict: B is better"]
    record = json.loads(assay("compare", runs, "--json").stdout)
    assert (record["pairs"], record["verdict"]) == (4, "better")


def test_one_seed_is_too_few(assay, runs):
    result = assay("compare", runs / "a0", runs / "b0")
    assert "too few seeds: run at least three of each" in result.stdout


def test_one_search_alone_is_refused(assay, runs):
    result = assay("compare", runs / "a0", runs / "a1")
    assert result.exit_code == 2
    assert "all runs are of one search (a, strict)" in result.stderr
