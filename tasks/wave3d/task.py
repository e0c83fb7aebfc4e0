"""wave3d: a leapfrog seven-point stencil that rotates three fields."""

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


class Wave3D(Task):
    """Time steps of the wave equation; step s writes field (s + 2) mod 3."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0, float32[nz, ny, nx]: a Gaussian of width 0.1 times the smallest extent."""
        shape = size.nz, size.ny, size.nx
        return {"u0": _gaussian(shape, 0.1 * min(shape))}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """b0 and b1 start as u0 (at rest) and b2 as zeros, as published."""
        u0 = inputs["u0"]
        return {"b0": inputs.get("u_before", u0), "b1": u0, "b2": np.zeros_like(u0)}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per time step."""
        for step in range(size.steps):
            previous, current, following = (f"b{(step + offset) % 3}" for offset in range(3))
            encoder.dispatch("wave_step", u_prev=previous, u_curr=current, u_next=following)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The field written last, float32[nz, ny, nx]."""
        return buffers[f"b{(size.steps + 1) % 3}"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Three different extents that no tile divides, in changing order; one to seven steps."""
        for steps in (1, 2, 3, 4, 7):
            halves = rng.integers((2, 9, 20), (9, 20, 45))
            nx, ny, nz = (int(half) * 2 + 1 for half in rng.permutation(halves))
            alpha = float(rng.uniform(0.05, 0.3))
            yield {"nx": nx, "ny": ny, "nz": nz, "steps": steps, "alpha": alpha}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Two different fields of noise, boundaries included, so that the start is not at rest."""
        shape = size.nz, size.ny, size.nx
        return {name: rng.uniform(-1, 1, shape).astype(np.float32) for name in ("u0", "u_before")}
