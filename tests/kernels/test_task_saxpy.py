"""saxpy: kernels of another kind that are right, and almost right ones that are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.kernels.folder import load_task

VARIANTS = {
    path.stem: path.read_text()
    for path in sorted(Path(__file__).parent.glob("variants/saxpy_*.metal"))
}
TASK = load_task("saxpy")


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
