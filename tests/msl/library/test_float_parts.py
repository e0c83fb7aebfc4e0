"""Functions that take floating-point numbers apart, and tests of them, bit by bit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

COUNT = 24 * 24


@pytest.fixture(params=["float", "half", "bfloat"])
def kind(request, evaluator):
    return next(kind for kind in evaluator.kinds if kind.name == request.param)


@pytest.fixture
def some(kind) -> Callable[[int], np.ndarray]:
    """Numbers of every magnitude."""
    return lambda seed: kind.patterns(np.random.default_rng(seed), COUNT)


def finite(x: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(x), x, 1.5)


def test_functions_with_two_results(evaluator, call, kind, some) -> None:
    x, small = finite(some(1)), np.random.default_rng(2).uniform(-9, 9, COUNT)
    small = kind.decode(kind.encode(small))
    fraction, exponent = np.frexp(x)
    rest, whole = np.modf(x)
    one = np.ones(COUNT)
    ulp = 4 if kind.name == "float" else 1
    calls = [
        call("frexp(a, e)", (x,), fraction, 0),
        call("(frexp(a, e), e)", (x,), exponent.astype(float), 0, is_integer=True),
        call("modf(a, s)", (x,), rest, 0),
        call("(modf(a, s), s)", (x,), whole, 0),
        call("sincos(a, s)", (small,), np.sin(small), ulp, scale=one),
        call("(sincos(a, s), s)", (small,), np.cos(small), ulp, scale=one),
        call("(precise::sincos(a, s), s)", (small,), np.cos(small), ulp),
    ]
    wrong = evaluator.wrong(kind, calls)
    assert not wrong, "\n".join(wrong)


def test_exponents(evaluator, call, kind, some) -> None:
    x = finite(some(3))
    x[x == 0] = 3
    shift = np.random.default_rng(4).integers(-5, 6, COUNT).astype(float)
    calls = [
        call("ilogb(a)", (x,), np.frexp(x)[1] - 1.0, 0, is_integer=True),
        call("ldexp(a, int(b))", (x, shift), np.ldexp(x, shift.astype(int)), 0.5),
        call("ldexp(a, 3)", (x,), np.ldexp(x, 3), 0.5),
    ]
    wrong = evaluator.wrong(kind, calls, widths=[1])
    vector = [call("ldexp(a, int2(-2, 2))", (x,), np.ldexp(x, [-2, 2] * (COUNT // 2)), 0.5)]
    wrong += evaluator.wrong(kind, [calls[0], *vector], widths=[2])
    assert not wrong, "\n".join(wrong)


def neighbour(kind, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The number next to x on the way to y, by the order of the bits."""
    stored, target = kind.encode(x), kind.encode(y)
    if kind.name != "bfloat":
        return np.nextafter(stored, target).astype(np.float64)
    up = (x < y) == (x > 0)
    moved = stored + np.where(up, 1, -1)
    moved = np.where(x == 0, np.where(y > 0, 0x0001, 0x8001), moved)
    found = np.where(x == y, target, moved).astype(np.uint16)
    return np.where(np.isnan(x) | np.isnan(y), np.nan, kind.decode(found))


def test_neighbours(evaluator, call, kind, some) -> None:
    x, y = some(5), some(6)
    y[::3] = -x[::3]
    y[1::7] = x[1::7]
    wrong = evaluator.wrong(kind, [call("nextafter(a, b)", (x, y), neighbour(kind, x, y), 0)])
    assert not wrong, "\n".join(wrong)


def test_fractions_stay_below_one(evaluator, call, kind) -> None:
    x = -np.random.default_rng(7).uniform(0, 2.0**-kind.digits, COUNT) - kind.smallest
    x = kind.decode(kind.encode(np.where(np.arange(COUNT) % 2, x, -x * 300)))
    below = 1 - 2.0**-kind.digits
    want = np.minimum(x - np.floor(x), below)
    wrong = evaluator.wrong(kind, [call("fract(a)", (x,), want, 0.5)])
    wrong += evaluator.wrong(kind, [call("fract(a) < 1", (x,), np.ones(COUNT), 0, True)], [1])
    assert not wrong, "\n".join(wrong)


def test_tests(evaluator, call, kind, some) -> None:
    x, y = some(8), some(9)
    x[:5] = 0.0, -0.0, np.inf, -np.inf, np.nan
    y[:5] = np.nan, 1, np.nan, 0, np.nan
    tests = {
        "isfinite(a)": np.isfinite(x),
        "isinf(a)": np.isinf(x),
        "isnan(a)": np.isnan(x),
        "isnormal(a)": np.isfinite(x) & (x != 0),
    }
    calls = [call(text, (x,), want.astype(float), 0, True) for text, want in tests.items()]
    plain = np.where(np.isnan(x), 1.0, x)
    calls.append(call("signbit(a)", (plain,), np.signbit(plain).astype(float), 0, True))
    apart = np.isnan(x) | np.isnan(y)
    calls += [
        call("isordered(a, b)", (x, y), (~apart).astype(float), 0, True),
        call("isunordered(a, b)", (x, y), apart.astype(float), 0, True),
    ]
    wrong = evaluator.wrong(kind, calls)
    assert not wrong, "\n".join(wrong)


def test_comparisons_and_selections(evaluator, call, kind, some) -> None:
    x, y = some(10), some(11)
    y[::5] = x[::5]
    orders = {
        "a < b": x < y,
        "a <= b": x <= y,
        "a > b": x > y,
        "a >= b": x >= y,
        "a == b": x == y,
        "a != b": x != y,
    }
    calls = [call(text, (x, y), want.astype(float), 0, True) for text, want in orders.items()]
    calls += [call("select(a, b, a < b)", (x, y), np.where(x < y, y, x), 0)]
    wrong = evaluator.wrong(kind, calls, widths=[1, 3])
    every = [
        call("all(a < b)", (x, y), pairs(x < y, np.all), 0, True),
        call("any(a < b)", (x, y), pairs(x < y, np.any), 0, True),
        call("not(a < b)", (x, y), (~(x < y)).astype(float), 0, True),
    ]
    wrong += evaluator.wrong(kind, every, widths=[2])
    assert not wrong, "\n".join(wrong)


def pairs(values: np.ndarray, function: Callable[..., np.ndarray]) -> np.ndarray:
    return np.repeat(function(values.reshape(-1, 2), axis=1), 2).astype(float)


def test_every_operation_rounds(evaluator, call, kind) -> None:
    """Half and bfloat are not computed with more digits than they have."""
    rng = np.random.default_rng(12)
    x, y = (kind.decode(kind.encode(rng.uniform(0.5, 4, COUNT))) for _ in range(2))

    def near(values: np.ndarray) -> np.ndarray:
        return kind.decode(kind.encode(values))

    one = near(x * y)
    calls = [
        call("a + b", (x, y), near(x + y), 0),
        call("a - b", (x, y), near(x - y), 0),
        call("a * b", (x, y), one, 0),
        call("max(a * b, a) * b", (x, y), near(np.maximum(one, x) * y), 0),
        call("(a + b) * b", (x, y), near(near(x + y) * y), 0),
        call("fma(a, b, a)", (x, y), near(x * y + x), 0),
        call("a / b", (x, y), x / y, 2.5 if kind.name == "float" else 0.75),
    ]
    wrong = evaluator.wrong(kind, calls)
    assert not wrong, "\n".join(wrong)
