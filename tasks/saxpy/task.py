"""saxpy: one streaming update of a vector."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class Saxpy(Task):
    """y ← a·x + y."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """x and y0, float32[n], standard normal."""
        x = rng.standard_normal(size.n).astype(np.float32)
        y0 = rng.standard_normal(size.n).astype(np.float32)
        return {"x": x, "y0": y0}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """x, and y that starts as y0."""
        return {"x": inputs["x"], "y": inputs["y0"]}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """A single dispatch."""
        encoder.dispatch("saxpy", x="x", y="y")

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """y, float32[n]."""
        return buffers["y"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Lengths around the threadgroup width, and factors of either sign."""
        for n in (1, 255, 257, 1000, int(rng.integers(2_000, 50_000))):
            yield {"n": n, "a": float(np.float32(rng.uniform(-3, 3)))}
