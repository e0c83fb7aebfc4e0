"""compact: count by block, scan the counts, scatter what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task

BLOCK = 1024


class Compact(Task):
    """Elements above a threshold move to the front."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """x, float32[N], uniform in [0, 1)."""
        return {"x": rng.uniform(0, 1, size.N).astype(np.float32)}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """x; everything that the kernels write starts as zeros."""
        blocks = -(-size.N // BLOCK)
        return {
            "x": inputs["x"],
            "counts": np.zeros(blocks, np.uint32),
            "offsets": np.zeros(blocks, np.uint32),
            "total": np.zeros(1, np.uint32),
            "out": np.zeros_like(inputs["x"]),
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """Three dispatches."""
        encoder.dispatch("compact_count", x="x", counts="counts")
        encoder.dispatch("compact_scan", counts="counts", offsets="offsets", total="total")
        encoder.dispatch("compact_scatter", x="x", offsets="offsets", total="total", out="out")

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """out and behind it total as a float, which holds it exactly: float32[N + 1]."""
        return np.append(buffers["out"], buffers["total"].astype(np.float32))

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Lengths around a block and a simdgroup, from everything kept to nothing."""
        yield {"N": 1, "threshold": float(rng.choice([-1.0, 1.0]))}
        lengths = (33, 1023, 1025, 5000, int(rng.integers(100_000, 400_000)))
        thresholds = (-9.0, 9.0, 0.0, -0.3, float(np.float32(rng.uniform(-1.5, 1.5))))
        for length, threshold in zip(lengths, rng.permutation(thresholds), strict=True):
            yield {"N": length, "threshold": float(threshold)}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """x of either sign, with stretches where all is kept and others where nothing is, and often
        with elements that equal the threshold."""
        stretches = np.sin(np.arange(size.N) / rng.uniform(30, 3000) + rng.uniform(0, 6))
        x = (2 * stretches + rng.standard_normal(size.N)).astype(np.float32)
        x[rng.uniform(0, 1, size.N) < rng.choice([0, 0.05, 0.1])] = size.threshold
        return {"x": x}
