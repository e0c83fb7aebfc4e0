"""The strict verdict: untimed runs on inputs that no candidate can have prepared for.

The published check compares with wide tolerances, at sizes, scalars and inputs that are known. Here
parameters and inputs are drawn anew for every evaluation, output buffers start poisoned, and the
tolerance is near the error of an honest kernel. The published verdict does not depend on it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

Kind = Literal["size", "poisoned", "case"]
SEED_BITS = 48  # Every JSON reader keeps integers of this length exactly.


@dataclass(frozen=True)
class StrictJob:
    """A candidate to be judged strictly.

    Attributes:
        task: Path of the task folder.
        seed: Seed of the private cases.
        timeout: Seconds for compilation and all runs together.
    """

    task: Path
    source: str
    seed: int
    timeout: float


@dataclass(frozen=True)
class Run:
    """One untimed run. ``index`` distinguishes the inputs of the private cases."""

    kind: Kind
    size: Size
    index: int = 0

    def case(self, task: TaskFolder, check: Check) -> StrictCase:
        """Record of a comparison."""
        constants = task.spec.constants
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
            reason=check.reason,
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


def planned(task: TaskFolder, seed: int) -> list[Run]:
    """The runs that a seed means: the smallest published size poisoned, then the private cases."""
    spec = task.spec
    smallest = min(spec.all_sizes(), key=lambda size: size.evaluate(spec.work))
    runs = [Run("poisoned", smallest)]
    for index, drawn in enumerate(task.implementation.cases(np.random.default_rng(seed)), 1):
        parameters = {name: _plain(value) for name, value in drawn.items()}
        runs.append(Run("case", Size(f"case {index}", {**spec.constants, **parameters}), index))
    return runs


def expected_of(task: TaskFolder, run: Run, seed: int) -> Expected:
    """Inputs and reference of a run."""
    if run.kind == "poisoned":
        return expected(task, run.size)
    rng = np.random.default_rng([seed, run.index])
    return computed(task, run.size, task.implementation.case_inputs(run.size, rng))


def _judge(
    device: Device, task: TaskFolder, run: Run, program: Program, allowance: Allowance, seed: int
) -> StrictCase:
    poison = task.spec.strict.poison
    workload = Workload(device, task, run.size, expected_of(task, run, seed), poison=poison)
    try:
        workload.run(program, allowance)
        return run.case(task, workload.verify_strictly())
    except Failure as error:
        return run.failed(task, error)


def run_strict(
    device: Device,
    task: TaskFolder,
    program: Program,
    allowance: Allowance,
    seed: int,
    on_case: Callable[[StrictCase], None] = lambda case: None,
) -> StrictResult:
    """Run a compiled candidate on poisoned outputs and on private cases.

    It goes on after a wrong result, and ends where the process can no longer be trusted.

    Args:
        seed: Determines parameters and inputs of the private cases.
        on_case: Hears of every comparison at once.
    """
    cases: list[StrictCase] = []
    for run in planned(task, seed):
        cases.append(_judge(device, task, run, program, allowance, seed))
        on_case(cases[-1])
        if StrictResult.of(seed, cases).tainted:
            break
    return StrictResult.of(seed, cases)


def judge(device: Device, report: Reporter, job: StrictJob) -> StrictResult:
    """Compile a candidate and judge it strictly; each case goes to ``report.progress``."""
    task = load_folder(job.task)
    allowance = Allowance(job.timeout, report.limit)
    try:
        program = build(device, task.spec, job.source, allowance)
    except Failure as error:
        return StrictResult.of(job.seed, [planned(task, job.seed)[0].failed(task, error)])
    return run_strict(device, task, program, allowance, job.seed, report.progress)


def of_size(task: TaskFolder, size: Size, check: Check) -> StrictCase:
    """Record of the strict check on a result of the published run."""
    return Run("size", size).case(task, check)


def interrupted(
    task: TaskFolder, job: StrictJob, heard: Iterable[StrictCase], error: Failure
) -> StrictResult:
    """The verdict where the worker ended during a run; ``heard`` are the cases before it."""
    cases = list(heard)
    runs = planned(task, job.seed)
    run = runs[min(len(cases), len(runs) - 1)]
    return StrictResult.of(job.seed, [*cases, run.failed(task, error)])
