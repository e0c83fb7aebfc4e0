"""lbm: nine populations per cell that stream and collide, swapping two sets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task

WEIGHTS = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4, np.float32)[:, None, None]


class LBM(Task):
    """Time steps of a periodic flow, from set a to set b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """f0, float32[9, ny, nx]: fluid at rest, denser by 5 % in a bump at the centre."""
        x = np.arange(size.nx) - (size.nx - 1) / 2
        y = np.arange(size.ny)[:, None] - (size.ny - 1) / 2
        sigma = 0.15 * min(size.nx, size.ny)
        bump = np.exp(-(x**2 + y**2) / (2 * sigma**2))
        return {"f0": WEIGHTS * (1 + 0.05 * bump).astype(np.float32)}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as f0; b starts as zeros, as published."""
        return {"a": inputs["f0"], "b": np.zeros_like(inputs["f0"])}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per time step."""
        for step in range(size.steps):
            source, target = ("a", "b") if step % 2 == 0 else ("b", "a")
            encoder.dispatch("lbm_step", f_in=source, f_out=target)

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The set written last, float32[9, ny, nx]."""
        return buffers["a" if size.steps % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Unequal extents, one of them smaller than a threadgroup, and one to five steps."""
        for steps, most in ((1, 60), (2, 60), (3, 6), (5, 60)):
            nx, ny = (int(n) * 2 + 1 for n in rng.choice(np.arange(2, most), 2, replace=False))
            yield {"nx": nx, "ny": ny, "steps": steps, "tau": float(rng.uniform(0.6, 1.6))}

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """f0 far from equilibrium, every population of every cell drawn on its own."""
        factors = rng.uniform(0.5, 1.5, (9, size.ny, size.nx)).astype(np.float32)
        return {"f0": WEIGHTS * factors}
