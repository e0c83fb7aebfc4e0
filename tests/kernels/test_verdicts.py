"""Check, score and records against values worked out by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from assay.errors import Diagnostic
from assay.kernels.check import compare
from assay.kernels.results import (
    Finding,
    Result,
    SizeResult,
    StrictCase,
    StrictResult,
    score,
    unique,
)
from assay.kernels.spec import Tolerance

REFERENCE = np.array([1.0, -4.0, 2.0], np.float32)


def test_the_tolerance_is_inclusive_and_grows_with_the_reference():
    tolerance = Tolerance(absolute=0.25, relative=0.0625)  # 0.25 + 4 / 16 = 0.5
    at_limit = compare(REFERENCE + np.float32(0.5), REFERENCE, tolerance)
    assert at_limit.correct
    assert (at_limit.error_value, at_limit.tolerance) == (0.5, 0.5)
    beyond = compare(REFERENCE + np.float32([0, 0.75, 0]), REFERENCE, tolerance)
    assert not beyond.correct
    assert beyond.error_value == 0.75
    assert "[1]" in beyond.reason
    assert "expected -4" in beyond.reason


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_fails_however_wide_the_tolerance(value):
    got = REFERENCE.copy()
    got[2] = value
    check = compare(got, REFERENCE, Tolerance(absolute=1e30))
    assert not check.correct
    assert check.error_kind == "non_finite"
    assert "1 of 3 values" in check.reason
    assert "[2]" in check.reason


def test_the_score_is_the_geometric_mean_of_the_fractions():
    assert score([0.25, 1.0, 4.0]) == pytest.approx(1.0)
    assert score([0.5, 0.125]) == pytest.approx(0.25)
    assert score([1.5]) == pytest.approx(1.5), "fractions above 1 are not clipped"
    assert score([]) is None


def test_the_score_floors_a_fraction_at_1e_minus_12():
    assert score([0.0, 1.0]) == pytest.approx(1e-6)
    assert score([None, 1.0]) == pytest.approx(1e-6)


def test_records_are_strict_json():
    size = SizeResult(label="a", correct=False, error_value=math.nan, samples=(1.0, math.inf))
    result = Result(file="f", task="t", device="cpu", verdict="incorrect", sizes=(size,))
    record = json.loads(result.json_line(), parse_constant=pytest.fail)
    assert record["sizes"][0]["error_value"] is None
    assert record["sizes"][0]["samples"] == [1.0, None]
    assert {"file", "task", "device", "verdict", "diagnostics", "score", "fail_reason"} <= set(
        record
    )
    assert {"label", "correct", "error_kind", "tolerance", "gpu_seconds", "achieved", "unit",
            "ceiling", "fraction"} <= set(record["sizes"][0])  # fmt: skip
    assert "\n" not in result.json_line()


def test_repeated_diagnostics_are_recorded_once():
    first, second = Diagnostic("a", 1, 2), Diagnostic("b", 3, 4, hint="c")
    findings = unique([first, second, first])
    assert [(f.line, f.column, f.message, f.hint) for f in findings] == [
        (1, 2, "a", None),
        (3, 4, "b", "c"),
    ]


def test_every_field_of_the_record_is_documented():
    document = Path(__file__).parents[2] / "docs" / "results.md"
    text = document.read_text(encoding="utf-8")
    for record in (Result, SizeResult, Finding, StrictResult, StrictCase):
        for name in record.model_fields:
            assert f"`{name}`" in text, f"{document.name} does not explain {record.__name__}.{name}"
