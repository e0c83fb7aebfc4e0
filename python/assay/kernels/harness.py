"""Compiles candidates, runs and times them. Knows no task and no device."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.errors import Diagnostic, PipelineError
from assay.kernels import launch, settling
from assay.kernels.check import Check
from assay.kernels.conditions import disturbances
from assay.kernels.faults import Failure, failure
from assay.kernels.settling import Settling
from assay.kernels.signature import check_signatures, missing_kernel, pipeline_finding
from assay.kernels.spec import Size, TaskSpec
from assay.kernels.workload import Verified, Workload

if TYPE_CHECKING:
    from assay import msl
    from assay._native import Device


# What slow kernels get, per size and candidate.
WARMUP_SECONDS = 3.0
MEASURE_SECONDS = 10.0
FEWEST_MEASURED = 3
PATIENCE = 3.0  # Repetitions may take so many times as long as the first one promised.


@dataclass(frozen=True)
class Plan:
    """Repetitions per size: ``warmup`` untimed ones, then ``measure`` timed ones, at most. There is
    always one before them that is verified, which counts as one of the ``warmup``.

    With ``settle``, seconds of the wall clock as of ``Settling``, untimed repetitions go on until
    the times no longer fall, for half a second at most.
    """

    warmup: int = 3
    measure: int = 10
    settle: float = 0.0

    def fitted(self, seconds: float) -> Plan:
        """The plan for a kernel of which one repetition takes so long.

        Warm-up gets 3 s and timing 10 s, but at least three repetitions are timed (or ``measure``
        where that is less). What does not fit into 3 s does not wait for times to settle.
        """
        if seconds <= 0:
            return self
        timed = max(FEWEST_MEASURED, math.floor(MEASURE_SECONDS / seconds))
        warmup = math.floor(WARMUP_SECONDS / seconds)
        settle = self.settle if warmup >= self.warmup else 0.0
        return Plan(min(self.warmup, warmup), min(self.measure, timed), settle)


class Allowance:
    """Wall-clock seconds that a candidate may still use; the harness's own work is free.

    ``announce`` hears the seconds before the candidate's code gets control, and None after it.
    """

    def __init__(self, seconds: float, announce: Callable[[float | None], None]) -> None:
        self.total = seconds
        self.remaining = seconds
        self._announce = announce

    @contextmanager
    def spending(self) -> Iterator[float]:
        """Count the time of the enclosed block; gives the seconds that are left.

        Raises:
            Failure: ``timeout``, where nothing is left.
        """
        if self.remaining <= 0:
            raise Failure("timeout", self.used_up, [Diagnostic(self.used_up, rule="timeout")])
        self._announce(self.remaining)
        start = time.monotonic()
        try:
            yield self.remaining
        finally:
            self.remaining -= time.monotonic() - start
            self._announce(None)

    @property
    def used_up(self) -> str:
        """What to say when nothing is left."""
        return f"the limit of {self.total:g} s per size was used up"

    def renew(self, seconds: float) -> None:
        """Allow so many seconds from now, or as many as there were at first, if that is more."""
        self.total = self.remaining = max(self.total, seconds)

    def copy(self) -> Allowance:
        """Another allowance with the seconds that are left of this one."""
        other = Allowance(self.total, self._announce)
        other.remaining = self.remaining
        return other


@dataclass(frozen=True)
class Program:
    """A compiled candidate: its pipelines by kernel name, and the compiler's warnings."""

    pipelines: Mapping[str, Any]
    warnings: tuple[Diagnostic, ...] = ()

    def group(self, spec: TaskSpec, kernel: str, size: Size) -> launch.Shape:
        """Threads per threadgroup of a kernel at a size.

        Raises:
            LaunchError: The pipeline does not allow what the launch rule needs.
        """
        pipeline = self.pipelines[kernel]
        rule = spec.kernels[kernel].threadgroup
        limits = launch.Limits(
            pipeline.max_total_threads_per_threadgroup, pipeline.thread_execution_width
        )
        return launch.threadgroup(rule.rule, int(size.evaluate(rule.width)), limits)


def _front_end(device: Device, source: str) -> msl.Program | None:
    if device.name != "cpu":
        return None
    from assay import msl

    return msl.compile(source)


def build(device: Device, spec: TaskSpec, source: str, allowance: Allowance) -> Program:
    """Compile a candidate and make the pipelines of the task's kernels.

    Raises:
        Failure: ``compile_error``, ``pipeline_error`` or ``timeout``.
    """
    front_end = None
    try:
        with allowance.spending():
            front_end = _front_end(device, source)
            warnings = check_signatures(spec, front_end.kernels if front_end else None)
            library = device.compile(source)
            for name in spec.kernels:
                if name not in library.kernel_names:
                    raise missing_kernel(spec, name, library.kernel_names)
            pipelines = {name: library.pipeline(name) for name in spec.kernels}
            return Program(pipelines, (*(front_end.warnings if front_end else ()), *warnings))
    except PipelineError as error:
        finding = pipeline_finding(error, source, front_end.kernels if front_end else None)
        reason = f"pipeline error: {error.message}"
        raise Failure("pipeline_error", reason, [finding]) from error
    except Exception as error:
        raise failure(error) from error


