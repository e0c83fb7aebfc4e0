from __future__ import annotations

import json

from assay.models.base import Reply
from assay.search.budget import Budget
from assay.search.evolve import evolve
from assay.search.problem import Candidate, Evaluation, GateReport


class Letters:
    """A problem of no domain that this version knows: the longest word wins."""

    name, artifact = "letters", "text"

    def describe(self):
        return {"domain": "poetry"}

    def seed(self):
        return Candidate("word")

    def extract(self, reply):
        return Candidate(reply)

    def evaluate(self, candidate):
        return Evaluation(float(len(candidate.source)), "ok")

    def gate(self, seed, incumbent):
        return GateReport(True, "generalises")

    def prompt(self, state):
        from assay.models.base import Prompt

        return Prompt("", "longer", state.incumbent.candidate.source, state.iteration)


class Poet:
    name = "poet"

    def complete(self, prompt):
        return Reply(prompt.parent + "!", self.name)


def test_a_report_of_any_domain_is_written(assay, tmp_path):
    evolve(Letters(), Poet(), tmp_path / "run", Budget(3))
    page, figures = tmp_path / "out" / "page.html", tmp_path / "figures"
    result = assay("report", tmp_path / "run", "-o", page, "--figures", figures)
    assert result.exit_code == 0, result.output
    assert "1.75" in page.read_text()  # Seven letters over four.
    assert {path.name for path in figures.iterdir()} == {"convergence.png", "convergence.svg"}
    assert str(page) in result.stdout and "2 files" in result.stdout


def test_what_is_no_run_is_named(assay, tmp_path):
    result = assay("report", tmp_path)
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr and "run.json" in result.stderr


def test_a_damaged_run_is_named(assay, tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"problem": 1}))
    result = assay("report", tmp_path)
    assert result.exit_code == 2
    assert "run.json is damaged" in result.stderr
