"""How numbers, diagnostics and gate reports are written."""

from __future__ import annotations

import pytest
from rich.console import Console

from assay.cli.domains.kernels import Kernels
from assay.cli.evaluation import shortened
from assay.cli.excerpt import diagnostic_lines
from assay.cli.run_report import gate_report, outcome_report
from assay.cli.terminal import error_text, milliseconds, number, percent, ratio
from assay.cli.watch import LONGEST_IDEA, Watch
from assay.kernels.results import Finding, Result, StrictResult
from assay.models.base import Reply
from assay.search.evolve import RunOutcome
from assay.search.problem import Attempt, Candidate, Evaluation, GateReport
from assay.search.spending import Spending
from assay.words import first_sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0.000"),
        (0.043, "0.04300"),
        (1.23456, "1.235"),
        (110.0, "110.0"),
        (1234.5, "1234"),
        (20_000.0, "20000"),
        (1.5e-7, "1.500e-07"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


def test_quantities():
    assert milliseconds(0.0015) == "1.500 ms"
    assert [percent(0.1234), percent(2.178)] == ["12.3 %", "218 %"]
    assert ratio(2) == "2.00x"
    assert error_text(1.25e-7, 2e-3) == "1.2e-07 of 2.0e-03"
    assert [f(None) for f in (milliseconds, percent, ratio)] == ["-"] * 3


def lines_of(finding, source):
    return [line.plain for line in diagnostic_lines(finding, "a.metal", source)]


def test_the_caret_keeps_tabs_and_control_characters_do_not_reach_the_terminal():
    finding = Finding(line=2, column=4, rule="compiler", message="no")
    _, line, caret = lines_of(finding, "x\n\tab\x1b[31mc\n")
    assert line == "     2 | \tab?[31mc"
    assert caret == "       | \t  ^"


def test_a_diagnostic_beyond_the_source_has_no_excerpt():
    finding = Finding(line=7, column=1, rule="compiler", message="no", hint="yes")
    assert lines_of(finding, "one line") == [
        "a.metal:7:1: error: no [compiler]",
        "  hint: yes",
    ]


def printed(report):
    console = Console(width=120, markup=False, highlight=False)
    with console.capture() as capture:
        for thing in gate_report(report, 10):
            console.print(thing)
    return capture.get()


def test_a_kernel_that_fails_at_the_gate_is_shown_with_its_reason():
    size = {"label": "8", "held_out": False, "seed_seconds": 2.0, "incumbent_seconds": 1.0,
            "ratio": 2.0, "low": 1.9, "high": 2.1}  # fmt: skip
    failed = {"label": "5", "held_out": True, "verdict": "incorrect", "fail_reason": "off by one"}
    details = {"sizes": [size, failed], "verdict": "incorrect", "fail_reason": "off by one"}
    text = printed(GateReport(False, "silent incorrectness", details))
    assert "2.00x (1.90 to 2.10)" in text
    assert "5 (held-out) incorrect" in text
    assert "off by one\nGate: silent incorrectness (not passed)" in text


def test_the_in_distribution_ratio_is_a_geometric_mean():
    sizes = [
        {"label": str(value), "held_out": value == 3.0, "ratio": value, "low": value, "high": value}
        for value in (2.0, 8.0, 3.0)
    ]
    details = {"sizes": sizes, "ratio": 3.0, "low": 2.5, "high": 3.5}
    text = printed(GateReport(True, "generalises", details))
    assert "In-distribution ratio: 4.00x" in text
    assert "Held-out ratio: 3.00x (2.50 to 3.50)" in text


def test_a_kept_seed_needs_no_table():
    assert printed(GateReport(True, "seed kept", {"sizes": []})) == "Gate: seed kept (passed)\n"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("Mutation vector_width: 4 of loop j.\n\n```metal\nkernel\n```\n",
         "Mutation vector_width: 4 of loop j."),
        ("## Idea\n\nRest", "Idea"),
        ("**Use `float4` loads.** They are wider. More.", "Use float4 loads."),
        ("\n  - tile x by 1.5 times\n- more", "tile x by 1.5 times"),
        ("```metal\nkernel void f() {}\n```\nThis tiles.", ""),
        ("", ""),
        ("a\x1b[31mb", "a?[31mb"),
    ],
)  # fmt: skip
def test_the_idea_is_the_first_sentence_of_a_reply(reply, text):
    assert first_sentence(reply, LONGEST_IDEA) == text


def test_a_long_idea_is_shortened():
    text = first_sentence("word " * 100, LONGEST_IDEA)
    assert len(text) <= LONGEST_IDEA and text.startswith("word word") and text.endswith("…")


class Printed:
    """Output that keeps what is printed."""

    def __init__(self):
        self.lines = []

    def print(self, *things):
        self.lines += [str(thing) for thing in things]

    def show(self, *_):
        pass


def attempt(iteration, passed=True, promoted=False, score=2.0):
    result = Result(
        file="f", task="t", device="cpu", verdict="ok", score=score,
        strict=StrictResult(passed=passed, seed=1),
    )  # fmt: skip
    evaluation = Evaluation(score, "ok", None, result.model_dump(mode="json"))
    return Attempt(iteration, Candidate("kernel"), evaluation, promoted)


def test_the_watch_shows_what_was_tried_and_what_only_the_published_check_passes():
    output = Printed()
    watch = Watch(output, Kernels().remark, silent=False)
    watch.evaluated(attempt(0, promoted=True, score=1.0))
    watch.prompting(1)
    watch.replied(1, Reply("Tile it. Then more.", "m"))
    watch.evaluated(attempt(1, passed=False, promoted=True))
    watch.prompting(2)
    watch.evaluated(attempt(2))
    assert output.lines == [
        "seed  ok              score 1.000",
        "   1  ok              score 2.000  2.00x the seed  promoted  published check only"
        "  Tile it.",
        "   2  ok              score 2.000  2.00x the seed",
    ]


def test_the_summary_names_what_only_the_published_check_passes(tmp_path):
    attempts = [attempt(0, promoted=True), attempt(1, passed=False), attempt(2), attempt(3, False)]
    outcome = RunOutcome(
        tmp_path, 2.0, 2.0, attempts[0], None, 3, 3, 0, "iterations", Spending(), 1.0
    )
    lines = list(outcome_report(outcome, attempts, tmp_path / "best.metal", 10))
    text = "Right by the published check alone, not by the strict one: iteration 1, 3"
    assert text in lines
    assert not any("alone" in str(line) for line in outcome_report(
        outcome, attempts[:1], tmp_path / "best.metal", 10
    ))  # fmt: skip


def test_sizes_that_were_timed_less_often_are_named():
    counts = [("a", 10), ("b", 3), ("c", 0), ("d", 9)]
    assert list(shortened(counts, 10)) == [
        "  Slow, so timed less often than 10 times: b 3 times, d 9 times"
    ]
    assert list(shortened(counts, 3)) == []
