"""Functions of floating-point numbers against numpy in double precision.

Tolerances in units of the last place are those of the Metal Shading Language specification,
section 8: of functions in namespace precise, and of half. What fast math leaves undefined
(infinity, NaN, large arguments of trigonometric functions) is asked of namespace precise alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

COUNT = 24 * 24
EXACT, ROUNDED = 0.0, 0.5
Domain = tuple[float, float] | None


@dataclass(frozen=True)
class Row:
    """A function by name, its value, the allowed error, and a range for each argument.

    None stands for every number. ``scale`` is the magnitude that the error refers to, where it is
    not the result.
    """

    name: str
    exact: Callable[..., np.ndarray]
    ulp: float
    domains: tuple[Domain, ...] = (None,)
    scale: Callable[..., np.ndarray] | None = None


def of_pi(function: Callable[[np.ndarray], np.ndarray], period: float) -> Callable[..., np.ndarray]:
    """function(pi * x), with an exact reduction."""
    return lambda x: function(np.pi * (x - period * np.rint(x / period)))


def away(x: np.ndarray) -> np.ndarray:
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


def clipped(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, np.minimum(x, 1.0), 0.0)


def smooth(low: np.ndarray, high: np.ndarray, x: np.ndarray) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def middle(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.median([x, y, z], axis=0)


UNIT, SMALL = (-1.0, 1.0), (-9.0, 9.0)
ONE = [
    Row("acos", np.arccos, 4, (UNIT,)),
    Row("acosh", np.arccosh, 4, ((1, 60000),)),
    Row("asin", np.arcsin, 4, (UNIT,)),
    Row("asinh", np.arcsinh, 4),
    Row("atan", np.arctan, 5),
    Row("atanh", np.arctanh, 5, ((-0.996, 0.996),)),
    Row("ceil", np.ceil, EXACT),
    Row("cosh", np.cosh, 4),
    Row("cospi", of_pi(np.cos, 2), 4, (SMALL,), lambda x: np.full_like(x, 0.01)),
    Row("exp", np.exp, 4),
    Row("exp2", np.exp2, 4),
    Row("exp10", lambda x: np.power(10.0, x), 4),
    Row("exp", np.exp, 4, ((-88, 88.8),)),
    Row("exp2", np.exp2, 4, ((-127, 128.1),)),
    Row("exp10", lambda x: np.power(10.0, x), 4, ((-38, 38.6),)),
    Row("fabs", np.abs, EXACT),
    Row("abs", np.abs, EXACT),
    Row("floor", np.floor, EXACT),
    Row("log", np.log, 4),
    Row("log2", np.log2, 4),
    Row("log10", np.log10, 4),
    Row("log", np.log, 4, ((0.5, 2),)),
    Row("log2", np.log2, 4, ((0.5, 2),)),
    Row("rint", np.rint, EXACT),
    Row("rint", np.rint, EXACT, (SMALL,)),
    Row("round", away, EXACT),
    Row("round", away, EXACT, (SMALL,)),
    Row("saturate", clipped, EXACT),
    Row("sign", lambda x: np.nan_to_num(np.sign(x)), EXACT),
    Row("sinh", np.sinh, 4),
    Row("sinh", np.sinh, 4, ((-2, 2),)),
    Row("sinpi", of_pi(np.sin, 2), 4, (SMALL,), lambda x: np.full_like(x, 0.01)),
    Row("tanh", np.tanh, 5),
    Row("tanh", np.tanh, 5, ((-2, 2),)),
    Row("tanpi", of_pi(np.tan, 1), 6, ((-0.49, 0.49),)),
    Row("trunc", np.trunc, EXACT),
]
# In namespace precise these are more exact, or exact for more arguments.
ONE_PRECISE = [
    Row("cos", np.cos, 4, ((-1e6, 1e6),)),
    Row("sin", np.sin, 4, ((-1e6, 1e6),)),
    Row("tan", np.tan, 6, ((-1e6, 1e6),)),
    Row("sin", np.sin, 4, ((-2e9, 2e9),)),
    Row("cos", np.cos, 4),
    Row("sin", np.sin, 4),
    Row("tan", np.tan, 6),
    Row("sqrt", np.sqrt, ROUNDED),
    Row("rsqrt", lambda x: 1 / np.sqrt(x), ROUNDED),
]
ONE_FAST = [
    Row("cos", np.cos, 4, ((-50, 50),), lambda x: np.ones_like(x)),
    Row("sin", np.sin, 4, ((-50, 50),), lambda x: np.ones_like(x)),
    Row("tan", np.tan, 6, ((-1.5, 1.5),)),
    Row("sqrt", np.sqrt, 2, ((0, 60000),)),
    Row("rsqrt", lambda x: 1 / np.sqrt(x), 2, ((0.001, 60000),)),
]

TWO = [
    Row("atan2", np.arctan2, 6, (None, None)),
    Row("copysign", np.copysign, EXACT, (None, None)),
    Row("fdim", lambda x, y: np.where(x <= y, 0.0, x - y), ROUNDED, (None, None)),
    Row("fmax", np.fmax, EXACT, (None, None)),
    Row("fmin", np.fmin, EXACT, (None, None)),
    Row("fmod", np.fmod, EXACT, (SMALL, (0.5, 3))),
    Row("pow", np.power, 16, ((0.01, 100), (-9, 9))),
    Row("step", lambda x, y: np.where(y < x, 0.0, 1.0), EXACT, (SMALL, SMALL)),
]
TWO_PRECISE = [
    Row("max", np.fmax, EXACT, (None, None)),
    Row("min", np.fmin, EXACT, (None, None)),
    Row("divide", np.divide, ROUNDED, (None, None)),
    Row("powr", np.power, 16, ((0.01, 100), (-9, 9))),
]
TWO_FAST = [
    Row("max", np.maximum, EXACT, (None, None)),
    Row("min", np.minimum, EXACT, (None, None)),
    Row("divide", np.divide, 2.5, (SMALL, (0.5, 99))),
    Row("powr", np.power, 64, ((0.01, 100), (-9, 9))),
]
LOWER, UPPER = (-4.0, 0.0), (0.5, 4.0)
THREE = [
    Row("clamp", lambda x, y, z: np.minimum(np.fmax(x, y), z), EXACT, (None, LOWER, UPPER)),
    Row("fma", lambda x, y, z: x * y + z, ROUNDED, (SMALL, SMALL, SMALL)),
    Row("fmax3", lambda x, y, z: np.fmax(x, np.fmax(y, z)), EXACT, (None,) * 3),
    Row("fmin3", lambda x, y, z: np.fmin(x, np.fmin(y, z)), EXACT, (None,) * 3),
    Row("fmedian3", middle, EXACT, (SMALL,) * 3),
    Row("median3", middle, EXACT, (SMALL,) * 3),
    Row("max3", lambda x, y, z: np.maximum(x, np.maximum(y, z)), EXACT, (SMALL,) * 3),
    Row("min3", lambda x, y, z: np.minimum(x, np.minimum(y, z)), EXACT, (SMALL,) * 3),
    Row("mix", lambda x, y, a: x + (y - x) * a, 3, (SMALL, SMALL, (0, 1)),
        lambda x, y, a: np.maximum(np.abs(x), np.abs(y))),
    Row("smoothstep", smooth, 16, (LOWER, UPPER, SMALL), lambda x, y, z: np.ones_like(x)),
]  # fmt: skip
NAMESPACES = {
    "": [*ONE, *ONE_FAST, *TWO, *TWO_FAST, *THREE],
    "fast::": [*ONE, *ONE_FAST, *TWO, *TWO_FAST, *THREE],
    "precise::": [*ONE, *ONE_PRECISE, *TWO, *TWO_PRECISE, *THREE],
}
RUNS = [("float", ""), ("float", "fast::"), ("float", "precise::"), ("half", ""), ("bfloat", "")]


def arguments(kind: Any, row: Row, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    values = [
        kind.patterns(rng, COUNT) if domain is None else rng.uniform(*domain, COUNT)
        for domain in row.domains
    ]
    return tuple(kind.decode(kind.encode(value)) for value in values)


@pytest.mark.parametrize(("name", "namespace"), RUNS)
def test_values(evaluator, call, name: str, namespace: str) -> None:
    rng = np.random.default_rng(7)
    kind = next(kind for kind in evaluator.kinds if kind.name == name)
    calls = []
    for row in NAMESPACES[namespace]:
        values = arguments(kind, row, rng)
        with np.errstate(all="ignore"):
            want = row.exact(*values)
            scale = row.scale(*values) if row.scale else None
        names = ", ".join("abc"[: len(values)])
        # The error of half and bfloat is that of float, rounded.
        ulp = row.ulp if name == "float" else min(row.ulp, 1)
        calls.append(
            call(f"{namespace}{row.name}({names})", values, want, ulp, False, scale,
                 only_finite=namespace != "precise::")
        )  # fmt: skip
    wrong = evaluator.wrong(kind, calls)
    assert not wrong, "\n".join(wrong)
