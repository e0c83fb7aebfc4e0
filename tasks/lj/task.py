"""lj: molecular dynamics with a cell list that is built anew in every step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from assay.kernels.check import Check, compare
from assay.kernels.encoding import Encoder
from assay.kernels.spec import Size, Tolerance
from assay.kernels.task import Arrays, Task


def _velocity_tolerance(size: Size) -> Tolerance:
    """About ten times the honest error, and two pairs at the cutoff.

    There the force ends in a jump, and rounding decides whether a pair counts in a step.
    """
    cutoff = float(size.rcut2) ** 0.5
    jump = 24 * (cutoff**-7 - 2 * cutoff**-13) * size.dt
    return Tolerance(absolute=2 * jump, relative=2e-4, error_kind="max_abs_vel")


def _padded(vectors: np.ndarray) -> np.ndarray:
    return np.pad(vectors, ((0, 0), (0, 1)))


def _lattice(per_side: int, box: float) -> np.ndarray:
    """Points of a cubic lattice, x slowest, float32[per_side³, 3]."""
    places = np.indices((per_side,) * 3).reshape(3, -1).T
    return places.astype(np.float32) * np.float32(box / per_side)


def _shaken(positions: np.ndarray, spacing: float, rng: np.random.Generator) -> np.ndarray:
    reach = 0.05 * spacing
    return positions + rng.uniform(-reach, reach, positions.shape).astype(np.float32)


def _velocities(n: int, rng: np.random.Generator) -> np.ndarray:
    """Without a common drift, float32[n, 3]."""
    velocities = rng.uniform(-0.3, 0.3, (n, 3)).astype(np.float32)
    return velocities - velocities.mean(axis=0)


class LJ(Task):
    """Time steps of n particles, from set a to set b and back."""

    def inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """pos4 and vel4, float32[n, 4] with w = 0: a shaken lattice; n is a cube."""
        per_side = round(size.n ** (1 / 3))
        side = np.float32(size.box)
        positions = _shaken(_lattice(per_side, size.box), size.box / per_side, rng)
        positions -= side * np.floor(positions / side)
        return {"pos4": _padded(positions), "vel4": _padded(_velocities(size.n, rng))}

    def buffers(self, size: Size, inputs: Arrays) -> dict[str, np.ndarray]:
        """Set a starts as the inputs; the others start as zeros, as published."""
        nothing = np.zeros_like(inputs["pos4"])
        return {
            "pos_a": inputs["pos4"],
            "pos_b": nothing,
            "vel_a": inputs["vel4"],
            "vel_b": nothing,
            "cell_count": np.zeros(size.cells**3, np.uint32),
            "cell_list": np.zeros(size.cells**3 * size.max_per_cell, np.uint32),
        }

    def encode(self, encoder: Encoder, size: Size) -> None:
        """Three dispatches per time step: clear, build, step."""
        cells = {"cell_count": "cell_count", "cell_list": "cell_list"}
        for step in range(size.steps):
            old, new = "ab" if step % 2 == 0 else "ba"
            encoder.dispatch("lj_clear_cells", cell_count="cell_count")
            encoder.dispatch("lj_build_cells", pos=f"pos_{old}", **cells)
            encoder.dispatch(
                "lj_step",
                pos_in=f"pos_{old}",
                pos_out=f"pos_{new}",
                vel_in=f"vel_{old}",
                vel_out=f"vel_{new}",
                **cells,
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
        velocities = compare(got[:, 4:], reference[:, 4:], _velocity_tolerance(size))
        return positions if velocities.correct else velocities

    def state_check(self, size: Size, buffers: Arrays) -> Check | None:
        """No cell may have been asked to hold more particles than it has slots."""
        fullest = int(buffers["cell_count"].max())
        if fullest <= size.max_per_cell:
            return None
        reason = f"a cell counts {fullest} particles; it has {size.max_per_cell} slots"
        return Check(float(fullest), "cell_overflow", float(size.max_per_cell), reason)

    def cases(self, rng: np.random.Generator) -> Iterator[dict[str, float]]:
        """Numbers of particles that are no cubes, boxes of few cells, other cutoffs and steps."""
        for cells, steps in ((3, 1), (4, 2), (3, 3), (5, 7)):
            cutoff = float(rng.uniform(2.1, 2.7))
            box = cells * cutoff * float(rng.uniform(1.01, 1.15))
            yield {
                "n": int(0.55 * box**3),
                "cells": cells,
                "box": box,
                "steps": steps,
                "rcut2": cutoff**2,
                "dt": float(rng.uniform(0.003, 0.008)),
                "max_per_cell": int(rng.integers(48, 64)),
            }

    def case_inputs(self, size: Size, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """A lattice with holes, particles in no order, some of them just outside the box."""
        per_side = int(np.ceil(size.n ** (1 / 3)))
        places = _lattice(per_side, size.box)[rng.permutation(per_side**3)[: size.n]]
        positions = _shaken(places, size.box / per_side, rng)
        return {"pos4": _padded(positions), "vel4": _padded(_velocities(size.n, rng))}
