"""Functions of integers of every width, signed and unsigned, against Python's integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
COUNT = 12 * 12
KINDS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}
Exact = Callable[..., int]


class Integer:
    """An integer type: its width and limits."""

    def __init__(self, kind: type) -> None:
        info = np.iinfo(kind)
        self.bits, self.low, self.high = info.bits, int(info.min), int(info.max)

    def wrapped(self, value: int) -> int:
        value &= (1 << self.bits) - 1
        return value - (1 << self.bits) if value > self.high else value

    def saturated(self, value: int) -> int:
        return min(max(value, self.low), self.high)

    def unsigned(self, value: int) -> int:
        return value % (1 << self.bits)

    def reversed(self, value: int) -> int:
        return self.wrapped(int(format(self.unsigned(value), f"0{self.bits}b")[::-1], 2))

    def rotated(self, value: int, count: int) -> int:
        bits, count = self.unsigned(value), count % self.bits
        return self.wrapped(bits << count | bits >> (self.bits - count))

    def extracted(self, value: int, offset: int, bits: int) -> int:
        if bits == 0:
            return 0
        field = self.unsigned(value) >> offset & ((1 << bits) - 1)
        return field - (1 << bits) if self.low < 0 and field >> (bits - 1) else field

    def inserted(self, base: int, insert: int, offset: int, bits: int) -> int:
        mask = ((1 << bits) - 1) << offset
        return self.wrapped(
            (self.unsigned(base) & ~mask) | (self.unsigned(insert) << offset & mask)
        )


def functions(t: Integer) -> dict[str, Exact]:
    """Calls with a, b and c of type ``V``, and their values."""
    half = t.bits // 2
    return {
        "abs(a)": lambda a, b, c: t.wrapped(abs(a)),
        "absdiff(a, b)": lambda a, b, c: t.wrapped(abs(a - b)),
        "addsat(a, b)": lambda a, b, c: t.saturated(a + b),
        "subsat(a, b)": lambda a, b, c: t.saturated(a - b),
        "clamp(a, min(b, c), max(b, c))": lambda a, b, c: min(max(a, min(b, c)), max(b, c)),
        "clz(a)": lambda a, b, c: t.bits - t.unsigned(a).bit_length(),
        "ctz(a)": lambda a, b, c: (a & -a).bit_length() - 1 if a else t.bits,
        "extract_bits(a, 0, 0)": lambda a, b, c: t.extracted(a, 0, 0),
        "extract_bits(a, 1, 5)": lambda a, b, c: t.extracted(a, 1, 5),
        f"extract_bits(a, {half}, {half})": lambda a, b, c: t.extracted(a, half, half),
        f"extract_bits(a, 0, {t.bits})": lambda a, b, c: a,
        "insert_bits(a, b, 3, 0)": lambda a, b, c: a,
        "insert_bits(a, b, 2, 4)": lambda a, b, c: t.inserted(a, b, 2, 4),
        f"insert_bits(a, b, {half}, {half})": lambda a, b, c: t.inserted(a, b, half, half),
        f"insert_bits(a, b, 0, {t.bits})": lambda a, b, c: b,
        "hadd(a, b)": lambda a, b, c: (a + b) >> 1,
        "rhadd(a, b)": lambda a, b, c: (a + b + 1) >> 1,
        "madhi(a, b, c)": lambda a, b, c: t.wrapped((a * b >> t.bits) + c),
        "madsat(a, b, c)": lambda a, b, c: t.saturated(a * b + c),
        "mulhi(a, b)": lambda a, b, c: a * b >> t.bits,
        "max(a, b)": lambda a, b, c: max(a, b),
        "min(a, b)": lambda a, b, c: min(a, b),
        "max3(a, b, c)": lambda a, b, c: max(a, b, c),
        "min3(a, b, c)": lambda a, b, c: min(a, b, c),
        "median3(a, b, c)": lambda a, b, c: sorted((a, b, c))[1],
        "popcount(a)": lambda a, b, c: bin(t.unsigned(a)).count("1"),
        "reverse_bits(a)": lambda a, b, c: t.reversed(a),
        "rotate(a, b)": lambda a, b, c: t.rotated(a, b),
        "select(a, b, a < c)": lambda a, b, c: b if a < c else a,
    }


def operators(t: Integer) -> dict[str, Exact]:
    """Arithmetic wraps around, shifts take the count modulo the width, division truncates."""
    return {
        "V(a + b)": lambda a, b, c: t.wrapped(a + b),
        "V(a - b)": lambda a, b, c: t.wrapped(a - b),
        "V(a * b)": lambda a, b, c: t.wrapped(a * b),
        "V(-a)": lambda a, b, c: t.wrapped(-a),
        "V(~a)": lambda a, b, c: t.wrapped(~a),
        "V(a & b)": lambda a, b, c: a & b,
        "V(a | b)": lambda a, b, c: a | b,
        "V(a ^ b)": lambda a, b, c: a ^ b,
        f"V(a >> (b & V({t.bits - 1})))": lambda a, b, c: a >> (b & (t.bits - 1)),
        f"V(a << (b & V({t.bits - 1})))": lambda a, b, c: t.wrapped(a << (b & (t.bits - 1))),
        "V(a / (b == 0 ? V(3) : b))": lambda a, b, c: t.wrapped(truncated(a, b or 3)),
        "V(a % (b == 0 ? V(3) : b))": lambda a, b, c: a - truncated(a, b or 3) * (b or 3),
    }


def narrow(name: str) -> dict[str, Exact]:
    """Functions of 24-bit numbers."""
    if name not in ("int", "uint"):
        return {}
    t = Integer(KINDS[name])
    low, high = (-(1 << 23), (1 << 23) - 1) if name == "int" else (0, (1 << 24) - 1)

    def small(value: int) -> int:
        return min(max(value, low), high)

    within = f"clamp({{}}, V({low}), V({high}))"
    a, b = within.format("a"), within.format("b")
    return {
        f"mul24({a}, {b})": lambda a, b, c: t.wrapped(small(a) * small(b)),
        f"mad24({a}, {b}, c)": lambda a, b, c: t.wrapped(small(a) * small(b) + c),
    }


def truncated(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def kernel(name: str, kind: str, width: int, calls: list[str]) -> str:
    vector = f"{kind}{width}" if width > 1 else kind

    def load(row: int) -> str:
        places = (f"in[{row * COUNT} + {width} * i + {j}]" for j in range(width))
        return f"V({', '.join(places)})"

    lines = []
    for number, call in enumerate(calls):
        stores = " ".join(
            f"out[{number * COUNT} + {width} * i + {j}] = r{f'[{j}]' if width > 1 else ''};"
            for j in range(width)
        )
        lines.append(f"{{ V r = V({call}); {stores} }}")
    body = "\n".join(lines)
    return (
        f"kernel void {name}(device const {kind} *in [[buffer(0)]], device {kind} *out "
        f"[[buffer(1)]], uint i [[thread_position_in_grid]]) {{\ntypedef {vector} V;\n"
        f"V a = {load(0)}, b = {load(1)}, c = {load(2)};\n{body}\n}}\n"
    )


def inputs(kind: type, rng: np.random.Generator) -> np.ndarray:
    """Numbers of every magnitude; the corners in every combination of two."""
    info = np.iinfo(kind)
    rows = rng.integers(info.min, info.max, (3, COUNT), dtype=kind, endpoint=True)
    rows >>= rng.integers(0, info.bits, (3, COUNT)).astype(kind)
    corners = np.array([0, 1, 2, 7, info.min, info.max, info.max - 1, info.bits], kind)
    rows[0, :64], rows[1, :64] = np.repeat(corners, 8), np.tile(corners, 8)
    return rows


@pytest.mark.parametrize("name", KINDS)
def test_values(run, name: str) -> None:
    kind, t = KINDS[name], Integer(KINDS[name])
    scalar = {**functions(t), **operators(t), **narrow(name)}
    vector = {call: exact for call, exact in scalar.items() if "?" not in call}
    source = HEADER + kernel("k1", name, 1, list(scalar))
    source += "".join(kernel(f"k{width}", name, width, list(vector)) for width in (2, 3, 4))
    values = inputs(kind, np.random.default_rng(5))
    triples = list(zip(*values.tolist(), strict=True))
    wrong = []
    for width in (1, 2, 3, 4):
        table = scalar if width == 1 else vector
        out = np.zeros((len(table), COUNT), kind)
        got = run(source, [values, out], (COUNT // width, 1, 1), kernel=f"k{width}")[1]
        for (call, exact), row in zip(table.items(), got.tolist(), strict=True):
            wrong += [
                f"{call} of {name}{width}, {triple}: got {found}, expected {exact(*triple)}"
                for triple, found in zip(triples, row, strict=True)
                if found != t.wrapped(exact(*triple))
            ][:3]
    assert not wrong, "\n".join(wrong)
