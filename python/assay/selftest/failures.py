"""What has to fail, and how: pipelines, wrong use, time-outs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from assay.errors import DeviceError, PipelineError
from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case, call
from assay.selftest.report import Check

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void small(device float *x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] += 1; }
kernel void large(device float *x [[buffer(0)]], uint i [[thread_position_in_threadgroup]]) {
    threadgroup float room[8448];
    for (uint k = i; k < 8448; k += 32) { room[k] = x[k % 32]; }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    x[i] = room[8447 - i];
}
// Seconds of work in one thread, whose steps depend on each other; it does end.
kernel void slow(device float *x [[buffer(0)]]) {
    float value = x[0];
    for (uint k = 0; k < 1000000000u; ++k) { value = fma(value, 0.999f, x[1]); }
    x[0] = value;
}
"""


def _missing_kernel(device: Any, library: Any) -> str:
    try:
        library.pipeline("smal")
    except PipelineError as error:
        return error.message
    return "it was found"


def _too_much_threadgroup_memory(device: Any, library: Any) -> str:
    try:
        library.pipeline("large")
    except PipelineError as error:
        return error.message
    return "the pipeline was made"


def _missing_buffer(device: Any, library: Any) -> str:
    commands = device.command_buffer()
    commands.set_pipeline(library.pipeline("small"))
    try:
        commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    except DeviceError as error:
        return error.message
    return "the dispatch was recorded"


def _wait_limit(device: Any, library: Any) -> str:
    commands = device.command_buffer()
    commands.set_pipeline(library.pipeline("slow"))
    commands.set_buffer(device.buffer(np.ones(2, np.float32)), 0, 0)
    commands.dispatch_threads((1, 1, 1), (1, 1, 1))
    commands.commit()
    start = time.monotonic()
    try:
        commands.wait(0.2)
    except DeviceError as error:
        return f"{error.kind} after {time.monotonic() - start:.2f} s: {error.message}"
    return f"it ended within {time.monotonic() - start:.2f} s"


def _use_after_a_time_out(device: Any, library: Any) -> str:
    buffer = device.buffer(np.zeros(32, np.float32))
    commands = device.command_buffer()
    commands.set_pipeline(library.pipeline("small"))
    commands.set_buffer(buffer, 0, 0)
    commands.dispatch_threads((32, 1, 1), (32, 1, 1))
    commands.commit()
    commands.wait(60)
    return "correct" if (buffer.view(np.float32) == 1).all() else "wrong"


# What happens has to contain the text.
TESTS: dict[str, tuple[Callable[[Any, Any], str], str]] = {
    "a kernel that does not exist": (_missing_kernel, "Did you mean 'small'"),
    "too much threadgroup memory": (_too_much_threadgroup_memory, "hreadgroup memory"),
    "a buffer that is not bound": (_missing_buffer, "needs buffer(0)"),
    "work beyond the limit of its wait": (_wait_limit, "timeout after 0.2"),
    "the device after that": (_use_after_a_time_out, "correct"),
}


def _job(device: Any, name: str) -> str:
    return TESTS[name][0](device, device.compile(SOURCE))


def cases(quick: bool) -> list[Case]:
    """Each test in the worker process; what follows gets another one."""
    return [
        *(Case(name, partial(_judge, name)) for name in TESTS),
        Case("another process after that", _another_process),
    ]


def _judge(name: str, evaluator: Evaluator) -> Iterator[Check]:
    expected = TESTS[name][1]
    found = call(evaluator, _job, name)
    yield Check(
        group="failures", name=name, passed=expected in found, expected=expected, found=found
    )


def _another_process(evaluator: Evaluator) -> Iterator[Check]:
    """A system may refuse further work of a process whose work it had to stop."""
    evaluator.close()
    found = call(evaluator, _job, "the device after that")
    yield Check(
        group="failures",
        name="another process after that",
        passed=found == "correct",
        expected="correct",
        found=found,
    )
