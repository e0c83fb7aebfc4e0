"""Reference for gradshaf: the same outer steps in float32.

The terms of the operator are added in the order of the published reference: i - 1, i + 1, j - 1,
j + 1, centre.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

ONE, TWO, FOUR = (np.float32(value) for value in (1, 2, 4))


def _stencil(size: Size, radius: np.ndarray) -> tuple[np.ndarray, ...]:
    """Coefficients of the values at i - 1, at i + 1, at j ± 1 and in the centre."""
    dr = np.float32(size.breadth / (size.nr - 1))
    dz = np.float32(size.height / (size.nz - 1))
    along_r, along_z = ONE / (dr * dr), ONE / (dz * dz)
    skew = ONE / (TWO * radius * dr)
    return along_r + skew, along_r - skew, along_z, -TWO * along_r - TWO * along_z


def _current(psi: np.ndarray, radius: np.ndarray, size: Size) -> np.ndarray:
    """J of the interior cells; the largest of them has n = 1."""
    n = psi / psi.max()
    current = radius * np.float32(size.p_axis) * FOUR * n * (ONE - n)
    return np.where((n > 0) & (n < 1), current, np.float32(0))


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Field after the last outer step, float32[nz, nr]."""
    psi = np.array(inputs["psi0"])
    following = psi.copy()
    dr = np.float32(size.breadth / (size.nr - 1))
    radius = np.float32(size.Rmin) + np.arange(1, size.nr - 1).astype(np.float32) * dr
    west, east, vertical, centre = _stencil(size, radius)
    mu0, omega = np.float32(size.mu0), np.float32(size.omega)
    for _ in range(size.steps):
        inside = psi[1:-1, 1:-1]
        operator = west * psi[1:-1, :-2] + east * psi[1:-1, 2:]
        operator += vertical * psi[:-2, 1:-1]
        operator += vertical * psi[2:, 1:-1]
        operator += centre * inside
        residual = -mu0 * radius * _current(inside, radius, size) - operator
        following[1:-1, 1:-1] = inside + omega * residual / centre
        psi, following = following, psi
    return psi