@dataclass
class Measurement:
    """What one candidate did at one size.

    Attributes:
        working_set: Bytes of all buffers.
        dispatches: Dispatches of one repetition.
        samples: GPU seconds of each timed repetition.
        starts: When each of them started, in seconds of the device's clock.
        warmup: Untimed repetitions before them.
        settled: Whether times had stopped falling by then; None where nobody asked.
        disturbances: What about the device's state makes the times doubtful.
        checks: One passed check for each different result.
        strict: One strict check for each different result; empty where nobody asked for it.
    """

    working_set: int
    dispatches: int
    samples: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    warmup: int = 0
    settled: bool | None = None
    disturbances: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)
    strict: list[Check] = field(default_factory=list)
    _first: Verified | None = None

    @property
    def seconds(self) -> float:
        """Median of the samples."""
        return float(np.median(self.samples))

    def offsets(self, origin: float) -> tuple[float, ...]:
        """Seconds from ``origin`` to the start of each timed repetition, to the microsecond."""
        return tuple(round(start - origin, 6) for start in self.starts)

    @property
    def worst(self) -> Check:
        """The check with the largest error."""
        return max(self.checks, key=lambda check: check.error_value)

    @property
    def worst_strict(self) -> Check | None:
        """The strict check that failed, or else the one with the largest error."""
        return max(
            self.strict, key=lambda check: (not check.correct, check.error_value), default=None
        )

    def verify(self, workload: Workload) -> None:
        """Judge what the last repetition left; raises Failure where it is wrong."""
        found = workload.verify(self._first)
        if found is self._first:
            return
        self._first = self._first or found
        self.checks.append(found.check)
        if found.strict is not None:
            self.strict.append(found.strict)


class _Contest:
    """Repetitions of several programs in turns: A B, B A, A B, …

    What one leaves in the caches thus helps, or hurts, both in equal measure.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        workload: Workload,
        allowance: Callable[[], Allowance],
        settle: float,
    ) -> None:
        self._settling = [Settling(settle) for _ in programs]
        self._programs = programs
        self._workload = workload
        self._allowances = [allowance() for _ in programs]
        self._order = list(range(len(programs)))
        self.measurements = [
            Measurement(workload.working_set, len(workload.dispatches)) for _ in programs
        ]

    def round(self, verify: bool = True, timed: bool = False) -> float:
        """One repetition of each program; wall-clock seconds of the slowest."""
        slowest = 0.0
        for index in self._order:
            program = self._programs[index]
            measurement, allowance = self.measurements[index], self._allowances[index]
            left = allowance.remaining
            try:
                ran = self._workload.run(program, allowance)
                slowest = max(slowest, left - allowance.remaining)
                if timed:
                    measurement.samples.append(ran.seconds)
                    measurement.starts.append(ran.start)
                elif not measurement.samples:
                    measurement.warmup += 1
                    self._settling[index].add(ran.seconds)
                if verify:
                    measurement.verify(self._workload)
            except Failure as error:
                error.contestant = index
                raise
        self._order.reverse()
        return slowest

    def settle(self) -> None:
        """Untimed repetitions until the times of all programs have settled, within a limit."""
        end = time.monotonic() + settling.LIMIT
        while time.monotonic() < end and not all(one.settled for one in self._settling):
            self.round(verify=False)
        for measurement, one in zip(self.measurements, self._settling, strict=True):
            measurement.settled = one.settled

    def allow(self, seconds: float) -> None:
        """Renew the allowance of each program for the repetitions to come."""
        for allowance in self._allowances:
            allowance.renew(seconds)


def measure(
    programs: Sequence[Program],
    workload: Workload,
    plan: Plan,
    allowance: Callable[[], Allowance],
) -> list[Measurement]:
    """Verify, warm up, time and verify again; several programs take turns.

    The first repetition is verified before any time goes into measuring, then every timed one, then
    a last untimed one: a candidate cannot save work in a repetition that nobody looks at. The
    slowest program's first repetition decides how many repetitions follow. The device's state is
    recorded before and after.

    Args:
        allowance: Makes the allowance of one program for its first repetition at this size. Those
            that follow get as much again, or three times what they should take if that is more.

    Raises:
        Failure: A program failed; ``contestant`` is its position in ``programs``.
    """
    before = workload.conditions()
    contest = _Contest(programs, workload, allowance, plan.settle)
    slowest = contest.round()
    plan = plan.fitted(slowest)
    contest.allow(settling.LIMIT + PATIENCE * slowest * (max(2, plan.warmup + 1) + plan.measure))
    for _ in range(plan.warmup - 1):
        contest.round(verify=False)
    if plan.settle:
        contest.settle()
    for _ in range(plan.measure):
        contest.round(timed=True)
    contest.round()
    found = disturbances(before, workload.conditions())
    for measurement in contest.measurements:
        measurement.disturbances = found
    return contest.measurements
