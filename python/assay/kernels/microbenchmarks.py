"""What a device can do at best: streaming, multiply-adds and launches, measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

REPETITIONS = 10
PASSES = 3  # Everything is measured so often, as the machine may be busy for a moment.
STREAM_BYTES = 1 << 28  # moved per repetition, so that small working sets are passed many times
MOST_DISPATCHES = 400
FMA_STEPS = 20_000
# Independent accumulators per thread. Which number fills the pipes without spilling depends on the
# width and the number of the vector registers, so the better one counts.
FMA_LANES = (64, 128)
GPU_LANES = (8, 16)
GPU_STEPS = 4000
GPU_THREADS = 1 << 18

STREAM = """
#include <metal_stdlib>
using namespace metal;

kernel void stream(device const float *x [[buffer(0)]],
                   device float *y [[buffer(1)]],
                   constant float &a [[buffer(2)]],
                   uint i [[thread_position_in_grid]]) {
    y[i] = a * x[i] + y[i];
}
"""

FMA = """
#include <metal_stdlib>
using namespace metal;

kernel void multiply_add(device float *data [[buffer(0)]],
                         constant float &factor [[buffer(1)]],
                         constant float &summand [[buffer(2)]],
                         constant uint &steps [[buffer(3)]],
                         uint i [[thread_position_in_grid]]) {
    float lanes[LANES];
    for (uint k = 0; k < LANES; ++k) {
        lanes[k] = data[i * LANES + k];
    }
    for (uint step = 0; step < steps; ++step) {
        for (uint k = 0; k < LANES; ++k) {
            lanes[k] = fma(lanes[k], factor, summand);
        }
    }
    for (uint k = 0; k < LANES; ++k) {
        data[i * LANES + k] = lanes[k];
    }
}
"""


def _seconds(
    device: Any,
    pipeline: Any,
    arrays: Sequence[np.ndarray],
    shape: tuple[int, int],
    dispatches: int = 1,
) -> float:
    """Seconds per dispatch of (threads, threads per group), in the shortest of the repetitions.

    A roof is what the machine can do when nothing disturbs.
    """
    buffers = [device.buffer(array) for array in arrays]
    samples = []
    for _ in range(1 + REPETITIONS):
        commands = device.command_buffer()
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        for _ in range(dispatches):
            commands.dispatch_threads((shape[0], 1, 1), (shape[1], 1, 1))
        commands.commit()
        commands.wait(timeout=60)
        samples.append(commands.gpu_seconds)
    return min(samples) / dispatches


def stream_bandwidth(device: Any, elements: int, launch_seconds: float = 0.0) -> float:
    """GB/s of y = a x + y over two arrays of float32[elements], without the cost of launching.

    Where launching is most of the time, half of the time counts as streaming.

    Like a triad, but it reads what it writes: without that, caches that fetch a line before writing
    it move a third more than the program asks for, and the roof would be too low.
    """
    pipeline = device.compile(STREAM).pipeline("stream")
    ones = np.ones(elements, np.float32)
    moved = 12 * elements
    dispatches = min(MOST_DISPATCHES, max(1, STREAM_BYTES // moved))
    arrays = [ones, ones, np.array([0.0], np.float32)]  # y stays as it is, however often
    seconds = _seconds(device, pipeline, arrays, (elements, 256), dispatches)
    return moved / max(seconds - launch_seconds, seconds / 2) / 1e9


def bandwidth_curve(
    device: Any, working_sets: Sequence[int], launch_seconds: float
) -> list[tuple[int, float]]:
    """GB/s of working sets of so many bytes, as (bytes, GB/s); smallest first, none slower than a
    larger one."""
    sizes = sorted(working_sets)
    passes = [
        [stream_bandwidth(device, size // 8, launch_seconds) for size in sizes]
        for _ in range(PASSES)
    ]
    best = [max(speeds) for speeds in zip(*passes, strict=True)]
    return [(size, max(best[place:])) for place, size in enumerate(sizes)]


@dataclass(frozen=True)
class _Load:
    """How multiply-adds are spread: accumulators per thread, steps, threads, and their groups."""

    lanes: tuple[int, ...]
    steps: int
    threads: int
    group: int


def _load(device: Any) -> _Load:
    if device.name == "metal":  # a GPU has many threads with few registers each
        return _Load(GPU_LANES, GPU_STEPS, GPU_THREADS, 256)
    return _Load(FMA_LANES, FMA_STEPS, 64 * (os.cpu_count() or 1), 4)


def multiply_add_rate(device: Any) -> float:
    """GFLOPS of independent single-precision multiply-adds."""
    load = _load(device)
    return max(_multiply_add_rate(device, load, lanes) for lanes in load.lanes * PASSES)


def _multiply_add_rate(device: Any, load: _Load, lanes: int) -> float:
    pipeline = device.compile(f"#define LANES {lanes}\n{FMA}").pipeline("multiply_add")
    arrays = [
        np.ones(load.threads * lanes, np.float32),
        np.array([0.999], np.float32),
        np.array([0.001], np.float32),
        np.array([load.steps], np.uint32),
    ]
    flop = 2 * lanes * load.steps * load.threads
    return flop / _seconds(device, pipeline, arrays, (load.threads, load.group)) / 1e9


def launch_seconds(device: Any) -> float:
    """Seconds that one dispatch costs in a row of dispatches that do next to nothing."""
    pipeline = device.compile(STREAM).pipeline("stream")
    threads = 32 * 64
    nothing = [np.zeros(threads, np.float32)] * 2 + [np.array([0.0], np.float32)]
    return _seconds(device, pipeline, nothing, (threads, 32), MOST_DISPATCHES)
