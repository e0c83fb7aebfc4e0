"""Judges one candidate: compile, then size by size verify and time, then score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assay.errors import Diagnostic
from assay.kernels.faults import Failure
from assay.kernels.folder import TaskFolder, load_folder
from assay.kernels.harness import Allowance, Measurement, Plan, Program, build, measure
from assay.kernels.references import expected
from assay.kernels.results import SizeResult, StrictCase, Verdict
from assay.kernels.roofline import Ceilings, ceilings, confirm
from assay.kernels.spec import Size
from assay.kernels.strict import of_size
from assay.kernels.suspicion import suspicion
from assay.kernels.workload import Workload


@dataclass(frozen=True)
class Progress:
    """Where an evaluation is: ``done`` of ``total`` sizes are finished, ``stage`` is under way."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class StrictlyChecked:
    """The strict check on a size's result; ``contestant`` is the position among the candidates."""

    case: StrictCase
    contestant: int = 0


class Reporter(Protocol):
    """How a job in the worker talks to the parent process."""

    def limit(self, seconds: float | None) -> None:
        """The candidate's code gets control for so long at most; None: it has given it back."""

    def progress(self, event: object) -> None:
        """Something worth telling at once, so that it is known even if the worker dies."""


@dataclass(frozen=True)
class Outcome:
    """What is to be said about a candidate beside its sizes, which are reported one by one."""

    verdict: Verdict
    fail_reason: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    tainted: bool = False


@dataclass(frozen=True)
class Job:
    """A candidate to be evaluated.

    Attributes:
        task: Path of the task folder.
        sizes: Labels, in-distribution or held-out, in the order of evaluation.
        timeout: Seconds for compilation and the first run at a size, as of ``Settings``.
        strict: Whether the results are judged by the strict check as well.
    """

    task: Path
    source: str
    sizes: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)
    timeout: float = 60.0
    strict: bool = False


def at_size(error: Failure, label: str) -> str:
    """The reason of a failure in one line, with the size at which it happened."""
    text = {
        "incorrect": "correctness failed",
        "timeout": "timeout",
        "pipeline_error": "pipeline error",
    }.get(error.verdict, "runtime error")
    return f"{text} at size {label}: {error.reason.removeprefix('pipeline error: ')}"


def size_result(
    device: Any, task: TaskFolder, label: str, measurement: Measurement, roofs: Ceilings
) -> SizeResult:
    """Record of a size at which the candidate is correct."""
    size, held_out = task.size(label)
    seconds, worst = measurement.seconds, measurement.worst
    kind, work = task.spec.ceiling, float(size.evaluate(task.spec.work))
    achieved = work / seconds / 1e9 if seconds > 0 else None
    ceiling = roofs.of(kind)
    attainable = roofs.attainable_seconds(
        kind, work, measurement.working_set, measurement.dispatches
    )
    return SizeResult(
        label=label,
        held_out=held_out,
        correct=True,
        error_value=worst.error_value,
        error_kind=worst.error_kind,
        tolerance=worst.tolerance,
        gpu_seconds=seconds,
        samples=tuple(measurement.samples),
        starts=measurement.offsets(measurement.starts[0]),
        warmup=measurement.warmup,
        settled=measurement.settled,
        disturbances=measurement.disturbances,
        achieved=achieved,
        unit=task.spec.unit,
        ceiling=ceiling,
        fraction=achieved / ceiling if achieved is not None else None,
        working_set=measurement.working_set,
        attainable_seconds=attainable,
        attainable_fraction=attainable / seconds if attainable and seconds > 0 else None,
        suspicious=_suspicion(device, kind, work, measurement, roofs),
    )


def _suspicion(
    device: Any, kind: str, work: float, measurement: Measurement, roofs: Ceilings
) -> str | None:
    """Why the time cannot be that of the work; ceilings of this machine are measured once more
    before anybody is accused."""

    def found(roofs: Ceilings) -> str | None:
        attainable = roofs.attainable_seconds(
            kind, work, measurement.working_set, measurement.dispatches
        )
        return suspicion(kind, work, measurement.seconds, attainable, roofs)

    reason = found(roofs)
    return found(confirm(device, roofs)) if reason and roofs.curve else reason


def failed_size(task: TaskFolder, label: str, error: Failure) -> SizeResult:
    """Record of the size at which a candidate failed."""
    check = error.check
    return SizeResult(
        label=label,
        held_out=task.size(label)[1],
        correct=False,
        error_value=check.error_value if check else None,
        error_kind=check.error_kind if check else error.verdict,
        tolerance=check.tolerance if check else None,
        unit=task.spec.unit,
    )


def run_size(
    device: Any,
    task: TaskFolder,
    size: Size,
    programs: Sequence[Program],
    plan: Plan,
    allowance: Callable[[], Allowance],
    strict: bool = False,
) -> list[Measurement]:
    """Measure programs in turns at one size; raises Failure."""
    workload = Workload(device, task, size, expected(task, size), strict)
    measured = measure(programs, workload, plan, allowance)
    workload.release()
    return measured


def report_strict(
    report: Reporter, task: TaskFolder, size: Size, measurements: Sequence[Measurement]
) -> None:
    """Tell what the strict check says about the results of a size, where it was asked."""
    for contestant, measurement in enumerate(measurements):
        check = measurement.worst_strict
        if check is not None:
            report.progress(StrictlyChecked(of_size(task, size, check), contestant))


def evaluate(device: Any, report: Reporter, job: Job) -> Outcome:
    """Evaluate a candidate; sizes go to ``report.progress`` as SizeResult, in order.

    Evaluation stops at the first size at which the candidate fails.
    """
    task = load_folder(job.task)
    allowance = Allowance(job.timeout, report.limit)
    total = len(job.sizes)
    label = None
    warnings: tuple[Diagnostic, ...] = ()
    try:
        report.progress(Progress("compile", 0, total))
        program = build(device, task.spec, job.source, allowance)
        warnings = program.warnings
        report.progress(Progress("ceilings", 0, total))
        roofs = ceilings(device)
        report.progress(roofs)
        for done, label in enumerate(job.sizes):
            report.progress(Progress(label, done, total))
            size, _ = task.size(label)
            measured = run_size(device, task, size, [program], job.plan, allowance.copy, job.strict)
            report.progress(size_result(device, task, label, measured[0], roofs))
            report_strict(report, task, size, measured)
    except Failure as error:
        if label is not None:
            report.progress(failed_size(task, label, error))
        reason = error.reason if label is None else at_size(error, label)
        return Outcome(error.verdict, reason, (*error.diagnostics, *warnings), error.tainted)
    return Outcome("ok", diagnostics=warnings)
