"""Reference for wave3d: the same steps in float32, layer by layer so that the data stay cached."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def _layer(below: np.ndarray, here: np.ndarray, above: np.ndarray, alpha: np.float32) -> np.ndarray:
    """alpha (sum of neighbours - 6 u) in the interior of one layer, float32[ny - 2, nx - 2]."""
    change = here[1:-1, :-2] + here[1:-1, 2:]
    change += here[:-2, 1:-1]
    change += here[2:, 1:-1]
    change += below[1:-1, 1:-1]
    change += above[1:-1, 1:-1]
    change -= np.float32(6) * here[1:-1, 1:-1]
    change *= alpha
    return change


def _step(previous: np.ndarray, current: np.ndarray, following: np.ndarray, alpha: np.float32):
    following[...] = current
    for k in range(1, len(current) - 1):
        target = following[k, 1:-1, 1:-1]
        np.multiply(current[k, 1:-1, 1:-1], np.float32(2), out=target)
        target -= previous[k, 1:-1, 1:-1]
        target += _layer(*current[k - 1 : k + 2], alpha)


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Field after the last step, float32[nz, ny, nx]."""
    current = np.array(inputs["u0"])
    previous = np.array(inputs.get("u_before", current))
    following = np.empty_like(current)
    for _ in range(size.steps):
        _step(previous, current, following, np.float32(size.alpha))
        previous, current, following = current, following, previous
    return current
