"""Reference for lbm: the same steps in float32, populations added in the order of k."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

DIRECTIONS = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1))
WEIGHTS = np.array([4 / 9] + [1 / 9] * 4 + [1 / 36] * 4, np.float32)
ONE, THREE, HALF_THREE, HALF_NINE = (np.float32(value) for value in (1, 3, 1.5, 4.5))


def _moments(g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Density and velocity of every cell, float32[ny, nx] each."""
    rho, u, v = (np.zeros_like(g[0]) for _ in range(3))
    for population, (cx, cy) in zip(g, DIRECTIONS, strict=True):
        rho += population
        if cx:
            u += np.float32(cx) * population
        if cy:
            v += np.float32(cy) * population
    return rho, u / rho, v / rho


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Populations after the last step, float32[9, ny, nx]."""
    f = np.array(inputs["f0"])
    g = np.empty_like(f)
    rate = ONE / np.float32(size.tau)
    for _ in range(size.steps):
        for k, (cx, cy) in enumerate(DIRECTIONS):
            g[k] = np.roll(f[k], (cy, cx), axis=(0, 1))
        rho, u, v = _moments(g)
        energy = HALF_THREE * (u * u + v * v)
        for k, (cx, cy) in enumerate(DIRECTIONS):
            along = np.float32(cx) * u + np.float32(cy) * v
            balance = WEIGHTS[k] * rho * (ONE + THREE * along + HALF_NINE * along * along - energy)
            f[k] = g[k] - rate * (g[k] - balance)
    return f
