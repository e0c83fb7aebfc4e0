"""fft3d: one pass of one-dimensional transforms along each axis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class FFT3D(Task):
    """A forward transform of a cube of complex numbers, from a through b and a to b."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """x0, float32[N, N, N, 2], standard normal: all real parts are drawn first."""
        x0 = np.empty((size.N,) * 3 + (2,), np.float32)
        for part in range(2):
            x0[..., part] = rng.standard_normal((size.N,) * 3, dtype=np.float32)
        return {"x0": x0}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as x0; b starts as zeros, as published."""
        return {"a": inputs["x0"], "b": np.zeros_like(inputs["x0"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per axis."""
        for axis, source, target in (("x", "a", "b"), ("y", "b", "a"), ("z", "a", "b")):
            encoder.dispatch(f"fft3d_{axis}", in_data=source, out_data=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """Real and imaginary parts, float32[N, N, N, 2]."""
        return buffers["b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, int]]:
        """Lines shorter and longer than a simdgroup; only powers of two are allowed."""
        for n in (8, 16, 64):
            yield {"N": n}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """x0 with planes, rows and columns of unequal scale, different on every axis."""
        x0 = self.inputs(size, rng)["x0"]
        z, y, x = rng.uniform(0.5, 1.5, (3, size.N)).astype(np.float32)
        x0 *= (z[:, None, None] * y[:, None] * x)[..., None]
        return {"x0": x0}
