"""Reference for qsim: the same gates in complex64, on pairs of amplitudes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from assay.kernels.spec import Size


def _apply(state: np.ndarray, matrix: np.ndarray, target: int, controls: int) -> None:
    """Apply a complex64[2, 2] to a qubit of a state, in place."""
    clear, set_ = np.moveaxis(state.reshape(-1, 2, 1 << target), 1, 0)
    # Amplitude (k, low) of either half is number k · 2^(target + 1) + low, bit ``target`` aside.
    numbers = (np.arange(clear.shape[0]) << (target + 1))[:, None] + np.arange(1 << target)
    chosen = (numbers & controls) == controls if controls else True
    new_clear = matrix[0, 0] * clear + matrix[0, 1] * set_
    new_set = matrix[1, 0] * clear + matrix[1, 1] * set_
    np.copyto(clear, new_clear, where=chosen)
    np.copyto(set_, new_set, where=chosen)


def reference(inputs: Mapping[str, np.ndarray], size: Size) -> np.ndarray:
    """State after the last gate, float32[N, 2]."""
    state = inputs["state0"].view(np.complex64).reshape(-1).copy()
    matrices = np.ascontiguousarray(inputs["rows"]).view(np.complex64).reshape(-1, 2, 2)
    for matrix, (target, controls) in zip(matrices, inputs["wires"], strict=True):
        _apply(state, matrix, int(target), int(controls))
    return state.view(np.float32).reshape(-1, 2)
