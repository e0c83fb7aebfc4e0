"""The published check: how far a result is from the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kernels.spec import Tolerance

CHUNK = 1 << 16  # Elements compared at a time, so that intermediate results stay in the cache.


@dataclass(frozen=True)
class Check:
    """Outcome of one comparison. ``reason`` is None where the result is correct."""

    error_value: float
    error_kind: str
    tolerance: float | None
    reason: str | None = None

    @property
    def correct(self) -> bool:
        """Whether the result passes."""
        return self.reason is None


def _place(flat: int, shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(int(i)) for i in np.unravel_index(flat, shape)) + "]"


def _largest_difference(got: np.ndarray, reference: np.ndarray) -> tuple[float, int]:
    """Largest absolute difference and its index; where one is not finite, that one."""
    largest, place = -1.0, 0
    with np.errstate(invalid="ignore", over="ignore"):
        for start in range(0, got.size, CHUNK):
            part = slice(start, start + CHUNK)
            difference = np.abs(got[part] - reference[part])
            index = int(difference.argmax())  # Finds a NaN before any number.
            if not difference[index] <= largest:
                largest, place = float(difference[index]), start + index
            if not np.isfinite(largest):
                break
    return largest, place


def compare(got: np.ndarray, reference: np.ndarray, tolerance: Tolerance) -> Check:
    """Compare by the largest absolute difference; anything that is not finite fails.

    Raises:
        ValueError: The shapes differ, which is a fault of the task and not of the kernel.
    """
    if got.shape != reference.shape:
        raise ValueError(f"result has shape {got.shape}, the reference {reference.shape}")
    limit = tolerance.value(reference)
    error, worst = _largest_difference(got.reshape(-1), reference.reshape(-1))
    if error <= limit:
        return Check(error, tolerance.error_kind, limit)
    if np.isfinite(error):
        reason = (
            f"{tolerance.error_kind} {error:.3e} exceeds the tolerance {limit:.3e};"
            f" worst at {_place(worst, got.shape)}: got {got.flat[worst]:.7g},"
            f" expected {reference.flat[worst]:.7g}"
        )
        return Check(error, tolerance.error_kind, limit, reason)
    broken = ~np.isfinite(got)
    first = _place(int(broken.argmax()), got.shape)
    reason = f"{int(broken.sum())} of {got.size} values are not finite, the first at {first}"
    return Check(error, "non_finite", limit, reason)
