"""A task at one size on a device: fresh buffers before a repetition, and everything that is checked
after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.errors import DeviceError
from assay.kernels import launch
from assay.kernels.check import Check
from assay.kernels.conditions import conditions
from assay.kernels.encoding import Dispatch, Encoder, grid, written
from assay.kernels.faults import Failure, failure
from assay.kernels.folder import TaskError, TaskFolder
from assay.kernels.memory import Memory, poisoned, same_bytes
from assay.kernels.readiness import ATTEMPTS
from assay.kernels.references import Expected
from assay.kernels.spec import Size

if TYPE_CHECKING:
    from assay._native import Device
    from assay.kernels.harness import Allowance, Program


@dataclass(frozen=True)
class Verified:
    """A result that passed the published check.

    Attributes:
        result: The result's content, for comparing later repetitions with.
        check: The published check.
        strict: The strict check, which may have failed; None where nobody asked for it.
    """

    result: np.ndarray
    check: Check
    strict: Check | None


@dataclass(frozen=True)
class Ran:
    """When a repetition started, by the device's clock, and how long it took; both in seconds."""

    start: float
    seconds: float


class Workload:
    """The buffers and dispatches of a task at one size, on a device.

    Args:
        strict: Whether results are judged by the strict check too.
        poison: Names of buffers that start as NaN, or with all bits set, instead of their content.
        lenient_reads: Whether reads a little outside of buffers give anything, as they do on GPUs,
            where the device could end the candidate for them.

    Attributes:
        dispatches: What one repetition dispatches, in order.
        working_set: Bytes of all buffers.
    """

    def __init__(
        self,
        device: Device,
        task: TaskFolder,
        size: Size,
        expected: Expected,
        strict: bool = False,
        poison: Iterable[str] = (),
        lenient_reads: bool = True,
    ) -> None:
        encoder = Encoder(task.spec, size)
        task.implementation.encode(encoder, size)
        self.task = task
        self.size = size
        self.expected = expected
        self.dispatches: list[Dispatch] = encoder.dispatches
        self._device = device
        self._strict = strict
        self._lenient_reads = lenient_reads
        contents = {**task.implementation.buffers(size, expected.inputs), **encoder.scalars}
        for name in poison:
            if name not in contents:
                raise TaskError(
                    f"{task.path / 'task.toml'}: strict.poison names '{name}', which is no buffer;"
                    f" the buffers are {', '.join(contents)}"
                )
            contents[name] = poisoned(contents[name])
        self._read_only = sorted(contents.keys() - written(task.spec, self.dispatches))
        self._memory = {name: Memory(device, content) for name, content in contents.items()}
        self._views = {name: memory.view for name, memory in self._memory.items()}
        self.working_set = sum(memory.content.nbytes for memory in self._memory.values())
        self._program: Program | None = None
        self._inputs_seen = False
        self._inputs_hold = False

    def rewrite(self) -> None:
        """Give every buffer its specified content, also those that nothing should change, except
        where nobody but the program that runs next can have changed these: whatever it changes is
        found when it is verified."""
        for name, memory in self._memory.items():
            if not (self._inputs_hold and name in self._read_only):
                memory.rewrite()
        self._inputs_hold = True

    def run(self, program: Program, allowance: Allowance, perturbation: int = 0) -> Ran:
        """One repetition on rewritten buffers; again where the device lost it.

        Args:
            perturbation: Other than 0, it draws an unusual order of the threads, on a device that
                ``perturbs_schedules``.

        Raises:
            Failure: The candidate cannot be launched, faults or runs out of time.
        """
        try:
            if program is not self._program:
                self._inputs_hold = self._inputs_seen
            self._program, self._inputs_seen = program, False
            for _ in range(ATTEMPTS - 1):
                try:
                    return self._attempt(program, allowance, perturbation)
                except DeviceError as error:
                    if error.kind != "discarded":
                        raise
            return self._attempt(program, allowance, perturbation)
        except Exception as error:
            raise failure(error, allowance.used_up) from error

    def _attempt(self, program: Program, allowance: Allowance, perturbation: int) -> Ran:
        self.rewrite()
        commands = self._encode(program, perturbation)
        with allowance.spending() as seconds:
            commands.commit()
            commands.wait(timeout=seconds)
        return Ran(commands.gpu_start, commands.gpu_seconds)

    def conditions(self) -> dict[str, str]:
        """The state that the device is in right now."""
        return conditions(self._device)

    def _encode(self, program: Program, perturbation: int) -> Any:
        spec, size = self.task.spec, self.size
        shapes = {}
        for name in {dispatch.kernel for dispatch in self.dispatches}:
            group = program.group(spec, name, size)
            shapes[name] = launch.round_up(grid(spec.kernels[name], size), group), group
        commands = self._device.command_buffer(perturbation, self._lenient_reads)
        for dispatch in self.dispatches:
            commands.set_pipeline(program.pipelines[dispatch.kernel])
            for index, (name, offset) in dispatch.buffers.items():
                memory = self._memory[name]
                commands.set_buffer(memory.buffer, memory.offset + offset, index)
            commands.dispatch_threads(*shapes[dispatch.kernel])
        return commands

    def release(self) -> None:
        """Let other workloads use the buffers, of which this one can make no use after that.

        Only for workloads whose repetitions have all ended by themselves: what was given up on may
        still write.
        """
        while self._memory:
            self._memory.popitem()[1].release()

    def verify(self, known: Verified | None = None) -> Verified:
        """Judge the buffers as the last repetition left them.

        Args:
            known: What an earlier repetition gave; the same bytes are not judged again.

        Raises:
            Failure: ``incorrect``: a changed input, a write around a buffer, a wrong result or one
                that is not finite.
        """
        self._check_honesty()
        self._check_state()
        task, expected = self.task.implementation, self.expected
        got = np.ascontiguousarray(task.result(self.size, self._views))
        if known is not None and same_bytes(got, known.result):
            return known
        check = task.check(self.size, expected.inputs, got, expected.reference)
        if not check.correct and known is not None:
            check = _differing(check)
        _require(check)
        strict = None
        if self._strict:
            strict = task.strict_check(self.size, expected.inputs, got, expected.reference)
        return Verified(np.array(got), check, strict)

    def verify_strictly(self) -> Check:
        """The strict check alone: for inputs that the published check is not made for.

        Raises:
            Failure: ``incorrect``: a changed input or a write around a buffer.
        """
        self._check_honesty()
        self._check_state()
        task = self.task.implementation
        got = np.ascontiguousarray(task.result(self.size, self._views))
        return task.strict_check(self.size, self.expected.inputs, got, self.expected.reference)

    def _check_honesty(self) -> None:
        """Read-only buffers hold what they held, and nothing was written around any buffer."""
        for name in self._read_only:
            changes = self._memory[name].changes()
            if changes:
                reason = f"the kernel changed '{name}', which it may only read"
                _require(Check(changes, "input_modified", 0, reason))
        self._inputs_seen = True
        touched = [name for name, memory in self._memory.items() if not memory.intact()]
        if touched:
            reason = f"the kernel wrote to the memory around '{touched[0]}'"
            _require(Check(len(touched), "canary_modified", 0, reason))

    def _check_state(self) -> None:
        check = self.task.implementation.state_check(self.size, self._views)
        if check is not None:
            _require(check)


def _differing(check: Check) -> Check:
    reason = f"a later repetition is wrong, the first was right: {check.reason}"
    return Check(check.error_value, "repetition_differs", check.tolerance, reason)


def _require(check: Check) -> None:
    if not check.correct:
        raise Failure("incorrect", check.reason or "wrong result", check=check)
