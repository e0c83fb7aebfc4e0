"""Reference for compact: selection by a mask."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """The elements above the threshold, zeros behind them and their number, float32[N + 1]."""
    kept = inputs["x"][inputs["x"] > np.float32(size.threshold)]
    result = np.zeros(size.N + 1, np.float32)
    result[: kept.size] = kept
    result[-1] = kept.size
    return result
