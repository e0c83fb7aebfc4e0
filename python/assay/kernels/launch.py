"""Launch rules of the published suite: how large the threadgroups of a dispatch are.

A rule sees two properties of the pipeline: its maximum of threads per threadgroup, which a kernel
lowers with ``[[max_total_threads_per_threadgroup(n)]]``, and its SIMD width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = tuple[int, int, int]
Rule = Literal["line", "capped_line", "square", "box", "power_of_two", "exact"]


class LaunchError(ValueError):
    """The pipeline allows fewer threads per threadgroup than the rule needs."""


@dataclass(frozen=True)
class Limits:
    """What a pipeline allows: ``most`` threads per threadgroup, ``simd`` lanes per simdgroup."""

    most: int
    simd: int = 32


def line(limits: Limits, width: int) -> Shape:
    """At least a simdgroup wide, even where ``width`` is less."""
    return min(limits.most, max(limits.simd, width)), 1, 1


def capped_line(limits: Limits, width: int) -> Shape:
    """``width`` threads, or as many as the pipeline allows."""
    return min(width, limits.most), 1, 1


def square(limits: Limits, width: int) -> Shape:
    """``width`` x ``width``, the height halved until the pipeline allows it; never narrower."""
    height = width
    while height and width * height > limits.most:
        height //= 2
    if not height:
        raise LaunchError(f"the launch needs {width} threads per threadgroup, not {limits.most}")
    return width, height, 1


def box(limits: Limits, width: int) -> Shape:
    """``width`` x ``width`` x ``width / 2``; z is halved first, then y, then x."""
    x, y, z = width, width, width // 2
    while x * y * z > limits.most:
        if z > 1:
            z //= 2
        elif y > 1:
            y //= 2
        else:
            x //= 2
    return x, y, z


def power_of_two(limits: Limits, width: int) -> Shape:
    """The largest power of two that is at most ``width`` and that the pipeline allows."""
    return 1 << (min(width, limits.most).bit_length() - 1), 1, 1


def exact(limits: Limits, width: int) -> Shape:
    """``width`` threads and nothing else."""
    if limits.most < width:
        raise LaunchError(f"the launch needs {width} threads per threadgroup, not {limits.most}")
    return width, 1, 1


RULES = {
    "line": line,
    "capped_line": capped_line,
    "square": square,
    "box": box,
    "power_of_two": power_of_two,
    "exact": exact,
}


def threadgroup(rule: Rule, width: int, limits: Limits) -> Shape:
    """Threads per threadgroup under a rule.

    Raises:
        LaunchError: The pipeline does not allow the shape that the rule needs.
    """
    return RULES[rule](limits, width)


def round_up(grid: Shape, group: Shape) -> Shape:
    """Grid enlarged to whole threadgroups; kernels guard against the surplus threads."""
    x, y, z = (-(-extent // step) * step for extent, step in zip(grid, group, strict=True))
    return x, y, z


LIMIT = "max_threads"
"""What ``describe`` calls the pipeline's maximum of threads per threadgroup."""


def describe(rule: Rule, width: str) -> str:
    """The shape of the threadgroups in words, for briefs. ``width`` is a number or the name of an
    extent."""
    least = f"max(32, {width})"  # Plain where it is a number.
    if width.isdigit():
        least = str(max(32, int(width)))
    return {
        "line": f"{least} x 1 x 1 threads, or {LIMIT} x 1 x 1 where that is less",
        "capped_line": f"{width} x 1 x 1 threads, or {LIMIT} x 1 x 1 where that is less",
        "square": (
            f"{width} x {width} x 1 threads; while that is more than {LIMIT}, the height is"
            f" halved; the width is always {width}"
        ),
        "box": (
            f"{width} x {width} x {_half(width)} threads; while that is more than {LIMIT},"
            " z is halved until it is 1, then y, then x"
        ),
        "power_of_two": f"p x 1 x 1 threads, p the largest power of two <= min({width}, {LIMIT})",
        "exact": f"exactly {width} x 1 x 1 threads; a kernel with {LIMIT} < {width} cannot run",
    }[rule]


def _half(width: str) -> str:
    return str(int(width) // 2) if width.isdigit() else f"({width} / 2)"
