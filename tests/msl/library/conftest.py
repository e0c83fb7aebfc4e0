"""Many library calls in a few kernels: values go in, results come out, one comparison for all.

Compiling is what costs time, so one kernel holds all calls of a table for one type and width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
COUNT = 24 * 24  # of values for each call; vectors of 2, 3 and 4 divide it
_LETTERS = "abcd"


@dataclass(frozen=True)
class FloatKind:
    """A floating-point type: its name in Metal, digits of its significand, least exponent."""

    name: str
    storage: type
    digits: int
    least: int
    largest: float

    @property
    def smallest(self) -> float:
        """The smallest normal number."""
        return 2.0**self.least

    def encode(self, values: np.ndarray) -> np.ndarray:
        """The nearest numbers of this type, as its bits are stored."""
        with np.errstate(over="ignore"):
            if self.storage is not np.uint16:
                return np.asarray(values).astype(self.storage)
            bits = np.asarray(values).astype(np.float32).view(np.uint32).astype(np.uint64)
            nearest = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
            return np.where(np.isnan(values), 0x7FC0, nearest).astype(np.uint16)

    def decode(self, stored: np.ndarray) -> np.ndarray:
        """The numbers in double precision."""
        if self.storage is np.uint16:
            stored = (stored.astype(np.uint32) << 16).view(np.float32)
        return stored.astype(np.float64)

    def spacing(self, values: np.ndarray) -> np.ndarray:
        """One unit in the last place at each value."""
        magnitude = np.clip(np.abs(np.nan_to_num(values)), self.smallest, self.largest)
        return 2.0 ** (np.floor(np.log2(magnitude)) - (self.digits - 1))

    def patterns(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Numbers of every magnitude, without subnormal ones, which may count as zero."""
        magnitude = 2.0 ** rng.uniform(self.least, np.log2(self.largest), count)
        special = [0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, self.largest, -self.largest]
        special += [self.smallest, -self.smallest, np.inf, -np.inf, np.nan]
        values = np.where(rng.random(count) < 0.5, magnitude, -magnitude)
        values[: len(special)] = special
        return rng.permutation(self.decode(self.encode(values)))


FLOAT = FloatKind("float", np.float32, 24, -126, float(np.finfo(np.float32).max))
HALF = FloatKind("half", np.float16, 11, -14, 65504.0)
BFLOAT = FloatKind("bfloat", np.uint16, 8, -126, (2 - 2.0**-7) * 2.0**127)


def kernel_text(calls: Sequence[tuple[str, int, str]], name: str, kind: str, width: int) -> str:
    """A kernel for calls of (expression, arguments, type of the result: ``kind`` or int).

    In an expression a, b, c are vectors of ``width``, s is one to write to, e one of int. Each
    argument, and each result, has COUNT numbers of its own.
    """
    vector = f"{kind}{width}" if width > 1 else kind
    whole = f"int{width}" if width > 1 else "int"

    def load(row: int) -> str:
        parts = ", ".join(f"in[{row * COUNT} + {width} * i + {j}]" for j in range(width))
        return f"{vector}({parts})"

    lines, row = [], 0
    for number, (call, arguments, result) in enumerate(calls):
        values = ", ".join(f"{_LETTERS[j]} = {load(row + j)}" for j in range(arguments))
        row += arguments
        target = "out" if result == kind else "counts"
        kept = vector if result == kind else whole
        stores = " ".join(
            f"{target}[{number * COUNT} + {width} * i + {j}] = r{f'[{j}]' if width > 1 else ''};"
            for j in range(width)
        )
        lines.append(f"{{ {vector} {values}, s; {whole} e; {kept} r = {kept}({call}); {stores} }}")
    body = "\n".join(lines)
    return (
        f"kernel void {name}(device const {kind} *in [[buffer(0)]], "
        f"device {kind} *out [[buffer(1)]], device int *counts [[buffer(2)]],\n"
        f"uint i [[thread_position_in_grid]]) {{\n{body}\n}}\n"
    )


@dataclass(frozen=True)
class Call:
    """One call with its arguments (double precision, exact in the type) and what it should give.

    ``ulp`` is the allowed error in units of the last place at ``scale``, or else at the result; 0.5
    means correctly rounded, 0 exact.
    """

    text: str
    arguments: tuple[np.ndarray, ...]
    want: np.ndarray
    ulp: float
    is_integer: bool = False
    scale: np.ndarray | None = None
    only_finite: bool = False


def complaints(call: Call, kind: FloatKind, width: int, got: np.ndarray) -> list[str]:
    """What is wrong with the results of one call, the worst three."""
    want = call.want
    scale = want if call.scale is None else np.maximum(np.abs(want), call.scale)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(got - want) / (1.0 if call.is_integer else kind.spacing(scale))
        good = error <= (call.ulp + 1e-6 if call.ulp else 0)
        good |= (got == want) | (np.isnan(got) & np.isnan(want))
        if not call.is_integer:
            good |= (np.abs(want) < kind.smallest) & (got == 0)
            good |= (np.abs(want) >= kind.largest) & (got == np.sign(want) * np.inf)
    if call.only_finite:
        finite = [np.isfinite(x) for x in call.arguments]
        good |= ~np.all([*finite, np.abs(want) <= kind.largest], axis=0)
    error[good] = -1
    error[~good & np.isnan(error)] = np.inf
    worst = np.argsort(-error, kind="stable")[: min(3, int(np.sum(~good)))]
    name = f"{kind.name}{width if width > 1 else ''}"
    return [
        f"{call.text} of {name}, {', '.join(repr(float(x[j])) for x in call.arguments)}: got "
        f"{float(got[j])!r}, expected {float(want[j])!r}, {error[j]:.3g} ulp off ({call.ulp:g})"
        for j in worst
    ]


@dataclass
class Evaluator:
    """Runs tables of calls."""

    run: Callable[..., list[np.ndarray]]
    kinds = (FLOAT, HALF, BFLOAT)

    def wrong(
        self, kind: FloatKind, calls: Sequence[Call], widths: Sequence[int] = (1, 2, 3, 4)
    ) -> list[str]:
        """Every complaint about the calls, for scalars and vectors."""
        shapes = [
            (call.text, len(call.arguments), "int" if call.is_integer else kind.name)
            for call in calls
        ]
        source = HEADER + "".join(
            kernel_text(shapes, f"k{width}", kind.name, width) for width in widths
        )
        inputs = kind.encode(np.stack([x for call in calls for x in call.arguments]))
        found = []
        for width in widths:
            outputs = np.zeros((len(calls), COUNT), kind.storage)
            counts = np.zeros((len(calls), COUNT), np.int32)
            grid = (COUNT // width, 1, 1)
            out = self.run(source, [inputs, outputs, counts], grid, kernel=f"k{width}")
            values = kind.decode(out[1])
            for call, row, whole in zip(calls, values, out[2], strict=True):
                got = whole.astype(np.float64) if call.is_integer else row
                found += complaints(call, kind, width, got)
        return found


@pytest.fixture(scope="session")
def evaluator(run: Any) -> Evaluator:
    return Evaluator(run)


@pytest.fixture(scope="session")
def call() -> type[Call]:
    return Call
