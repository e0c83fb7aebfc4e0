"""ising: chequerboard Metropolis updates of one lattice in place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.check import Check
from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size
from assay.kernels.task import Arrays, Task


class Ising(Task):
    """Passes over one colour after the other."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """spins0, int8[ny, nx], 1 or -1; p_accept, float32[5], for products -4, -2, 0, 2, 4."""
        bits = rng.integers(0, 2, size=(size.ny, size.nx), dtype=np.int8)
        products = np.array([-4, -2, 0, 2, 4])
        p_accept = np.minimum(1, np.exp(-2 * size.beta * products)).astype(np.float32)
        return {"spins0": 2 * bits - np.int8(1), "p_accept": p_accept}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """The lattice, the table of probabilities and the numbers of the passes."""
        return {
            "spins": inputs["spins0"],
            "p_accept": inputs["p_accept"],
            "step_indices": np.arange(size.passes, dtype=np.uint32),
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per pass."""
        for step in range(size.passes):
            encoder.dispatch(
                "ising_step",
                spins="spins",
                p_accept="p_accept",
                step_idx=("step_indices", 4 * step),
            )

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """The spins, int8[ny, nx]."""
        return buffers["spins"]

    def check(self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray) -> Check:
        """Number of spins that differ; none may."""
        kind = self.spec.tolerance.error_kind
        wrong = got != reference
        count = int(wrong.sum())
        if not count:
            return Check(0.0, kind, 0.0)
        j, i = np.argwhere(wrong)[0]
        reason = (
            f"{count} of {wrong.size} spins differ, the first at [{j}, {i}]: got {got[j, i]},"
            f" expected {reference[j, i]}"
        )
        return Check(float(count), kind, 0.0, reason)

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Unequal even extents, an odd number of passes among others, other temperatures."""
        for passes in (1, 2, 3, 6):
            nx, ny = (2 * int(n) for n in rng.choice(np.arange(9, 100), 2, replace=False))
            yield {
                "nx": nx,
                "ny": ny,
                "passes": passes,
                "beta": float(rng.uniform(0.1, 0.8)),
                "rng_seed": int(rng.integers(2**32)),
            }

    def strict_check(
        self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray
    ) -> Check:
        """As the published check, which is exact."""
        return self.check(size, inputs, got, reference)
