"""Geometric functions, matrices, and packed numbers, against numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
COUNT = 48
STORAGE = {"float": np.float32, "half": np.float16}
EPSILON = {"float": 2.0**-23, "half": 2.0**-10}


def near(got: np.ndarray, want: np.ndarray, allowed: float) -> bool:
    """``allowed`` is relative to the largest component."""
    scale = np.maximum(np.abs(want).max(axis=-1, keepdims=True), 1)
    return bool(np.all(np.abs(got - want) <= allowed * scale))


def dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sum(x * y, axis=1, keepdims=True)


def length(x: np.ndarray) -> np.ndarray:
    return np.sqrt(dot(x, x))


def refracted(i: np.ndarray, n: np.ndarray, eta: float) -> np.ndarray:
    c = dot(n, i)
    k = 1 - eta * eta * (1 - c * c)
    return np.where(k < 0, 0.0, eta * i - (eta * c + np.sqrt(np.maximum(k, 0))) * n)


def geometry(a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
    """Calls on vectors a and b, with their values; scalars stand in the first component."""
    unit = a / length(a)
    table = {
        "V(dot(a, b))": dot(a, b),
        "V(length(a))": length(a),
        "V(length_squared(a))": dot(a, a),
        "V(distance(a, b))": length(a - b),
        "V(distance_squared(a, b))": dot(a - b, a - b),
        "V(fast::length(a) + precise::distance(a, b))": length(a) + length(a - b),
        "normalize(a)": unit,
        "precise::normalize(a)": unit,
        "reflect(a, normalize(b))": a - 2 * dot(b / length(b), a) * b / length(b),
        "faceforward(a, b, normalize(a))": np.where(dot(unit, b) < 0, a, -a),
        "refract(normalize(a), normalize(b), T(0.75))": refracted(unit, b / length(b), 0.75),
        "refract(normalize(a), normalize(b), T(1.5))": refracted(unit, b / length(b), 1.5),
    }
    if a.shape[1] == 3:
        table["cross(a, b)"] = np.cross(a, b)
    return table


@pytest.mark.parametrize("kind", STORAGE)
@pytest.mark.parametrize("width", [2, 3, 4])
def test_geometry(run, rng, kind: str, width: int) -> None:
    a, b = (rng.uniform(-2, 2, (COUNT, width)).astype(STORAGE[kind]) for _ in range(2))
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    # Total reflection and the sign that faceforward asks for must not hang on rounding.
    slant = dot(wide_a / length(wide_a), wide_b / length(wide_b))
    keep = (np.abs(slant) > 0.05) & (np.abs(1 - 2.25 * (1 - slant**2)) > 0.05)
    table = geometry(wide_a, wide_b)
    lines = "".join(
        f"{{ V r = {call}; for (int j = 0; j < {width}; ++j) o[({n} * {COUNT} + i) * {width} + j]"
        " = r[j]; }\n"
        for n, call in enumerate(table)
    )
    source = (
        f"{HEADER}kernel void k(device const packed_{kind}{width} *x, device const packed_{kind}"
        f"{width} *y, device {kind} *o, uint i [[thread_position_in_grid]]) {{\n"
        f"typedef {kind} T; typedef {kind}{width} V; const V a = V(x[i]), b = V(y[i]);\n{lines}}}"
    )
    out = np.zeros((len(table), COUNT, width), STORAGE[kind])
    got = run(source, [a, b, out], (COUNT, 1, 1))[2]
    wrong = [
        call
        for (call, want), found in zip(table.items(), got, strict=True)
        if not near(found[keep[:, 0]], (want + np.zeros(width))[keep[:, 0]], 16 * EPSILON[kind])
    ]
    assert not wrong


@dataclass(frozen=True)
class Matrices:
    """Operands of one shape; a matrix lies in memory column by column, as its rows here."""

    kind: str
    m: np.ndarray
    n: np.ndarray
    p: np.ndarray  # square, to the right of m
    v: np.ndarray
    w: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return self.m.shape

    def cases(self) -> dict[str, np.ndarray]:
        """Statements that set r, a matrix M, a transposed one, a vector or a scalar."""
        m, n = self.m.astype(np.float64), self.n.astype(np.float64)
        table = {
            "M r = m + n;": m + n,
            "M r = m - n;": m - n,
            "M r = -m;": -m,
            "M r = m * T(3);": m * 3,
            "M r = T(3) * m;": m * 3,
            "M r(T(2));": 2 * np.eye(*self.shape),
            "M r = m; r += n; r *= T(2); r -= m;": m + 2 * n,
            "M r = m; r[1] = n[0]; r[0][1] = T(7);": changed(m, n),
            "M r = m * p;": self.p @ m,
            "R r = transpose(m);": m.T,
            "auto r = m * v;": m.T @ self.v,
            "auto r = w * m;": m @ self.w,
            "T r = T(m == m) + T(m != n) * T(2);": np.array(3.0 if (m != n).any() else 1.0),
        }
        if len(m) == len(m.T):
            table["T r = determinant(m);"] = np.array(np.linalg.det(m))
        return table

    def source(self) -> str:
        columns, rows = self.shape
        lines, start = [], 0
        for text, want in self.cases().items():
            lines.append(f"{{ {text} {stores(start, want.shape)} }}")
            start += want.size
        body = "\n".join(lines)
        pointers = ", ".join(f"device const {self.kind} *in_{x}" for x in "mnpvw")
        return (
            f"{HEADER}kernel void k({pointers}, device {self.kind} *o) {{\n"
            f"typedef {self.kind} T; typedef {self.kind}{columns}x{rows} M;\n"
            f"typedef {self.kind}{rows}x{columns} R;\n"
            f"M m, n; {self.kind}{columns}x{columns} p; {self.kind}{columns} v; "
            f"{self.kind}{rows} w;\n"
            f"for (int c = 0; c < {columns}; ++c) {{ v[c] = in_v[c];\n"
            f"for (int j = 0; j < {columns}; ++j) p[c][j] = in_p[c * {columns} + j];\n"
            f"for (int j = 0; j < {rows}; ++j) {{ w[j] = in_w[j]; m[c][j] = in_m[c * {rows} + j];\n"
            f"n[c][j] = in_n[c * {rows} + j]; }} }}\n{body}\n}}"
        )


def stores(start: int, shape: tuple[int, ...]) -> str:
    """Writes r, of this shape, behind ``start``."""
    if not shape:
        return f"o[{start}] = r;"
    if len(shape) == 1:
        return f"for (int j = 0; j < {shape[0]}; ++j) o[{start} + j] = r[j];"
    return (
        f"for (int c = 0; c < {shape[0]}; ++c) for (int j = 0; j < {shape[1]}; ++j) "
        f"o[{start} + c * {shape[1]} + j] = r[c][j];"
    )


@pytest.mark.parametrize("kind", STORAGE)
@pytest.mark.parametrize("columns", [2, 3, 4])
@pytest.mark.parametrize("rows", [2, 3, 4])
def test_matrices(run, rng, kind: str, columns: int, rows: int) -> None:
    shapes = [(columns, rows), (columns, rows), (columns, columns), (columns,), (rows,)]
    operands = [rng.integers(-3, 4, shape).astype(STORAGE[kind]) for shape in shapes]
    matrices = Matrices(kind, *operands)
    table = matrices.cases()
    out = np.zeros(sum(want.size for want in table.values()), STORAGE[kind])
    out = run(matrices.source(), [*operands, out], (1, 1, 1), (1, 1, 1))[5]
    start = 0
    for text, want in table.items():
        got = out[start : start + want.size].astype(np.float64)
        assert np.allclose(got, want.ravel(), atol=1e-4), text
        start += want.size


def changed(m: np.ndarray, n: np.ndarray) -> np.ndarray:
    result = m.copy()
    result[1], result[0, 1] = n[0], 7
    return result


# Bits of each component from the lowest, whether signed, for the formats of specification 6.13.
PACKED = {
    "unorm4x8": ((8, 8, 8, 8), False),
    "snorm4x8": ((8, 8, 8, 8), True),
    "unorm2x16": ((16, 16), False),
    "snorm2x16": ((16, 16), True),
    "unorm10a2": ((10, 10, 10, 2), False),
}


@pytest.mark.parametrize("form", PACKED)
def test_packed_numbers(run, rng, form: str) -> None:
    """Corners, values beyond the range, and every pattern's way there and back."""
    widths, signed = PACKED[form]
    size = len(widths)
    values = rng.uniform(-1.2, 1.2, (COUNT, size)).astype(np.float32)
    values[:4] = np.array([0, 1, -1, 2])[:, None]
    bits = rng.integers(0, 2**32, COUNT, dtype=np.uint64).astype(np.uint32)
    bits[:3] = 0, 0xFFFFFFFF, 0x80008000
    source = (
        f"{HEADER}kernel void k(device const packed_float{size} *in, device uint *packed, "
        f"device const uint *bits, device float *out, device half *narrow, "
        f"uint i [[thread_position_in_grid]]) {{\n"
        f"packed[i] = pack_float_to_{form}(float{size}(in[i]));\n"
        f"const float{size} x = unpack_{form}_to_float(bits[i]);\n"
        f"const half{size} h = unpack_{form}_to_half(bits[i]);\n"
        f"for (int j = 0; j < {size}; ++j) {{ out[{size} * i + j] = x[j]; "
        f"narrow[{size} * i + j] = h[j]; }}\n}}"
    )
    arrays = [values, np.zeros(COUNT, np.uint32), bits]
    arrays += [np.zeros((COUNT, size), np.float32), np.zeros((COUNT, size), np.float16)]
    _, packed, _, out, narrow = run(source, arrays, (COUNT, 1, 1))
    shifts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    for component, (width, shift) in enumerate(zip(widths, shifts.tolist(), strict=True)):
        largest = 2 ** (width - signed) - 1
        fields = bits.astype(np.int64) >> shift & (2**width - 1)
        if signed:
            fields = np.where(fields >> (width - 1), fields - 2**width, fields)
        want = np.maximum(fields / largest, -1)
        assert np.allclose(out[:, component], want, rtol=3e-7, atol=0)
        assert np.allclose(narrow[:, component], want, rtol=2e-3, atol=1e-7)
        bounded = np.clip(values[:, component].astype(np.float64), -1 if signed else 0, 1) * largest
        got = packed.astype(np.int64) >> shift & (2**width - 1)
        error = np.abs((got - bounded + 2 ** (width - 1)) % 2**width - 2 ** (width - 1))
        assert np.all(error <= 0.51), form


def test_srgb(run) -> None:
    source = (
        HEADER
        + """kernel void k(device const uint *in, device float4 *out, device uint *back,
                     uint i [[thread_position_in_grid]]) {
      out[i] = unpack_unorm4x8_srgb_to_float(in[i]);
      back[i] = pack_float_to_srgb_unorm4x8(out[i]);
    }"""
    )
    levels = np.arange(256, dtype=np.uint32)
    bits = levels * 0x01010101
    arrays = [bits, np.zeros((256, 4), np.float32), np.zeros(256, np.uint32)]
    _, out, back = run(source, arrays, (256, 1, 1))
    s = levels / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    assert np.allclose(out[:, :3], linear[:, None], rtol=1e-5)
    assert np.allclose(out[:, 3], s, rtol=1e-6)
    assert np.array_equal(back, bits)
