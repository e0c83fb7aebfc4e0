"""Cold cost of the CPU device's front end: validating and compiling every kernel of this tree.

Run: python benchmarks/bench_front_end.py
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Headers of their own that some of the programs include.
HEADERS = ROOT / "tests/msl/production/include"
SOURCES = (
    "tasks/*/*.metal",
    "tests/kernels/variants/*.metal",
    "tests/msl/production/*.metal",
)


def measure() -> dict[str, float]:
    """Seconds for each source; the precompiled standard library is made before."""
    from assay import msl

    msl.compile("kernel void warm_up(device float *x [[buffer(0)]]) { x[0] = 1; }")
    seconds = {}
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        source = path.read_text()
        start = time.perf_counter()
        msl.compile(source, include=[HEADERS])
        seconds[str(path.relative_to(ROOT))] = time.perf_counter() - start
    return seconds


def main() -> None:
    """Print every source's time, the median and the 95th percentile."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["ASSAY_CACHE"] = cache
        seconds = measure()
    for name, value in sorted(seconds.items(), key=lambda item: item[1]):
        print(f"{value:7.3f} s  {name}")
    ordered = sorted(seconds.values())
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    print(f"{len(ordered)} sources: median {statistics.median(ordered):.3f} s, p95 {p95:.3f} s")


if __name__ == "__main__":
    main()
