"""Runs candidates on a device and checks what they computed. Knows no task and no device."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.errors import Diagnostic, PipelineError
from assay.kernels import launch
from assay.kernels.check import Check
from assay.kernels.encoding import Dispatch, Encoder, grid, written
from assay.kernels.faults import Failure, failure
from assay.kernels.folder import TaskFolder
from assay.kernels.references import Expected
from assay.kernels.signature import check_signatures, missing_kernel, pipeline_finding
from assay.kernels.spec import Size, TaskSpec

if TYPE_CHECKING:
    from assay import msl
    from assay._native import Device


@dataclass(frozen=True)
class Plan:
    """Repetitions per size: ``warmup`` untimed ones, then ``measure`` timed ones."""

    warmup: int = 3
    measure: int = 10


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
            message = f"compilation and runs took more than {self.total:g} s"
            raise Failure("timeout", message, [Diagnostic(message, rule="timeout")])
        self._announce(self.remaining)
        start = time.monotonic()
        try:
            yield self.remaining
        finally:
            self.remaining -= time.monotonic() - start
            self._announce(None)

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
            check_signatures(spec, front_end.kernels if front_end else None)
            library = device.compile(source)
            for name in spec.kernels:
                if name not in library.kernel_names:
                    raise missing_kernel(name, library.kernel_names)
            pipelines = {name: library.pipeline(name) for name in spec.kernels}
            return Program(pipelines, front_end.warnings if front_end else ())
    except PipelineError as error:
        finding = pipeline_finding(error, source, front_end.kernels if front_end else None)
        reason = f"pipeline error: {error.message}"
        raise Failure("pipeline_error", reason, [finding]) from error
    except Exception as error:
        raise failure(error) from error


class Workload:
    """The buffers and dispatches of a task at one size, on a device."""

    def __init__(self, device: Device, task: TaskFolder, size: Size, expected: Expected) -> None:
        encoder = Encoder(task.spec, size)
        task.implementation.encode(encoder, size)
        self.task = task
        self.size = size
        self.expected = expected
        self.dispatches: list[Dispatch] = encoder.dispatches
        self._device = device
        self._contents = dict(task.implementation.buffers(size, expected.inputs))
        self._contents.update(encoder.scalars)
        self._read_only = self._contents.keys() - written(task.spec, self.dispatches)
        self._buffers = {
            name: device.buffer(np.ascontiguousarray(array))
            for name, array in self._contents.items()
        }
        self._views = {
            name: self._buffers[name].view(array.dtype, array.shape)
            for name, array in self._contents.items()
        }

    def rewrite(self) -> None:
        """Give every buffer its specified content, also those that nothing should change."""
        for name, view in self._views.items():
            view[...] = self._contents[name]

    def run(self, program: Program, allowance: Allowance) -> float:
        """One repetition on rewritten buffers; GPU seconds.

        Raises:
            Failure: The candidate cannot be launched, faults or runs out of time.
        """
        try:
            self.rewrite()
            commands = self._encode(program)
            with allowance.spending() as seconds:
                commands.commit()
                commands.wait(timeout=seconds)
            return commands.gpu_seconds
        except Exception as error:
            raise failure(error) from error

    def _encode(self, program: Program) -> Any:
        spec, size = self.task.spec, self.size
        shapes = {}
        for name in {dispatch.kernel for dispatch in self.dispatches}:
            group = program.group(spec, name, size)
            shapes[name] = launch.round_up(grid(spec.kernels[name], size), group), group
        commands = self._device.command_buffer()
        for dispatch in self.dispatches:
            commands.set_pipeline(program.pipelines[dispatch.kernel])
            for index, (name, offset) in dispatch.buffers.items():
                commands.set_buffer(self._buffers[name], offset, index)
            commands.dispatch_threads(*shapes[dispatch.kernel])
        return commands

    def verify(self) -> Check:
        """Judge the buffers as the last repetition left them.

        Raises:
            Failure: ``incorrect``: a wrong result, one that is not finite, or a changed input.
        """
        for name in sorted(self._read_only):
            if self._views[name].tobytes() != self._contents[name].tobytes():
                reason = f"the kernel changed '{name}', which it may only read"
                check = Check(float("nan"), "input_modified", None, reason)
                raise Failure("incorrect", reason, check=check)
        got = self.task.implementation.result(self.size, self._views)
        check = self.task.implementation.check(
            self.size, self.expected.inputs, got, self.expected.reference
        )
        if not check.correct:
            raise Failure("incorrect", check.reason or "wrong result", check=check)
        return check


@dataclass
class Measurement:
    """What one candidate did at one size: GPU seconds per timed repetition, checks passed."""

    samples: list[float] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median of the samples."""
        return float(np.median(self.samples))

    @property
    def worst(self) -> Check:
        """The check with the largest error."""
        return max(self.checks, key=lambda check: check.error_value)


class _Contest:
    """Repetitions of several programs in turns."""

    def __init__(
        self, programs: Sequence[Program], workload: Workload, allowance: Callable[[], Allowance]
    ) -> None:
        self._programs = programs
        self._workload = workload
        self._allowances = [allowance() for _ in programs]
        self.measurements = [Measurement() for _ in programs]

    def round(self, verify: Sequence[bool], timed: bool = False) -> None:
        """One repetition of each program; ``verify`` says of which the result is checked."""
        for index, program in enumerate(self._programs):
            measurement = self.measurements[index]
            try:
                seconds = self._workload.run(program, self._allowances[index])
                if timed:
                    measurement.samples.append(seconds)
                if verify[index]:
                    measurement.checks.append(self._workload.verify())
            except Failure as error:
                error.contestant = index
                raise


def measure(
    programs: Sequence[Program],
    workload: Workload,
    plan: Plan,
    allowance: Callable[[], Allowance],
) -> list[Measurement]:
    """Verify, warm up, time and verify again; several programs take turns (A B A B …).

    The first repetition is verified before any time goes into measuring, then one randomly chosen
    timed repetition of each program, then a last untimed one.

    Args:
        allowance: Makes the allowance of one program at this size.

    Raises:
        Failure: A program failed; ``contestant`` is its position in ``programs``.
    """
    everyone = [True] * len(programs)
    nobody = [False] * len(programs)
    contest = _Contest(programs, workload, allowance)
    contest.round(everyone)
    for _ in range(plan.warmup):
        contest.round(nobody)
    # Not seeded: a candidate must not be able to know which repetition is looked at.
    chosen = np.random.default_rng().integers(plan.measure, size=len(programs))
    for repetition in range(plan.measure):
        contest.round([repetition == choice for choice in chosen], timed=True)
    contest.round(everyone)
    return contest.measurements
