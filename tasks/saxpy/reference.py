"""Reference for saxpy: product and sum rounded separately, in float32."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """a·x + y0, float32[n]."""
    product = inputs["x"] * np.float32(size.a)
    product += inputs["y0"]
    return product
