"""How steady GPU times are, and how far they can be trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.kernels.evaluator import Evaluator
from assay.selftest.case import Case, call
from assay.selftest.report import Check

SOURCE = """
#include <metal_stdlib>
using namespace metal;
kernel void work(device float *x [[buffer(0)]], constant uint &steps [[buffer(1)]],
                 uint i [[thread_position_in_grid]]) {
    float value = x[i];
    for (uint k = 0; k < steps; ++k) { value = fma(value, 0.999f, 0.001f); }
    x[i] = value;
}
"""
THREADS = 1 << 14
SETTLED = 0.02  # Warm-up ends when the medians of two rows of samples differ by so little …
ROW = 5
MOST_ROWS = 20  # … or after so many rows.
SAMPLES = 20
PAUSES = (0.0, 0.001, 0.01, 0.1)  # Seconds; the harness checks results between its repetitions.
AFTER_A_PAUSE = 5


class _Stopwatch:
    def __init__(self, device: Any, steps: int) -> None:
        self._device = device
        self._pipeline = device.compile(SOURCE).pipeline("work")
        self._data = device.buffer(np.ones(THREADS, np.float32))
        self._steps = device.buffer(np.array([steps], np.uint32))

    def sample(self) -> tuple[float, float]:
        """GPU seconds and wall-clock seconds of one repetition."""
        commands = self._device.command_buffer()
        commands.set_pipeline(self._pipeline)
        commands.set_buffer(self._data, 0, 0)
        commands.set_buffer(self._steps, 0, 1)
        commands.dispatch_threads((THREADS, 1, 1), (64, 1, 1))
        start = time.perf_counter()
        commands.commit()
        commands.wait(60)
        return commands.gpu_seconds, time.perf_counter() - start

    def after(self, pause: float) -> list[float]:
        """GPU seconds of repetitions with a pause before each."""
        found = []
        for _ in range(AFTER_A_PAUSE):
            time.sleep(pause)
            found.append(self.sample()[0])
        return found

    def warm_up(self) -> list[float]:
        """GPU seconds of the samples until they settle."""
        rows: list[list[float]] = []
        while len(rows) < MOST_ROWS:
            rows.append([self.sample()[0] for _ in range(ROW)])
            if len(rows) > 1:
                last, now = (float(np.median(row)) for row in rows[-2:])
                if abs(now - last) <= SETTLED * last:
                    break
        return [sample for row in rows for sample in row]


def _job(device: Any) -> dict[str, Any]:
    """Two loads in turns, one with twice the work of the other."""
    single, double = _Stopwatch(device, 4000), _Stopwatch(device, 8000)
    warm_up = single.warm_up()
    pairs = [(single.sample(), double.sample()) for _ in range(SAMPLES)]
    pauses = {str(pause): single.after(pause) for pause in PAUSES}
    return {
        "pauses": pauses,
        "warm_up": warm_up,
        "single": [first[0] for first, _ in pairs],
        "single_wall": [first[1] for first, _ in pairs],
        "double": [second[0] for _, second in pairs],
        "double_wall": [second[1] for _, second in pairs],
        "conditions": device.conditions,
    }


def _quartiles(samples: list[float]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(samples, [25, 50, 75])
    return float(low), float(middle), float(high)


def cases(quick: bool) -> list[Case]:
    """One measurement, judged in several ways."""
    return [Case("two loads in turns", _judge)]


def _judge(evaluator: Evaluator) -> Iterator[Check]:
    """Spread of the samples, proportion to the work, and agreement with the wall clock."""
    data = call(evaluator, _job)
    low, middle, high = _quartiles(data["single"])
    spread = (high - low) / middle
    yield Check(
        group="timing",
        name="samples of the same work agree",
        passed=spread < 0.2,
        expected="quartiles within 20 % of the median",
        found=f"median {middle * 1e3:.4g} ms, quartiles {low * 1e3:.4g} to {high * 1e3:.4g} ms, "
        f"settled after {len(data['warm_up'])} repetitions",
        data=data,
    )
    ratio = _quartiles(data["double"])[1] / middle
    yield Check(
        group="timing",
        name="twice the work takes twice the time",
        passed=1.6 < ratio < 2.4,
        expected="a ratio of 1.6 to 2.4",
        found=f"{ratio:.3f}",
    )
    wall = _quartiles(data["single_wall"])[1]
    yield Check(
        group="timing",
        name="GPU time is within the wall-clock time",
        passed=0 < middle <= wall,
        expected="more than 0, at most the wall-clock time",
        found=f"{middle * 1e3:.4g} ms of {wall * 1e3:.4g} ms",
    )
    slower = {
        float(pause): _quartiles(samples)[1] / middle for pause, samples in data["pauses"].items()
    }
    yield Check(
        group="timing",
        name="times after a pause (for information)",
        passed=True,
        found=", ".join(f"{1e3 * pause:g} ms: {ratio:.2f}x" for pause, ratio in slower.items()),
    )
