"""Reference for morton: the same steps in float32 on the cube in row-major order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def _step(u: np.ndarray, following: np.ndarray, alpha: np.float32) -> None:
    """One step in the interior, layer by layer so that the data stay cached."""
    for k in range(1, len(u) - 1):
        centre = u[k, 1:-1, 1:-1]
        change = u[k, 1:-1, :-2] + u[k, 1:-1, 2:]
        change += u[k, :-2, 1:-1]
        change += u[k, 2:, 1:-1]
        change += u[k - 1, 1:-1, 1:-1]
        change += u[k + 1, 1:-1, 1:-1]
        change -= np.float32(6) * centre
        change *= alpha
        np.add(centre, change, out=following[k, 1:-1, 1:-1])


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Field after the last step, float32[N, N, N], indexed [z, y, x]."""
    u = np.array(inputs["u0_row"])
    following = u.copy()
    for _ in range(size.steps):
        _step(u, following, np.float32(size.alpha))
        u, following = following, u
    return u
