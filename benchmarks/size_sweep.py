"""How the time of every seed grows with the work, on the CPU device: a figure and its numbers.

python benchmarks/size_sweep.py -o docs/figures/size_sweep.svg
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
from scipy.spatial import cKDTree
from seeds import Seed

from assay.kernels.folder import TaskFolder
from assay.kernels.references import computed
from assay.kernels.spec import Size
from assay.kernels.workload import Workload


@dataclass(frozen=True)
class Series:
    """One seed at growing sizes.

    Attributes:
        ceiling: Which kind of work is counted: ``bandwidth`` (bytes) or ``fp32`` (flop).
        parameters: Of each size.
        work: Of one repetition at each size, in bytes or flop.
        seconds: Median time of the kernels of one repetition at each size.
        slope: Of the line fitted to all sizes in log-log; 1 means time in proportion to work.
    """

    task: str
    ceiling: str
    parameters: list[dict[str, float]]
    work: list[float]
    seconds: list[float]
    slope: float


def _square(*extents: int, **rest: int) -> list[dict[str, float]]:
    return [{"nx": n, "ny": n, **rest} for n in extents]


def _cube(*extents: int, **rest: int) -> list[dict[str, float]]:
    return [{"nx": n, "ny": n, "nz": n, **rest} for n in extents]


def _liquid(per_side: int) -> dict[str, float]:
    """As many particles per volume as at the published sizes; ``_size`` adds the pairs."""
    n = per_side**3
    box = round((n / 0.6575) ** (1 / 3), 1)
    return {"n": n, "cells": int(box / 2.5), "box": box, "steps": 10, "pairs": 0}


def _plasma(n: int) -> dict[str, float]:
    """The pressure of the published sizes, or less where it would shatter a coarser field."""
    return {"nr": n, "nz": n, "steps": 30, "p_axis": min(200.0, 0.045 * n**2)}


# Only extents grow; steps are those of the largest published size, fewer where that takes long.
SIZES: dict[str, list[dict[str, float]]] = {
    "adi3d": _cube(16, 32, 64, 96, 128, steps=10),
    "compact": [{"N": n} for n in (4096, 32_768, 262_144, 2_097_152, 6_291_456)],
    "fft3d": [{"N": n} for n in (8, 16, 32, 64, 128)],
    "gradshaf": [_plasma(n) for n in (17, 33, 65, 129, 257, 513)],
    "heat2d": _square(64, 128, 256, 512, 1024, steps=50),
    "hmc": [{"dim": 16, "chains": n} for n in (64, 256, 1024, 2048, 4096)],
    "ising": _square(128, 256, 512, 1024, 2048, passes=50),
    "lbm": _square(16, 32, 64, 128, 256, steps=100),
    "lj": [_liquid(n) for n in (8, 10, 12, 16, 22)],
    "morton": [{"N": 2**log, "logN": log, "steps": 10} for log in (3, 4, 5, 6, 7)],
    "nbody": [{"n": n, "steps": 10} for n in (128, 256, 512, 1024, 2048)],
    "qsim": [{"N": 2**qubits, "gates": 24} for qubits in (13, 15, 17, 19, 21)],
    "saxpy": [{"n": n} for n in (16_384, 131_072, 1_048_576, 8_388_608, 67_108_864)],
    "wave3d": _cube(16, 32, 64, 128, 192, steps=15),
}


def _size(task: TaskFolder, parameters: dict[str, float]) -> tuple[Size, dict[str, np.ndarray]]:
    """A size with its inputs, on which the work of lj depends."""
    size = Size("sweep", {**task.spec.constants, **parameters})
    inputs = task.implementation.inputs(size, np.random.default_rng(task.spec.seed))
    if "pairs" in parameters:
        tree = cKDTree(inputs["pos4"][:, :3] % size.box, boxsize=size.box)
        pairs = len(tree.query_pairs(size.rcut2**0.5, output_type="ndarray"))
        size = Size("sweep", {**size.parameters, "pairs": pairs})
    return size, inputs


def _ready(seed: Seed, size: Size, inputs: dict[str, np.ndarray]) -> tuple[Workload, float]:
    """Buffers for a size, on which the seed ran once and was right; that run's seconds.

    The strict check is made for any size, which the published one of hmc is not.
    """
    workload = seed.workload(size, computed(seed.task, size, inputs))
    seconds = seed.run(workload)
    check = workload.verify_strictly()
    if not check.correct:
        sys.exit(f"{seed.task.name} at {dict(size.parameters)}: {check.reason}")
    return workload, seconds


def sweep(name: str, repetitions: int, limit: float, say: Callable[[str], None]) -> Series:
    """Measure one seed at all sizes in turns, so that what else the machine does strikes all alike.

    Sizes end before one of which a repetition promises to exceed ``limit`` seconds.
    """
    seed = Seed(name)
    kept: list[dict[str, float]] = []
    work: list[float] = []
    workloads: list[Workload] = []
    rate = 0.0
    for parameters in SIZES[name]:
        size, inputs = _size(seed.task, parameters)
        amount = seed.work(size)
        if rate * amount > limit:
            say(f"{name}: sizes from {parameters} on would take longer than {limit:g} s; left out")
            break
        workload, seconds = _ready(seed, size, inputs)
        rate = seconds / amount
        kept.append({key: size.parameters[key] for key in parameters})
        work.append(amount)
        workloads.append(workload)
    rounds = [[seed.run(workload) for workload in workloads] for _ in range(repetitions)]
    times = [median(samples) for samples in zip(*rounds, strict=True)]
    slope = float(np.polyfit(np.log(work), np.log(times), 1)[0])
    say(f"{name:<9} {work[0]:8.1e} to {work[-1]:7.1e}, {times[-1]:7.3f} s, slope {slope:.2f}")
    return Series(name, seed.task.spec.ceiling, kept, work, times, slope)


def _written(path: Path, options: argparse.Namespace) -> list[Series]:
    """Measure everything and keep the numbers."""
    device = Seed("saxpy").device.description
    series = [sweep(name, options.repetitions, options.limit, print) for name in SIZES]
    record = {
        "device": device,
        "repetitions": options.repetitions,
        "series": [asdict(one) for one in series],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return series


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, help="the figure, FILE.svg")
    parser.add_argument("--repetitions", type=int, default=5, help="timed ones per size (5)")
    parser.add_argument("--limit", type=float, default=2.0, help="seconds per repetition (2)")
    parser.add_argument(
        "--redraw", action="store_true", help="draw the numbers beside the figure, measure nothing"
    )
    return parser.parse_args()


def main() -> None:
    """Measure, write the numbers beside the figure, draw."""
    options = _options()
    try:
        from size_figure import draw
    except ModuleNotFoundError as error:
        sys.exit(f"{error}; install what draws the figure: pip install matplotlib")
    numbers = options.output.with_suffix(".json")
    if options.redraw:
        content = json.loads(numbers.read_text(encoding="utf-8"))
        series = [Series(**one) for one in content["series"]]
    else:
        series = _written(numbers, options)
    draw(series, options.output)


if __name__ == "__main__":
    main()
