"""nbody: all-pairs gravity that swaps two sets of positions and velocities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.check import Check, compare
from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size, Tolerance
from assay.kernels.task import Arrays, Task

# About twenty times the honest error.
VELOCITIES = Tolerance(relative=2e-5, error_kind="max_abs_vel")


def _padded(vectors: np.ndarray) -> np.ndarray:
    return np.pad(vectors, ((0, 0), (0, 1)))


class NBody(Task):
    """Time steps of n bodies, from set a to set b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """pos4 and vel4, float32[n, 4] with w = 0; mass, float32[n]."""
        positions = rng.uniform(-1, 1, (size.n, 3)).astype(np.float32)
        velocities = rng.uniform(-0.01, 0.01, (size.n, 3)).astype(np.float32)
        mass = rng.uniform(0.5, 1.5, (size.n,)).astype(np.float32)
        return {"pos4": _padded(positions), "vel4": _padded(velocities), "mass": mass}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """Set a starts as the inputs; set b starts as zeros, as published."""
        nothing = np.zeros_like(inputs["pos4"])
        return {
            "pos_a": inputs["pos4"],
            "pos_b": nothing,
            "vel_a": inputs["vel4"],
            "vel_b": nothing,
            "mass": inputs["mass"],
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """One dispatch per time step."""
        for step in range(size.steps):
            old, new = "ab" if step % 2 == 0 else "ba"
            encoder.dispatch(
                "nbody_step",
                pos_in=f"pos_{old}",
                pos_out=f"pos_{new}",
                vel_in=f"vel_{old}",
                vel_out=f"vel_{new}",
                mass="mass",
            )

    def result(self, size: Size, buffers: Arrays) -> np.ndarray:
        """Final positions and velocities with their w, float32[n, 8]."""
        last = "a" if size.steps % 2 == 0 else "b"
        return np.concatenate([buffers[f"pos_{last}"], buffers[f"vel_{last}"]], axis=1)

    def check(self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray) -> Check:
        """Positions alone, as published."""
        return compare(got[:, :3], reference[:, :3], self.spec.tolerance)

    def strict_check(
        self, size: Size, inputs: Arrays, got: np.ndarray, reference: np.ndarray
    ) -> Check:
        """Positions, then velocities; w has to be zero in both."""
        positions = compare(got[:, :4], reference[:, :4], self.spec.strict)
        if not positions.correct:
            return positions
        velocities = compare(got[:, 4:], reference[:, 4:], VELOCITIES)
        return positions if velocities.correct else velocities

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Numbers of bodies that no threadgroup divides, longer steps and stronger forces."""
        for steps in (1, 2, 3, 7):
            yield {
                "n": int(rng.integers(30, 400)) * 2 + 1,
                "steps": steps,
                "dt": float(rng.uniform(1e-3, 3e-3)),
                "eps": float(rng.uniform(0.1, 0.3)),
                "G": float(rng.uniform(0.5, 1.5)),
            }
