"""gradshaf: a maximum and a stencil that depends on it, in turns, swapping two fields."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class GradShaf(Task):
    """Outer steps of a plasma equilibrium, from field a to b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """psi0, float32[nz, nr]: half a sine wave along either axis, zero on the boundary."""
        t = np.linspace(0, 1, size.nr, dtype=np.float32)
        w = np.linspace(0, 1, size.nz, dtype=np.float32)
        pi = np.float32(np.pi)
        psi0 = np.sin(pi * w)[:, None] * np.sin(pi * t)
        psi0[[0, -1], :] = 0
        psi0[:, [0, -1]] = 0
        return {"psi0": psi0}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """a starts as psi0; b and psi_axis start as zeros, as published."""
        psi0 = inputs["psi0"]
        return {"a": psi0, "b": np.zeros_like(psi0), "psi_axis": np.zeros(1, np.float32)}

    def encode(self, encoder: Encoder, size: Size) -> None:
        """Two dispatches per outer step."""
        for step in range(size.steps):
            source, target = ("a", "b") if step % 2 == 0 else ("b", "a")
            encoder.dispatch("gradshaf_axis_reduce", psi=source, psi_axis="psi_axis")
            encoder.dispatch("gradshaf_step", psi_in=source, psi_out=target, psi_axis="psi_axis")

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The field written last, float32[nz, nr]."""
        return buffers["a" if size.steps % 2 == 0 else "b"]

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Unequal extents, one domain with hardly an interior, other physics, one to four steps."""
        for steps, most in ((1, 70), (2, 70), (3, 5), (4, 70)):
            nr, nz = (int(n) * 2 + 1 for n in rng.choice(np.arange(2, most), 2, replace=False))
            yield {
                "nr": nr,
                "nz": nz,
                "steps": steps,
                "Rmin": float(rng.uniform(0.5, 3)),
                "breadth": float(rng.uniform(0.8, 1.6)),
                "height": float(rng.uniform(0.8, 1.6)),
                # The finer the grid, the less a pressure of 1 changes in a step.
                "p_axis": float(rng.uniform(0.01, 0.05)) * max(nr, nz) ** 2,
                "mu0": float(rng.uniform(0.5, 1.5)),
                "omega": float(rng.uniform(0.5, 1.2)),
            }

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """psi0 of either sign, with boundary values that exceed those inside."""
        psi0 = rng.uniform(1.5, 2, (size.nz, size.nr)).astype(np.float32)
        psi0[1:-1, 1:-1] = rng.uniform(-0.5, 1, (size.nz - 2, size.nr - 2))
        return {"psi0": psi0}
