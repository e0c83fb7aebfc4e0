"""Reference for lj: forces in float64 from the float32 positions, updates in float32."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

MARGIN = 1e-9  # So that the search of pairs cannot lose one to rounding; the filter is exact.


def pairs(
    positions: np.ndarray, box: float, cutoff2: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs closer than the cutoff in a periodic cube, each once.

    Returns:
        Indices of the first and of the second particles, and the nearest images of the offsets
        from first to second, float64[count, 3].
    """
    # Imported here because it takes a while and most users of the task never need it.
    from scipy.spatial import cKDTree

    exact = positions.astype(np.float64)
    wrapped = exact - box * np.floor(exact / box)
    wrapped[wrapped >= box] = 0.0
    tree = cKDTree(wrapped, boxsize=box)
    found = tree.query_pairs(np.sqrt(cutoff2) * (1 + MARGIN), output_type="ndarray")
    first, second = found[:, 0], found[:, 1]
    offsets = exact[second] - exact[first]
    offsets -= box * np.round(offsets / box)
    distance2 = np.einsum("pc,pc->p", offsets, offsets)
    counted = (distance2 < cutoff2) & (distance2 > 1e-12)
    return first[counted], second[counted], offsets[counted]


def forces(positions: np.ndarray, box: float, cutoff2: float) -> np.ndarray:
    """Lennard-Jones forces, float64[n, 3]."""
    first, second, offsets = pairs(positions, box, cutoff2)
    inverse2 = 1 / np.einsum("pc,pc->p", offsets, offsets)
    inverse6 = inverse2**3
    push = 24 * (2 * inverse6**2 - inverse6) * inverse2
    n = len(positions)
    total = np.empty((n, 3))
    for axis in range(3):
        component = push * offsets[:, axis]
        total[:, axis] = np.bincount(second, component, n) - np.bincount(first, component, n)
    return total


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Positions and velocities after the last step, with w = 0, float32[n, 8]."""
    positions = np.array(inputs["pos4"][:, :3])
    velocities = np.array(inputs["vel4"][:, :3])
    dt = np.float32(size.dt)
    for _ in range(size.steps):
        acceleration = forces(positions, size.box, size.rcut2).astype(np.float32)
        velocities += acceleration * dt
        positions += velocities * dt
    nothing = np.zeros((size.n, 1), np.float32)
    return np.concatenate([positions, nothing, velocities, nothing], axis=1)
