"""saxpy: kernels of another kind that are right, and almost right ones that are not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assay.kernels.evaluator import Evaluator, Settings
from assay.kernels.folder import load_task

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="the CPU device needs Linux")

VARIANTS = {
    path.stem: path.read_text()
    for path in sorted(Path(__file__).parent.glob("variants/saxpy_*.metal"))
}
TASK = load_task("saxpy")
RECORDED = 9.5367431640625e-07  # By every correct kernel at every size.


@pytest.fixture(scope="module")
def cpu():
    with Evaluator("cpu", Settings(warmup=0, measure=1, timeout=60)) as evaluator:
        yield evaluator


@pytest.mark.parametrize("name", VARIANTS)
def test_other_correct_kernels_pass_both_checks(cpu, name):
    result = cpu.evaluate(TASK, VARIANTS[name], ["1M", "4M"], name, strict=True)
    assert result.verdict == "ok", result.fail_reason
    assert result.strict.passed, result.strict.fail_reason
    assert all(size.error_value <= 2 * RECORDED for size in result.sizes)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_other_correct_kernels_pass_at_all_sizes(cpu, name):
    result = cpu.evaluate(TASK, VARIANTS[name], ["1M", "16M", "64M", "4M"], name, strict=True)
    assert result.verdict == "ok", result.fail_reason
    assert result.strict.passed, result.strict.fail_reason
    assert all(size.error_value <= 2 * RECORDED for size in result.sizes)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("saxpy_vector", "3 * quads + i", "N"),
        ("saxpy_strided", "(groups + 7) / 8", "max(1u, groups / 8)"),
        ("saxpy_strided", "factor = a", "factor = 2.5f"),
    ],
)
def test_a_remainder_or_a_factor_left_out_fails_the_strict_check(cpu, name, old, new):
    assert VARIANTS[name].count(old) == 1
    result = cpu.evaluate(
        TASK, VARIANTS[name].replace(old, new), ["1M"], strict=True, strict_seed=7
    )
    assert result.verdict == "ok", result.fail_reason
    assert not result.strict.passed
