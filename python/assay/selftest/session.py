"""Runs the groups of checks one after the other; a failure in one does not end the others."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator

from assay.errors import AssayError, DeviceError
from assay.kernels.evaluator import Evaluator, Settings
from assay.selftest import (
    buffers,
    ceilings,
    confinement,
    failures,
    machine,
    programs,
    seeds,
    timing,
    values,
)
from assay.selftest.case import Case
from assay.selftest.report import Check, Report

# The longest comes last, so that a lack of time leaves out only of that.
GROUPS: dict[str, Callable[[bool], list[Case]]] = {
    "buffers": buffers.cases,
    "programs": programs.cases,
    "values": values.cases,
    "confinement": confinement.cases,
    "timing": timing.cases,
    "ceilings": ceilings.cases,
    "failures": failures.cases,
    "seeds": seeds.cases,
}

OnCheck = Callable[[Report, Check], None]


def run(
    device: str,
    quick: bool = False,
    minutes: float | None = None,
    on_check: OnCheck = lambda report, check: None,
) -> Report:
    """Exercise a device.

    Args:
        device: ``metal`` or ``cpu``.
        quick: Only the smallest size of each task.
        minutes: After so many of them no further check is begun.
        on_check: Hears of every check as soon as it is done, with the report so far.

    Returns:
        The report, also where it was interrupted.

    Raises:
        DeviceError: The device is not available.
    """
    report = Report(device=device, hardware=machine.hardware())
    start = time.monotonic()
    deadline = start + 60 * minutes if minutes is not None else float("inf")
    with Evaluator(device, Settings(warmup=2, measure=5)) as evaluator:
        try:
            for check in _checks(report, evaluator, quick, deadline):
                report.checks.append(check)
                report.seconds = time.monotonic() - start
                on_check(report, check)
            with contextlib.suppress(AssayError):
                report.conditions_after = evaluator.facts()[1]
            if report.checks[0].passed:
                report.ended = "out of time" if report.left_out else "complete"
        except KeyboardInterrupt:
            report.ended = "interrupted"
    report.seconds = time.monotonic() - start
    report.agreement = programs.agreement(report.checks)
    return report


def _checks(report: Report, evaluator: Evaluator, quick: bool, deadline: float) -> Iterator[Check]:
    """The checks in order; those that are not reached are the report's ``left_out``."""
    plan = [(group, case) for group, make in GROUPS.items() for case in make(quick)]
    report.left_out = [f"{group}: {case.name}" for group, case in plan]
    opened = _opened(report, evaluator)
    yield opened
    if not opened.passed:
        return
    for group, case in plan:
        if time.monotonic() > deadline:
            return
        yield from _judged(group, case, evaluator)
        del report.left_out[0]


def _opened(report: Report, evaluator: Evaluator) -> Check:
    """Open the device, and ask what is known about it."""
    start = time.monotonic()
    try:
        report.description = evaluator.description
        report.properties, report.conditions = evaluator.facts()
        report.chip = machine.chip(report.description)
    except DeviceError:
        raise
    except AssayError as error:
        return Check(group="device", name="opens", passed=False, found=str(error))
    seconds = time.monotonic() - start
    return Check(
        group="device", name="opens", passed=True, found=report.description, seconds=seconds
    )


def _judged(group: str, case: Case, evaluator: Evaluator) -> Iterator[Check]:
    """The checks of a case with their times; what breaks it is a failed check."""
    checks: Iterator[Check] | None = None
    while True:
        start = time.monotonic()
        try:
            checks = checks or iter(case.judge(evaluator))
            check = next(checks)
        except StopIteration:
            return
        except AssayError as error:
            check = _broken(group, case, f"{type(error).__name__}: {error}")
            checks = iter(())
        except Exception:
            check = _broken(group, case, traceback.format_exc())
            checks = iter(())
        check.seconds = round(time.monotonic() - start, 4)
        yield check


def _broken(group: str, case: Case, found: str) -> Check:
    return Check(group=group, name=case.name, passed=False, found=found)
