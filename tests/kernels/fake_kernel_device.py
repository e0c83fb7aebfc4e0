"""A device whose kernels are Python functions, with the interface of the real ones.

A source is Python text. Each function in it is a kernel: it gets the bound buffers as float32 views
(by index) and the grid. ``SECONDS`` says what a repetition takes, ``MOST`` how many threads a
threadgroup may have. What happens is what the text says, crashes and endless loops included. The
global ``ORDER`` tells a kernel the perturbation of its command buffer.
"""

from __future__ import annotations

import time
import types
from typing import ClassVar

import numpy as np

from assay.errors import CompileError, DeviceError, Diagnostic, PipelineError


class Buffer:
    intact = True

    def __init__(self, content):
        array = np.zeros(content, np.uint8) if isinstance(content, int) else content
        self.bytes = np.frombuffer(bytearray(array.tobytes()), np.uint8)
        self.nbytes = self.bytes.nbytes

    def view(self, dtype, shape=None):
        array = self.bytes.view(dtype)
        return array if shape is None else array.reshape(shape)


class Pipeline:
    thread_execution_width = 32
    static_threadgroup_memory_length = 0

    def __init__(self, name, namespace):
        self.name = name
        self.namespace = namespace
        self.run = namespace[name]
        self.seconds = namespace.get("SECONDS", 1e-3)
        self.max_total_threads_per_threadgroup = namespace.get("MOST", 1024)


class Library:
    def __init__(self, namespace):
        self._namespace = namespace
        self.kernel_names = [
            name for name, value in namespace.items() if isinstance(value, types.FunctionType)
        ]

    def pipeline(self, name):
        if name not in self.kernel_names:
            raise PipelineError(name, "there is no such kernel")
        return Pipeline(name, self._namespace)


class CommandBuffer:
    def __init__(self, perturbation):
        self._perturbation = perturbation
        self._pipeline = None
        self._buffers = {}
        self._calls = []
        self.gpu_seconds = 0.0
        self.gpu_start = 0.0

    def set_pipeline(self, pipeline):
        self._pipeline = pipeline

    def set_buffer(self, buffer, offset, index):
        self._buffers[index] = buffer.bytes[offset:].view(np.float32)

    def dispatch_threads(self, grid, group):
        self._calls.append((self._pipeline, dict(self._buffers), grid))

    def commit(self):
        pass

    def wait(self, timeout=None):
        start = self.gpu_start = time.monotonic()
        for pipeline, buffers, grid in self._calls:
            pipeline.namespace["ORDER"] = self._perturbation
            pipeline.run(buffers, grid)
            seconds = pipeline.seconds
            self.gpu_seconds += seconds() if callable(seconds) else seconds
            if timeout is not None and time.monotonic() - start > timeout:
                raise DeviceError("timeout", f"{pipeline.name} did not end", pipeline.name)


class Device:
    name = "fake"
    description = "no hardware at all"
    max_threadgroup_memory = 32768
    guards_buffers = True
    perturbs_schedules = False
    conditions: ClassVar = {"thermal_state": "nominal", "low_power_mode": "off"}

    def compile(self, source):
        namespace = {}
        try:
            exec(compile(source, "candidate", "exec"), namespace)
        except SyntaxError as error:
            raise CompileError([Diagnostic(error.msg, error.lineno, error.offset)]) from error
        return Library(namespace)

    def buffer(self, content):
        return Buffer(content)

    def command_buffer(self, perturbation=0, lenient_reads=False):
        assert perturbation == 0 or self.perturbs_schedules
        return CommandBuffer(perturbation)


class BareDevice(Device):
    guards_buffers = False


class PerturbingDevice(Device):
    perturbs_schedules = True


def open_device():
    return Device()


def open_bare_device():
    return BareDevice()


def open_perturbing_device():
    return PerturbingDevice()


class HotDevice(Device):
    """Heats up while it works."""

    @property
    def conditions(self):
        self.asked = getattr(self, "asked", 0) + 1
        return {"thermal_state": "nominal" if self.asked == 1 else "serious"}


def open_hot_device():
    return HotDevice()


def open_missing():
    raise DeviceError("unavailable", "[fake] this build has no fake device")


def talk_and_sleep(device, report):
    report.progress("begun")
    time.sleep(3600)
