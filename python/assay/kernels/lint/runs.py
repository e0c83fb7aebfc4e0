"""Checks that run kernels: the seed, a seed that skips dispatches, and kernels that cheat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.kernels.encoding import Encoder, written
from assay.kernels.evaluation import Reporter
from assay.kernels.faults import Failure
from assay.kernels.folder import TaskFolder, load_folder
from assay.kernels.harness import Allowance, Program, build
from assay.kernels.lint.exploits import Exploit, exploits
from assay.kernels.lint.findings import Problem, error, warning
from assay.kernels.lint.subject import Subject
from assay.kernels.results import Result, SizeResult
from assay.kernels.roofline import Ceilings, ceilings, confirm
from assay.kernels.strict import Run, expected_of, planned
from assay.kernels.worker import OpenDevice, Worker, WorkerDied, WorkerTimeout
from assay.kernels.workload import Workload

WIDEST = 1e4  # Published tolerance over honest error.
LOWEST_FRACTION = 1e-4
HIGHEST_FRACTION = 1.5


def check_seed(subject: Subject) -> Iterator[Problem]:
    """The task's own kernel passes, published and strictly; time and error look plausible."""
    result = subject.evaluator.evaluate(
        subject.task, subject.task.seed, subject.labels, "seed",
        lambda progress: subject.on_step(f"seed: {progress.stage}"),
        strict=True, strict_seed=subject.seed,
    )  # fmt: skip
    subject.seed_result = result
    if result.verdict != "ok":
        yield error(f"the seed is not ok ({result.verdict}): {result.fail_reason}")
    elif result.strict is not None and not result.strict.passed:
        yield error(f"the seed fails the strict verdict: {result.strict.fail_reason}")
    for diagnostic in result.diagnostics:
        if (diagnostic.rule, diagnostic.severity) == ("signature", "warning"):
            yield error(f"the seed and the declared arguments differ: {diagnostic.message}")
    for size in result.sizes if result.verdict == "ok" else ():
        yield from _check_fraction(subject, size)
        yield from _check_width(subject, size)


def _check_fraction(subject: Subject, size: SizeResult) -> Iterator[Problem]:
    """Slow by the published ceiling, or fast by the one that knows the caches, if there is one."""
    fraction, place = size.fraction, f"at size {size.label}"
    if fraction is None:
        return
    highest = fraction if size.attainable_fraction is None else size.attainable_fraction
    advice = f"check work = '{subject.task.spec.work}'"
    if fraction <= LOWEST_FRACTION:
        kind = subject.task.spec.ceiling
        yield warning(f"the seed reaches {fraction:.3g} of the {kind} ceiling {place}; {advice}")
    elif highest > HIGHEST_FRACTION and (highest := _confirmed(subject, size)) > HIGHEST_FRACTION:
        yield warning(f"the seed is {highest:.3g} times as fast as can be {place}; {advice}")


def _ceilings_of_two_looks(device: Any, _: Reporter) -> Ceilings:
    return confirm(device, ceilings(device))


def _confirmed(subject: Subject, result: SizeResult) -> float:
    """The fraction by ceilings that are measured once more, as the machine may have been busy."""
    assert result.fraction is not None
    if result.attainable_fraction is None or result.working_set is None:
        return result.fraction
    spec, size = subject.task.spec, subject.task.size(result.label)[0]
    roofs: Ceilings = subject.evaluator.call(_ceilings_of_two_looks)
    attainable = roofs.attainable_seconds(
        spec.ceiling,
        float(size.evaluate(spec.work)),
        result.working_set,
        len(subject.encoded(size)),
    )
    return attainable / result.gpu_seconds if attainable and result.gpu_seconds else 0.0


def _check_width(subject: Subject, size: SizeResult) -> Iterator[Problem]:
    reference = subject.published(subject.task.size(size.label)[0]).reference
    if size.tolerance is None or size.error_value is None or reference.dtype.kind != "f":
        return
    # An error of 0 is luck; another kernel rounds differently in the last bit.
    rounding = float(np.finfo(reference.dtype).eps) * float(np.abs(reference).max())
    honest = max(size.error_value, rounding)
    if honest and size.tolerance > WIDEST * honest:
        yield warning(
            f"the tolerance at size {size.label} is {size.tolerance:.1e},"
            f" {size.tolerance / honest:.0f} times the error of an honest kernel ({honest:.1e});"
            " lower [tolerance]"
        )


