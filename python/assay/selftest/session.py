"""Runs the groups of checks one after the other; a failure in one does not end the others."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator

from assay.kernels.evaluator import Evaluator, Settings
from assay.selftest import buffers, failures, machine, programs, seeds, timing, values
from assay.selftest.report import Check, Report

Group = Callable[[Evaluator, bool], Iterator[Check]]
GROUPS: dict[str, Group] = {
    "buffers": buffers.checks,
    "programs": programs.checks,
    "values": values.checks,
    "failures": failures.checks,
    "timing": timing.checks,
    "seeds": seeds.checks,
}


def run(
    device: str, quick: bool = False, on_check: Callable[[Check], None] = lambda check: None
) -> Report:
    """Exercise a device.

    Args:
        device: ``metal`` or ``cpu``.
        quick: Only the smallest size of each task.
        on_check: Hears of every check as soon as it is done.

    Raises:
        AssayError: The device cannot be opened.
    """
    report = Report(device=device)
    with Evaluator(device, Settings(warmup=2, measure=5)) as evaluator:
        report.description = evaluator.description
        report.properties, report.conditions = evaluator.facts()
        report.chip = machine.chip(report.description)
        for name, group in GROUPS.items():
            for check in _watched(name, group(evaluator, quick)):
                report.checks.append(check)
                on_check(check)
        report.conditions_after = evaluator.facts()[1]
        report.chip["measured"] = machine.measured(evaluator)
    return report


def _watched(name: str, checks: Iterator[Check]) -> Iterator[Check]:
    """The checks with their times; what breaks the group is a failed check."""
    while True:
        start = time.monotonic()
        try:
            check = next(checks)
        except StopIteration:
            return
        except Exception:
            yield Check(group=name, name="all", passed=False, found=traceback.format_exc())
            return
        check.seconds = time.monotonic() - start
        yield check
