"""Reference for heat2d: the same steps in float32, neighbours added left, right, below, above."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Field after the last step, float32[ny, nx]."""
    u = np.array(inputs["u0"])
    following = u.copy()
    alpha, four = np.float32(size.alpha), np.float32(4)
    for _ in range(size.steps):
        centre = u[1:-1, 1:-1]
        change = u[1:-1, :-2] + u[1:-1, 2:]
        change += u[:-2, 1:-1]
        change += u[2:, 1:-1]
        change -= four * centre
        change *= alpha
        np.add(centre, change, out=following[1:-1, 1:-1])
        u, following = following, u
    return u
