"""How numbers, diagnostics and gate reports are written."""

from __future__ import annotations

import pytest
from rich.console import Console

from assay.cli.excerpt import diagnostic_lines
from assay.cli.run_report import gate_report
from assay.cli.terminal import error_text, milliseconds, number, percent, ratio
from assay.kernels.results import Finding
from assay.search.problem import GateReport


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
        for thing in gate_report(report):
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
