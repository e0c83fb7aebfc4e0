"""Ceilings that throughput is compared with: Apple's from a table, the CPU device's measured."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from assay.paths import cache_directory

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CHIPS = Path(__file__).resolve().parents[1] / "references" / "chips.toml"
ELEMENTS = 1 << 26  # Two arrays of 256 MiB: beyond the last-level caches of large servers.
REPETITIONS = 10
FMA_STEPS = 20_000
# Independent accumulators per thread. Which number fills the pipes without spilling depends on the
# width and the number of the vector registers, so the better one counts.
FMA_LANES = (64, 128)

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


class Ceilings(BaseModel):
    """Roofs of a device.

    Attributes:
        bandwidth_gb_s: Memory bandwidth, 10⁹ bytes per second.
        fp32_gflops: Single-precision throughput, 10⁹ flop per second.
        source: Where the numbers are from, for example ``measured``.
    """

    model_config = ConfigDict(frozen=True)

    bandwidth_gb_s: float
    fp32_gflops: float
    source: str

    def of(self, kind: str) -> float:
        """The roof for a task's ``ceiling``: ``bandwidth`` or ``fp32``."""
        return {"bandwidth": self.bandwidth_gb_s, "fp32": self.fp32_gflops}[kind]


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    return tomllib.loads(CHIPS.read_text(encoding="utf-8"))


def chip(description: str) -> Ceilings:
    """Published ceilings of an Apple chip.

    The longest name that occurs in ``description`` counts; without one, the published fallback
    does. ``source`` tells.
    """
    table = _table()
    names = sorted((name for name in table["chips"] if name in description), key=len)
    if names:
        entry, source = table["chips"][names[-1]], f"chips.toml: {names[-1]}"
    else:
        entry, source = table["fallback"], f"chips.toml: fallback, '{description}' is not listed"
    return Ceilings(
        bandwidth_gb_s=entry["bandwidth_gb_s"], fp32_gflops=entry["fp32_gflops"], source=source
    )


def _seconds(
    device: Any, pipeline: Any, arrays: Sequence[np.ndarray], threads: int, group: int
) -> float:
    """The shortest of the repetitions: a roof is what the machine can do when nothing disturbs."""
    buffers = [device.buffer(array) for array in arrays]
    samples = []
    for _ in range(1 + REPETITIONS):
        commands = device.command_buffer()
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        commands.dispatch_threads((threads, 1, 1), (group, 1, 1))
        commands.commit()
        commands.wait(timeout=60)
        samples.append(commands.gpu_seconds)
    return min(samples)


def _stream_bandwidth(device: Any) -> float:
    # Like a triad, but it reads what it writes: without that, caches that fetch a line before
    # writing it move a third more than the program asks for, and the roof would be too low.
    pipeline = device.compile(STREAM).pipeline("stream")
    ones = np.ones(ELEMENTS, np.float32)
    arrays = [ones, ones, np.array([0.5], np.float32)]
    return 12 * ELEMENTS / _seconds(device, pipeline, arrays, ELEMENTS, 256) / 1e9


def _multiply_add_rate(device: Any, lanes: int) -> float:
    pipeline = device.compile(f"#define LANES {lanes}\n{FMA}").pipeline("multiply_add")
    threads = 64 * (os.cpu_count() or 1)
    arrays = [
        np.ones(threads * lanes, np.float32),
        np.array([0.999], np.float32),
        np.array([0.001], np.float32),
        np.array([FMA_STEPS], np.uint32),
    ]
    flop = 2 * lanes * FMA_STEPS * threads
    return flop / _seconds(device, pipeline, arrays, threads, 4) / 1e9


def _file(device: Any) -> Path:
    facts = [device.name, device.description, STREAM, FMA, str((ELEMENTS, FMA_STEPS, FMA_LANES))]
    key = hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]
    return cache_directory("roofline") / f"{device.name}-{key}.json"


def measure(device: Any) -> Ceilings:
    """Measure a device's ceilings now and store them for this machine; takes some seconds."""
    measured = Ceilings(
        bandwidth_gb_s=_stream_bandwidth(device),
        fp32_gflops=max(_multiply_add_rate(device, lanes) for lanes in FMA_LANES),
        source="measured",
    )
    path = _file(device)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(measured.model_dump_json(indent=2))
    os.replace(file.name, path)
    return measured


def stored(device: Any) -> Ceilings | None:
    """Ceilings measured earlier on this machine, or None."""
    try:
        return Ceilings.model_validate_json(_file(device).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def ceilings(device: Any) -> Ceilings:
    """Ceilings of a device: Metal's from the chip table, others measured on first need."""
    if device.name == "metal":
        return chip(device.description)
    return stored(device) or measure(device)
