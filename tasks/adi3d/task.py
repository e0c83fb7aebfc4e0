"""adi3d: implicit line solves along x, y and z that swap two fields."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


def _gaussian(shape: tuple[int, int, int], width: float) -> np.ndarray:
    """A bump around the centre, float32[shape], with zeros on all faces."""
    squares = []
    for extent in shape:
        offset = np.arange(extent, dtype=np.float32) - np.float32((extent - 1) / 2)
        squares.append(offset * offset)
    z2, y2, x2 = squares
    sigma = np.float32(width)
    r2 = x2 + y2[:, None] + z2[:, None, None]
    u0 = np.exp(-r2 / (np.float32(2) * sigma * sigma))
    for axis in range(3):
        np.moveaxis(u0, axis, 0)[[0, -1]] = 0
    return u0


class ADI3D(Task):
    """Time steps of three sweeps each, from field a to b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0, float32[nz, ny, nx]: a Gaussian, 0.15 times the mean extent wide."""
        shape = size.nz, size.ny, size.nx
        return {"u0": _gaussian(shape, 0.15 * (size.nx * size.ny * size.nz) ** (1 / 3))}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as u0; b starts as zeros, as published."""
        return {"a": inputs["u0"], "b": np.zeros_like(inputs["u0"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """Three sweeps per time step; the fields swap after each sweep."""
        for sweep in range(3 * size.steps):
            source, target = ("a", "b") if sweep % 2 == 0 else ("b", "a")
            encoder.dispatch(f"adi_{'xyz'[sweep % 3]}", u_in=source, u_out=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The field written last, float32[nz, ny, nx]."""
        return buffers["a" if size.steps % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Different extents, the shortest 4 once, around and beyond a threadgroup of lines."""
        short = (4, int(rng.integers(5, 9)), int(rng.integers(9, 30)), int(rng.integers(9, 30)))
        for steps, least in zip((1, 2, 3, 4), short, strict=True):
            middle, most = int(rng.integers(31, 42)), int(rng.integers(22, 50)) * 2 + 1
            nx, ny, nz = (int(extent) for extent in rng.permutation([least, middle, most]))
            mu = float(rng.uniform(0.1, 1.5))
            yield {"nx": nx, "ny": ny, "nz": nz, "steps": steps, "mu": mu}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0 with boundary values like any other, on which the order of the sweeps shows."""
        return {"u0": rng.uniform(-1, 1, (size.nz, size.ny, size.nx)).astype(np.float32)}
