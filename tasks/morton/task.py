"""morton: a seven-point stencil on a cube whose cells lie in Z order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


def _gaussian(n: int, width: float) -> np.ndarray:
    """A bump around the centre of a cube, float32[n, n, n], with zeros on all faces."""
    offset = np.arange(n, dtype=np.float32) - np.float32((n - 1) / 2)
    square = offset * offset
    sigma = np.float32(width)
    r2 = square + square[:, None] + square[:, None, None]
    u0 = np.exp(-r2 / (np.float32(2) * sigma * sigma))
    for axis in range(3):
        np.moveaxis(u0, axis, 0)[[0, -1]] = 0
    return u0


@lru_cache(maxsize=1)
def _indices(n: int) -> np.ndarray:
    """Z-order index of every cell [z, y, x] of a cube, int32[n, n, n]."""
    coordinate = np.arange(n, dtype=np.int32)
    spread = np.zeros_like(coordinate)
    for bit in range(n.bit_length() - 1):
        spread |= (coordinate >> bit & 1) << 3 * bit
    return spread | spread[:, None] << 1 | spread[:, None, None] << 2


class Morton(Task):
    """Time steps of the heat equation, from field a to b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0_row, float32[N, N, N], a Gaussian; u0_morton, float32[N^3], the same in Z order."""
        return self._both(_gaussian(size.N, 0.15 * size.N))

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as u0 in Z order; b starts as zeros, as published."""
        return {"a": inputs["u0_morton"], "b": np.zeros_like(inputs["u0_morton"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per time step."""
        for step in range(size.steps):
            source, target = ("a", "b") if step % 2 == 0 else ("b", "a")
            encoder.dispatch("morton_stencil", u_in=source, u_out=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The field written last, back in row-major order, float32[N, N, N]."""
        return buffers["a" if size.steps % 2 == 0 else "b"][_indices(size.N)]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Every small power of two, also fewer cells than a threadgroup; one to five steps."""
        for log_n, steps in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 1), (5, 5)):
            alpha = float(rng.uniform(0.02, 0.16))
            yield {"N": 2**log_n, "logN": log_n, "steps": steps, "alpha": alpha}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Noise with boundary values like any other."""
        return self._both(rng.uniform(-1, 1, (size.N, size.N, size.N)).astype(np.float32))

    @staticmethod
    def _both(u0: np.ndarray) -> dict[str, np.ndarray]:
        in_z_order = np.empty(u0.size, u0.dtype)
        in_z_order[_indices(len(u0))] = u0
        return {"u0_row": u0, "u0_morton": in_z_order}
