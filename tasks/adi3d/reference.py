"""Reference for adi3d: the Thomas recurrence in float32, many lines at a time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size

LINES = 4096  # A block of so many lines of 256 cells stays in the cache.


def _coefficients(n: int, mu: np.float32) -> tuple[list[np.float32], list[np.float32]]:
    """Denominators D_i and c'_i of a line of n cells, indexed by i; entry 0 is not used."""
    a, b = -mu, np.float32(1) + np.float32(2) * mu
    denominators, c = [b, b], [a, a / b]
    for _ in range(2, n - 1):
        denominators.append(b - a * c[-1])
        c.append(a / denominators[-1])
    return denominators, c


def _solve(lines: np.ndarray, mu: np.float32) -> None:
    """Solve along the first axis, in place; the first and the last cell keep their values."""
    n = len(lines)
    denominators, c = _coefficients(n, mu)
    lines[1] += mu * lines[0]
    lines[1] /= denominators[1]
    for i in range(2, n - 1):
        if i == n - 2:
            lines[i] += mu * lines[n - 1]
        lines[i] += mu * lines[i - 1]
        lines[i] /= denominators[i]
    for i in range(n - 3, 0, -1):
        lines[i] -= c[i] * lines[i + 1]


def _sweep(u: np.ndarray, axis: int, mu: np.float32) -> None:
    """Solve along an axis of u[nz, ny, nx], in place, for all lines in the interior."""
    across = 1 if axis == 0 else 0
    layers = np.moveaxis(u, (across, axis), (0, 1))[1:-1, :, 1:-1]
    deep = max(1, LINES // layers.shape[2])
    for start in range(0, len(layers), deep):
        block = layers[start : start + deep]
        lines = np.ascontiguousarray(np.moveaxis(block, 1, 0))
        _solve(lines, mu)
        block[...] = np.moveaxis(lines, 0, 1)


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Field after the last step, float32[nz, ny, nx]."""
    u = np.array(inputs["u0"])
    for _ in range(size.steps):
        for axis in (2, 1, 0):
            _sweep(u, axis, np.float32(size.mu))
    return u
