"""Reference for nbody: every pair in float32, in blocks of bodies that fit the cache."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

BLOCK = 64


def _acceleration(targets: np.ndarray, positions: np.ndarray, mass: np.ndarray, eps: float):
    offsets = positions[:, None, :] - targets[:, :, None]
    distance2 = np.einsum("cij,cij->ij", offsets, offsets)
    distance2 += np.float32(eps * eps)
    weight = mass / (distance2 * np.sqrt(distance2))
    return np.einsum("ij,cij->ci", weight, offsets)


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Positions and velocities after the last step, with w = 0, float32[n, 8]."""
    positions = np.ascontiguousarray(inputs["pos4"][:, :3].T)
    velocities = np.ascontiguousarray(inputs["vel4"][:, :3].T)
    mass, dt, gravity = inputs["mass"], np.float32(size.dt), np.float32(size.G)
    for _ in range(size.steps):
        for start in range(0, size.n, BLOCK):
            block = slice(start, start + BLOCK)
            pull = _acceleration(positions[:, block], positions, mass, size.eps)
            velocities[:, block] += gravity * pull * dt
        positions += velocities * dt
    nothing = np.zeros((1, size.n), np.float32)
    return np.ascontiguousarray(np.concatenate([positions, nothing, velocities, nothing]).T)
