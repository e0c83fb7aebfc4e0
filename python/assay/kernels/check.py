"""The published check: how far a result is from the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.kernels.spec import Tolerance


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


def compare(got: np.ndarray, reference: np.ndarray, tolerance: Tolerance) -> Check:
    """Compare by the largest absolute difference; anything that is not finite fails.

    Raises:
        ValueError: The shapes differ, which is a fault of the task and not of the kernel.
    """
    if got.shape != reference.shape:
        raise ValueError(f"result has shape {got.shape}, the reference {reference.shape}")
    limit = tolerance.value(reference)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(got - reference)
    error = float(difference.max())
    if error <= limit:
        return Check(error, tolerance.error_kind, limit)
    if np.isfinite(error):
        worst = int(difference.argmax())
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
