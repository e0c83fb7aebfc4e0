"""heat2d: a five-point stencil that swaps two fields."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class Heat2D(Task):
    """Time steps of the heat equation, from field a to b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0, float32[ny, nx], uniform in [0, 1) with a boundary of zeros."""
        u0 = rng.uniform(0, 1, size=(size.ny, size.nx)).astype(np.float32)
        u0[[0, -1], :] = 0
        u0[:, [0, -1]] = 0
        return {"u0": u0}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as u0; b starts as zeros, as published."""
        return {"a": inputs["u0"], "b": np.zeros_like(inputs["u0"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per time step."""
        for step in range(size.steps):
            source, target = ("a", "b") if step % 2 == 0 else ("b", "a")
            encoder.dispatch("heat_step", u_in=source, u_out=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The field written last, float32[ny, nx]."""
        return buffers["a" if size.steps % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Unequal extents that no tile divides, and one to five steps."""
        for steps in (1, 2, 3, 5):
            nx, ny = (int(n) for n in rng.integers(17, 150, 2) * 2 + 1)
            yield {"nx": nx, "ny": ny, "steps": steps, "alpha": float(rng.uniform(0.05, 0.24))}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """u0 with boundary values like any other."""
        return {"u0": rng.uniform(-1, 1, (size.ny, size.nx)).astype(np.float32)}