def check_repeats(subject: Subject) -> Iterator[Problem]:
    """The seed passes the strict verdict on fresh cases again and again."""
    for repeat in range(1, subject.repeats + 1):
        seed = subject.seed + repeat
        subject.on_step(f"strict verdict {repeat} of {subject.repeats}")
        result = subject.evaluator.evaluate(
            subject.task, subject.task.seed, [], "seed", strict=True, strict_seed=seed
        )
        if result.strict is None or not result.strict.passed:
            reason = result.strict.fail_reason if result.strict else result.fail_reason
            yield error(
                f"the seed fails a strict verdict on other cases (seed {seed}): {reason}; raise the"
                " tolerance in [strict], or tame cases() and case_inputs()"
            )
            return


@dataclass(frozen=True)
class SkipJob:
    """To find out whether the strict verdict notices that dispatches are left out."""

    task: Path
    seed: int
    timeout: float


def _places(task: TaskFolder, run: Run, kernel: str) -> list[int]:
    """Positions of a kernel's dispatches in a run."""
    encoder = Encoder(task.spec, run.size)
    task.implementation.encode(encoder, run.size)
    return [i for i, one in enumerate(encoder.dispatches) if one.kernel == kernel]


def _notices(workload: Workload, program: Program, allowance: Allowance, left_out: int) -> bool:
    del workload.dispatches[left_out]
    try:
        workload.run(program, allowance)
        return not workload.verify_strictly().correct
    except Failure:
        return True


def unnoticed(device: Any, report: Reporter, job: SkipJob) -> list[str]:
    """Kernels whose last dispatch can be left out in every run of a strict verdict, and it passes.

    Where a kernel is dispatched several times, only runs with several dispatches count: a buffer
    that nothing ever wrote is noticed in any case. Runs in the worker, with the task's own kernel.
    """
    task = load_folder(job.task)
    program = build(device, task.spec, task.seed, Allowance(job.timeout, report.limit))
    runs, missed = planned(task, job.seed), []
    for kernel in task.spec.kernels:
        found = [(run, _places(task, run, kernel)) for run in runs]
        several = [(run, places) for run, places in found if len(places) > 1]
        for run, places in several or [(run, places) for run, places in found if places]:
            expected = expected_of(task, run, job.seed)
            workload = Workload(device, task, run.size, expected, poison=task.spec.strict.poison)
            allowance = Allowance(job.timeout, report.limit)
            if _notices(workload, program, allowance, places[-1]):
                break
        else:
            missed.append(kernel)
    return missed


def check_skipping(subject: Subject, open_device: OpenDevice) -> Iterator[Problem]:
    """The strict verdict notices when the last dispatch of a kernel is left out."""
    job = SkipJob(subject.task.path, subject.seed, subject.evaluator.settings.timeout)
    with Worker(open_device) as worker:
        try:
            missed = worker.call(unnoticed, job, readable=job.task)
        except (WorkerDied, WorkerTimeout) as failure:
            yield error(f"leaving out a dispatch ends the process: {failure}")
            return
    for kernel in missed:
        yield error(
            f"the strict verdict does not notice that the last dispatch of '{kernel}' is left out;"
            " lower the tolerance in [strict], or let cases() and case_inputs() show its effect"
        )


def _slips_through(result: Result, exploit: Exploit) -> bool:
    """Whether a candidate that does no work would be believed."""
    if result.verdict != "ok" or result.strict is None:
        return False
    cases = result.strict.cases
    if exploit.sized:
        # Outside the size that it is made for it does not do what it stands for.
        cases = tuple(case for case in cases if case.kind != "case")
    return all(case.correct for case in cases)


def check_exploits(subject: Subject) -> Iterator[Problem]:
    """Kernels that do nothing, write zeros or NaN, or change their inputs are caught."""
    size = subject.smallest
    contents, dispatches = subject.contents(size), subject.encoded(size)
    read_only = contents.keys() - written(subject.task.spec, dispatches)
    for exploit in exploits(subject.task.spec, dispatches, contents, read_only):
        subject.on_step(f"a kernel that {exploit.does}")
        result = subject.evaluator.evaluate(
            subject.task, exploit.source, [size.label], exploit.does,
            strict=True, strict_seed=subject.seed,
        )  # fmt: skip
        if result.verdict in ("compile_error", "pipeline_error"):
            yield error(
                f"a kernel with the declared arguments cannot be built: {result.fail_reason}"
            )
            return
        kind = result.sizes[-1].error_kind if result.sizes else None
        if exploit.expected is not None and kind != exploit.expected:
            yield error(f"a kernel that {exploit.does} is not caught as {exploit.expected}")
        elif _slips_through(result, exploit):
            yield error(
                f"a kernel that {exploit.does} passes the published and the strict check at size"
                f" {size.label}"
            )
