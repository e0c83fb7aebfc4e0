"""Cold cost of the CPU device's front end: validating and compiling every kernel of this tree, and
for the kernels of tasks the time until their first correct run has ended.

Run: python benchmarks/bench_front_end.py
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Headers of their own that some of the programs include.
HEADERS = ROOT / "tests/msl/production/include"
SEEDS = "tasks/*/seed.metal"
VARIANTS = "tests/kernels/variants/*.metal"
SOURCES = ("tasks/*/*.metal", VARIANTS, "tests/msl/production/*.metal")
WARM_UP = "kernel void warm_up(device float *x [[buffer(0)]]) { x[0] = 1; }"
# Programs with arrays are compiled in another language than those without.
OTHER_WARM_UP = "kernel void warm_up(constant metal::array<int, 1> &x [[buffer(0)]]) {}"


def _paths(*patterns: str) -> Iterator[Path]:
    return (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def compilations() -> dict[str, float]:
    """Seconds for each source; the precompiled standard library is made before."""
    from assay import msl

    msl.compile(WARM_UP)
    msl.compile(OTHER_WARM_UP)
    seconds = {}
    for path in _paths(*SOURCES):
        source = path.read_text()
        start = time.perf_counter()
        msl.compile(source, include=[HEADERS])
        seconds[_name(path)] = time.perf_counter() - start
    return seconds


def first_runs() -> dict[str, float]:
    """Seconds for each seed and variant, from its source to the end of its first run at the task's
    first size; buffers and reference are there before, and the result is checked after."""
    import assay

    device = assay.device("cpu")
    device.compile(WARM_UP).pipeline("warm_up")
    seconds = {}
    for path in _paths(SEEDS, VARIANTS):
        task = path.parent.name if path.name == "seed.metal" else path.stem.partition("_")[0]
        seconds[_name(path)] = _first_run(device, task, path.read_text())
    return seconds


def _first_run(device: Any, name: str, source: str) -> float:
    from assay.kernels.folder import load_task
    from assay.kernels.harness import Allowance, build
    from assay.kernels.references import expected
    from assay.kernels.workload import Workload

    task = load_task(name)
    size, _ = task.size(next(iter(task.spec.sizes)))
    workload = Workload(device, task, size, expected(task, size))
    allowance = Allowance(60.0, lambda _: None)
    start = time.perf_counter()
    workload.run(build(device, task.spec, source, allowance), allowance)
    seconds = time.perf_counter() - start
    workload.verify()
    workload.release()
    return seconds


def report(title: str, seconds: Mapping[str, float]) -> None:
    """Print every source's time, the median and the 95th percentile."""
    print(title)
    for name, value in sorted(seconds.items(), key=lambda item: item[1]):
        print(f"{value:7.3f} s  {name}")
    ordered = sorted(seconds.values())
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    print(f"{len(ordered)} sources: median {statistics.median(ordered):.3f} s, p95 {p95:.3f} s\n")


def main() -> None:
    """Measure both, each in a new process with a cache that holds none of the sources."""
    context = multiprocessing.get_context("spawn")
    for title, measure in (
        ("validate and compile", compilations),
        ("validate, compile and run", first_runs),
    ):
        with tempfile.TemporaryDirectory() as cache:
            os.environ["ASSAY_CACHE"] = cache
            with context.Pool(1) as pool:
                report(title, pool.apply(measure))


if __name__ == "__main__":
    main()
