"""Shared memory: aliasing, lifetimes, offsets, order."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case, call
from assay.selftest.report import Check

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void increment(device uint *x [[buffer(0)]], uint i [[thread_position_in_grid]]) {
    x[i] += 1;
}
kernel void twice(device uint *x [[buffer(0)]], uint i [[thread_position_in_grid]]) { x[i] *= 2; }
"""
MANY = 500  # More than the command buffers that Metal keeps in flight.


def _run(device: Any, pipelines: list[Any], buffer: Any, count: int, offset: int = 0) -> Any:
    commands = device.command_buffer()
    commands.set_buffer(buffer, offset, 0)
    for pipeline in pipelines:
        commands.set_pipeline(pipeline)
        commands.dispatch_threads((count, 1, 1), (min(count, 64), 1, 1))
    commands.commit()
    return commands


def _new_memory_is_zero(device: Any, increment: Any, twice: Any) -> bool:
    return not any(device.buffer(length).view(np.uint8).any() for length in (1, 4096, 5_000_000))


def _views_alias(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(np.arange(1000, dtype=np.uint32))
    view = buffer.view(np.uint32)
    del buffer
    gc.collect()
    return bool((view == np.arange(1000)).all())


def _offsets(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(np.zeros(10, np.uint32))
    _run(device, [increment], buffer, 2, offset=12).wait(60)
    return buffer.view(np.uint32).tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def _uneven_grid(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(4 * 1100)
    _run(device, [increment], buffer, 1001).wait(60)
    found = buffer.view(np.uint32)
    return bool((found[:1001] == 1).all()) and not found[1001:].any()


def _dispatches_in_order(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(4 * 100_000)
    _run(device, [increment, twice] * 10, buffer, 100_000).wait(60)
    return bool((buffer.view(np.uint32) == 2046).all())


def _forgotten_work_is_done(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(4096)
    view = buffer.view(np.uint32)
    commands = _run(device, [increment], buffer, 1024)
    del commands, buffer
    gc.collect()
    other = device.buffer(4)
    _run(device, [increment], other, 1).wait(60)  # later in the same queue
    return bool((view == 1).all())


def _many_command_buffers(device: Any, increment: Any, twice: Any) -> bool:
    buffer = device.buffer(4096)
    pending = [_run(device, [increment], buffer, 1024) for _ in range(MANY)]
    for commands in pending:
        commands.wait(60)
    return bool((buffer.view(np.uint32) == MANY).all())


TESTS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "new memory is zero": _new_memory_is_zero,
    "views alias the memory and keep it alive": _views_alias,
    "offsets of bindings": _offsets,
    "a grid that threadgroups do not divide": _uneven_grid,
    "dispatches of one command buffer run in order": _dispatches_in_order,
    "work that nobody waits for is done": _forgotten_work_is_done,
    f"{MANY} command buffers in flight": _many_command_buffers,
}


def _job(device: Any, name: str) -> bool:
    library = device.compile(SOURCE)
    return TESTS[name](device, library.pipeline("increment"), library.pipeline("twice"))


def cases(quick: bool) -> list[Case]:
    """Each test in the worker process."""
    return [Case(name, partial(_judge, name)) for name in TESTS]


def _judge(name: str, evaluator: Evaluator) -> Iterator[Check]:
    passed = call(evaluator, _job, name)
    found = "" if passed else "it does not hold"
    yield Check(group="buffers", name=name, passed=passed, found=found)
