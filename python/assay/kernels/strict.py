"""The strict verdict: untimed runs on inputs that no candidate can have prepared for.

The published check compares with wide tolerances, at sizes, scalars and inputs that are known. Here
parameters and inputs are drawn anew for every evaluation, output buffers start poisoned, and the
tolerance is near the error of an honest kernel. A read outside of a buffer, which a GPU lets pass,
ends a candidate where the device can tell. What is right is run once more with its threads in
an unusual order, where the device offers that: a missing barrier may not show in the usual one. The
published verdict depends on none of this.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from assay.kernels.check import Check
from assay.kernels.expressions import Number
from assay.kernels.faults import Failure
from assay.kernels.folder import TaskFolder, load_folder
from assay.kernels.harness import Allowance, Program, build
from assay.kernels.references import Expected, computed, expected
from assay.kernels.results import StrictCase, StrictResult
from assay.kernels.spec import Size
from assay.kernels.workload import Workload

if TYPE_CHECKING:
    from assay._native import Device
    from assay.kernels.evaluation import Reporter

Kind = Literal["size", "poisoned", "case", "schedule"]
SEED_BITS = 48  # Every JSON reader keeps integers of this length exactly.
PERTURBATION_BITS = 63
FRIENDLY_ORDER = "right only while its threads run in a friendly order (missing barrier?)"


@dataclass(frozen=True)
class StrictJob:
    """A candidate to be judged strictly.

    Attributes:
        task: Path of the task folder.
        seed: Seed of the private cases.
        timeout: Seconds for compilation and any one run together.
        sizes: Labels of the sizes at which the published run was right by the strict check.
    """

    task: Path
    source: str
    seed: int
    timeout: float
    sizes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """One untimed run. ``index`` distinguishes the inputs of the private cases.

    ``perturbation`` other than 0 draws an unusual order of the threads.
    """

    kind: Kind
    size: Size
    index: int = 0
    perturbation: int = 0

    def perturbed(self, perturbation: int) -> Run:
        """The same run with its threads in another order."""
        return replace(self, kind="schedule", perturbation=perturbation)

    def case(self, task: TaskFolder, check: Check) -> StrictCase:
        """Record of a comparison."""
        constants = task.spec.constants
        reason = check.reason
        if reason is not None and self.kind == "schedule":
            reason = f"{FRIENDLY_ORDER}: {reason}"
        return StrictCase(
            kind=self.kind,
            label=self.size.label,
            parameters={
                name: value
                for name, value in self.size.parameters.items()
                if constants.get(name) != value
            },
            correct=check.correct,
            error_value=check.error_value,
            error_kind=check.error_kind,
            tolerance=check.tolerance,
            reason=reason,
        )

    def failed(self, task: TaskFolder, error: Failure) -> StrictCase:
        """Record of a run without a result."""
        nothing = Check(float("nan"), error.verdict, None, error.reason)
        return self.case(task, error.check or nothing)


def fresh_seed() -> int:
    """A seed from the operating system's entropy."""
    return secrets.randbits(SEED_BITS)


def _plain(value: Number) -> Number:
    return value.item() if isinstance(value, np.generic) else value


def planned(task: TaskFolder, seed: int, sizes: Iterable[str] = ()) -> list[Run]:
    """The runs that a seed means: the smallest published size poisoned, then the private cases.

    Args:
        sizes: Labels of sizes whose published results are right. These, too, get a run, of kind
            ``size``, which is for another order alone.
    """
    spec = task.spec
    smallest = min(spec.all_sizes(), key=lambda size: size.evaluate(spec.work))
    runs = [Run("poisoned", smallest)]
    for index, drawn in enumerate(task.implementation.cases(np.random.default_rng(seed)), 1):
        parameters = {name: _plain(value) for name, value in drawn.items()}
        runs.append(Run("case", Size(f"case {index}", {**spec.constants, **parameters}), index))
    others = (label for label in sizes if label != smallest.label)
    return [*runs, *(Run("size", task.size(label)[0]) for label in others)]


def expected_of(task: TaskFolder, run: Run, seed: int) -> Expected:
    """Inputs and reference of a run."""
    if run.kind != "case":
        return expected(task, run.size)
    rng = np.random.default_rng([seed, run.index])
    return computed(task, run.size, task.implementation.case_inputs(run.size, rng))


@dataclass(frozen=True)
class _Court:
    """A compiled candidate on a device, and how long a run may take."""

    device: Device
    task: TaskFolder
    program: Program
    allowance: Allowance
    report: Reporter

    def cases(self, run: Run, seed: int, perturbation: int) -> Iterator[StrictCase]:
        """A run and, where it is right, the same in another order."""
        inputs = expected_of(self.task, run, seed)
        poison = self.task.spec.strict.poison
        workload = Workload(
            self.device, self.task, run.size, inputs, poison=poison, lenient_reads=False
        )
        if run.kind != "size":
            case = self.case(run, workload)
            yield case
            if not case.correct:
                return
        if self.device.perturbs_schedules:
            yield self.case(run.perturbed(perturbation), workload)

    def case(self, run: Run, workload: Workload) -> StrictCase:
        self.report.progress(run)
        try:
            workload.run(self.program, self.allowance.copy(), run.perturbation)
            return run.case(self.task, workload.verify_strictly())
        except Failure as error:
            return run.failed(self.task, error)


def judge(device: Device, report: Reporter, job: StrictJob) -> StrictResult:
    """Compile a candidate and judge it strictly; each run goes to ``report.progress`` before it
    begins, and its case after that.

    It goes on after a wrong result, and ends where the process can no longer be trusted.
    """
    task = load_folder(job.task)
    allowance = Allowance(job.timeout, report.limit)
    runs = planned(task, job.seed, job.sizes)
    try:
        program = build(device, task.spec, job.source, allowance)
    except Failure as error:
        return StrictResult.of(job.seed, [runs[0].failed(task, error)])
    court = _Court(device, task, program, allowance, report)
    cases: list[StrictCase] = []
    for number, run in enumerate(runs):
        for case in court.cases(run, job.seed, _perturbation(job.seed, number)):
            cases.append(case)
            report.progress(case)
        if cases and cases[-1].tainting:
            break
    return StrictResult.of(job.seed, cases)


def _perturbation(seed: int, number: int) -> int:
    """The order that a seed means for one of its runs; never 0, which is the usual one."""
    return int(np.random.default_rng([seed, number, 1]).integers(1, 1 << PERTURBATION_BITS))


def of_size(task: TaskFolder, size: Size, check: Check) -> StrictCase:
    """Record of the strict check on a result of the published run."""
    return Run("size", size).case(task, check)


def interrupted(
    task: TaskFolder,
    job: StrictJob,
    heard: Iterable[StrictCase],
    run: Run | None,
    error: Failure,
) -> StrictResult:
    """The verdict where the worker ended.

    Args:
        heard: The cases before that.
        run: The run that had begun; None where it was still compiling.
    """
    begun = run or planned(task, job.seed)[0]
    return StrictResult.of(job.seed, [*heard, begun.failed(task, error)])
