"""The answer to a name that does not exist: the ones that do, and the nearest of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from assay.errors import AssayError


class UsageError(AssayError):
    """The user asked for something that does not exist or cannot be.

    Attributes:
        value: What was asked for.
        valid: What could have been asked for.
        nearest: The valid name most like ``value``; None where none is alike.
    """

    def __init__(
        self, message: str, value: str = "", valid: tuple[str, ...] = (), nearest: str | None = None
    ) -> None:
        self.value = value
        self.valid = valid
        self.nearest = nearest
        super().__init__(message)


def nearest(value: str, valid: Iterable[str]) -> str | None:
    """The name in ``valid`` most like ``value``, or None where none is alike."""
    by_lower = {name.lower(): name for name in valid}
    found = difflib.get_close_matches(value.lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[found[0]] if found else None


def unknown(kind: str, value: str, valid: Iterable[str]) -> UsageError:
    """Error for a name that does not exist, for example ``unknown("task", "nbdy", names)``."""
    names = tuple(valid)
    match = nearest(value, names)
    message = f"unknown {kind} '{value}'"
    if match:
        message += f"; did you mean '{match}'?"
    message += f" Valid: {', '.join(names)}." if names else f" There is no {kind} at all."
    return UsageError(message, value, names, match)
