"""Numbers as a report writes them."""

from __future__ import annotations

import math
from typing import Any

MISSING = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"


def number(value: float | None) -> str:
    """To four digits; thousands are separated."""
    if value is None:
        return MISSING
    if value == 0 or 1e4 <= abs(value) < 1e9:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:#.4g}".rstrip(".")


def ratio(value: float | None) -> str:
    """A factor, with a multiplication sign."""
    if value is None:
        return MISSING
    return f"{value:.0f}{TIMES}" if abs(value) >= 100 else f"{value:.2f}{TIMES}"


def interval(centre: float | None, low: float | None, high: float | None) -> str:
    """A factor with the interval around it."""
    if centre is None or low is None or high is None:
        return MISSING
    return f"{ratio(centre)} ({low:.2f} to {high:.2f})"


def percent(fraction: float | None) -> str:
    """A fraction in per cent, to three digits."""
    return MISSING if fraction is None else f"{fraction * 100:#.3g}".rstrip(".") + " %"


def error(value: float | None, tolerance: float | None) -> str:
    """An error beside what is allowed."""
    if value is None:
        return MISSING
    return f"{value:.1e}" if tolerance is None else f"{value:.1e} of {tolerance:.1e}"


def duration(seconds: float | None) -> str:
    """A time in the unit that suits it."""
    if seconds is None:
        return MISSING
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def count(value: int | None) -> str:
    """A whole number with its thousands separated."""
    return MISSING if value is None else f"{value:,}".replace(",", "\u202f")


def ticks(axis: Any) -> None:
    """Plain numbers instead of powers on a logarithmic matplotlib axis, a few of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = axis.get_view_interval()
    decades = math.log10(high / low) if low > 0 else 9.0
    steps: tuple[float, ...] = (1.0,) if decades > 2.5 else (1.0, 2.0, 5.0)
    if decades < 0.5:
        steps = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
    axis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
