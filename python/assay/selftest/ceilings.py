"""The device's ceilings, measured, beside those of the chip table."""

from __future__ import annotations

from collections.abc import Iterator

from assay.kernels import roofline
from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case
from assay.selftest.machine import gpu_cores
from assay.selftest.report import Check

WITHIN = (0.5, 1.2)  # Of the table's figures.


def cases(quick: bool) -> list[Case]:
    """One measurement."""
    return [Case("bandwidth and arithmetic", _judge)]


def _judge(evaluator: Evaluator) -> Iterator[Check]:
    measured = evaluator.measured_ceilings()
    table = roofline.variant(evaluator.description, gpu_cores())
    shares = {
        name: getattr(measured, name) / figure for name, figure in (table or {}).items() if figure
    }
    found = f"{measured.bandwidth_gb_s:.4g} GB/s, {measured.fp32_gflops:.4g} GFLOPS"
    expected = "the table does not have this chip with so many cores"
    if table:
        expected = f"{WITHIN[0]:g} to {WITHIN[1]:g} of the table's {table['bandwidth_gb_s']:g} GB/s"
        expected += f" and {table['fp32_gflops']:.4g} GFLOPS"
    yield Check(
        group="ceilings",
        name="bandwidth and arithmetic",
        passed=all(WITHIN[0] <= share <= WITHIN[1] for share in shares.values()),
        expected=expected,
        found=found,
        data={"measured": measured.model_dump(mode="json"), "table": table},
    )
