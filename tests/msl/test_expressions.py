"""Random arithmetic as kernels, against numpy.

Expressions are built so that the language defines their value: signed numbers do not overflow,
floats stay exactly representable, divisors are not zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

COUNT = 64
BATCH = 12
HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
LIMITS = {"int": 2**31 - 1, "uint": 2**32 - 1, "float": 2**24}
DTYPES = {"int": np.int32, "uint": np.uint32, "float": np.float32}

_rng = np.random.default_rng(11)
INPUTS = {
    "a": _rng.integers(-99, 100, COUNT).astype(np.int32),
    "b": _rng.integers(-(2**20), 2**20, COUNT).astype(np.int32),
    "c": _rng.integers(0, 2**32, COUNT, dtype=np.uint64).astype(np.uint32),
    "d": _rng.integers(0, 9, COUNT).astype(np.uint32),
    "e": (_rng.integers(-64, 65, COUNT) / 4).astype(np.float32),
    "f": _rng.integers(-9, 10, COUNT).astype(np.float32),
}


@dataclass
class Term:
    """An expression with its values in 64 bits, and how many binary digits follow the point."""

    text: str
    values: np.ndarray
    digits: int = 0


def _fits(term: Term, kind: str) -> bool:
    return bool(np.max(np.abs(term.values)) * 2.0**term.digits <= LIMITS[kind])


def _quotient(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))


Binary = Callable[[Term, Term], Term]


def _integer_operations(wrap: Callable[[np.ndarray], np.ndarray], one: str) -> list[Binary]:
    def operation(text: str, function: Callable[..., np.ndarray]) -> Binary:
        return lambda x, y: Term(
            text.format(x=x.text, y=y.text), wrap(function(x.values, y.values))
        )

    odd = f"({{y}} | {one})"
    return [
        operation("({x} + {y})", lambda x, y: x + y),
        operation("({x} - {y})", lambda x, y: x - y),
        operation("({x} * {y})", lambda x, y: x * y),
        operation(f"({{x}} / {odd})", lambda x, y: _quotient(x, y | 1)),
        operation(f"({{x}} % {odd})", lambda x, y: x - _quotient(x, y | 1) * (y | 1)),
        operation("({x} & {y})", lambda x, y: x & y),
        operation("({x} | {y})", lambda x, y: x | y),
        operation("({x} ^ {y})", lambda x, y: x ^ y),
        operation("({x} >> ({y} & 15))", lambda x, y: x >> (y & 15)),
        operation("(({x} & 255) << ({y} & 7))", lambda x, y: (x & 255) << (y & 7)),
        *_comparing(operation),
    ]


def _comparing(operation: Callable[..., Binary]) -> list[Binary]:
    """Comparisons, choices, functions and swizzles, which integers and floats share."""
    return [
        operation("({x} < {y} ? {x} : {y})", np.minimum),
        operation("select({x}, {y}, {x} == {y})", lambda x, y: np.where(x == y, y, x)),
        operation("select({x}, {y}, {x} < {y})", lambda x, y: np.where(x < y, y, x)),
        operation("max({x}, {y})", np.maximum),
        operation("clamp({x}, min({x}, {y}), {y})", lambda x, y: np.minimum(x, y)),
        operation("SPREAD({x}, {y}).wzyx.y", lambda x, y: x),
        operation("(SPREAD({x}, {y}).yx + SPREAD({y}, {x}).zw).x", lambda x, y: 2 * y),
    ]


def _float_operations() -> list[Binary]:
    def operation(text: str, function: Callable[..., np.ndarray], product: bool = False) -> Binary:
        def apply(x: Term, y: Term) -> Term:
            digits = x.digits + y.digits if product else max(x.digits, y.digits)
            return Term(text.format(x=x.text, y=y.text), function(x.values, y.values), digits)

        return apply

    return [
        operation("({x} + {y})", lambda x, y: x + y),
        operation("({x} - {y})", lambda x, y: x - y),
        operation("({x} * {y})", lambda x, y: x * y, product=True),
        operation("(-{x} + fabs({y}))", lambda x, y: -x + np.abs(y)),
        operation("(floor({x}) - ceil({y}))", lambda x, y: np.floor(x) - np.ceil(y)),
        operation("fma({x}, {y}, {x})", lambda x, y: x * y + x, product=True),
        *_comparing(operation),
    ]


OPERATIONS = {
    "int": _integer_operations(lambda v: v, "1"),
    "uint": _integer_operations(lambda v: v & 0xFFFFFFFF, "1u"),
    "float": _float_operations(),
}
LEAVES = {"int": ("a", "b"), "uint": ("c", "d"), "float": ("e", "f")}
CONSTANTS = {"int": "{}", "uint": "{}u", "float": "{}.0"}


def _cast(kind: str, source: str, term: Term) -> Term:
    if kind == "uint" and source == "int":
        return Term(f"uint({term.text})", term.values & 0xFFFFFFFF)
    if kind == "int" and source == "uint":
        return Term(f"int({term.text} >> 2)", term.values >> 2)
    if kind == "float":
        small = np.fmod(term.values, 1009).astype(np.float64)
        return Term(f"float({term.text} % 1009{'u' if source == 'uint' else ''})", small)
    if kind == "uint":
        return Term(f"uint(fabs({term.text}))", np.abs(term.values).astype(np.int64))
    return Term(f"int({term.text})", term.values.astype(np.int64))


@st.composite
def terms(draw: st.DrawFn, kind: str, depth: int) -> Term:
    choice = draw(st.integers(0, 9))
    if depth == 0 or choice == 0:
        if draw(st.booleans()):
            number = draw(st.integers(0, 40))
            values = np.full(COUNT, number, np.float64 if kind == "float" else np.int64)
            return Term(CONSTANTS[kind].format(number), values)
        name = draw(st.sampled_from(LEAVES[kind]))
        wide = np.float64 if kind == "float" else np.int64
        return Term(name, INPUTS[name].astype(wide), 2 if name == "e" else 0)
    if choice == 1:
        source = draw(st.sampled_from([other for other in DTYPES if other != kind]))
        return _cast(kind, source, draw(terms(source, depth - 1)))
    x, y = draw(terms(kind, depth - 1)), draw(terms(kind, depth - 1))
    result = draw(st.sampled_from(OPERATIONS[kind]))(x, y)
    spread = {"int": "int4", "uint": "uint4", "float": "float4"}[kind]
    result.text = result.text.replace("SPREAD(", f"SPREAD<{spread}>(")
    if kind == "uint":
        result.values = result.values & 0xFFFFFFFF
    return result if _fits(result, kind) else x


@st.composite
def typed_terms(draw: st.DrawFn) -> tuple[str, Term]:
    kind = draw(st.sampled_from(sorted(DTYPES)))
    return kind, draw(terms(kind, 4))


def _source(batch: list[tuple[str, Term]]) -> str:
    parameters = "".join(
        f"device const {kind} *p_{name} [[buffer({index})]], "
        for index, (name, kind) in enumerate(
            (name, kind) for kind in LEAVES for name in LEAVES[kind]
        )
    )
    body = "".join(
        f"const {kind} {name} = p_{name}[i];\n" for kind in LEAVES for name in LEAVES[kind]
    )
    body += "".join(
        f"{kind} r{number} = {term.text};\n"
        f"out[i * {BATCH} + {number}] = as_type<uint>(r{number});\n"
        for number, (kind, term) in enumerate(batch)
    )
    return (
        f"{HEADER}template <typename V, typename T>\n"
        "V SPREAD(T x, T y) { return V(x, y, x, y); }\n"
        f"kernel void k({parameters}device uint *out [[buffer({len(INPUTS)})]],\n"
        f"uint i [[thread_position_in_grid]]) {{\n{body}}}\n"
    )


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(batch=st.lists(typed_terms(), min_size=BATCH, max_size=BATCH))
def test_random_arithmetic(run, batch: list[tuple[str, Term]]) -> None:
    arrays = [*INPUTS.values(), np.zeros((COUNT, BATCH), np.uint32)]
    out = run(_source(batch), arrays, (COUNT, 1, 1))[-1]
    for number, (kind, term) in enumerate(batch):
        got = np.ascontiguousarray(out[:, number]).view(DTYPES[kind])
        want = term.values.astype(DTYPES[kind])
        assert np.array_equal(got, want), term.text
