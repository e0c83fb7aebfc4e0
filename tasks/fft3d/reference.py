"""Reference for fft3d: scipy's transform in double precision, rounded once at the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """Real and imaginary parts of the transform, float32[N, N, N, 2]."""
    from scipy import fft

    values = inputs["x0"].view(np.complex64)[..., 0].astype(np.complex128)
    result = fft.fftn(values, overwrite_x=True).astype(np.complex64)
    return result.view(np.float32).reshape(size.N, size.N, size.N, 2)
