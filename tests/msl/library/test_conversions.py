"""Conversions between all scalar types, bits under another type, and the library's constants."""

from __future__ import annotations

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
INTEGERS = {
    "bool": np.uint8,
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "long": np.int64,
    "ulong": np.uint64,
}
FLOATS = ("float", "half", "bfloat")
COUNT = 48


def wide(kind: str) -> list[int]:
    """Integers of a type: its limits, and numbers of every magnitude."""
    if kind == "bool":
        return [0, 1] * (COUNT // 2)
    info = np.iinfo(INTEGERS[kind])
    rng = np.random.default_rng(3)
    numbers = [int(v) >> int(s) for v, s in zip(
        rng.integers(info.min, info.max, COUNT - 6, dtype=INTEGERS[kind], endpoint=True),
        rng.integers(0, info.bits, COUNT - 6), strict=True)]  # fmt: skip
    return [int(info.min), int(info.max), 0, 1, 127, int(info.max) // 2, *numbers]


def to_integer(kind: str, value: float) -> int:
    """Towards zero; the low bits of what is too wide."""
    if kind == "bool":
        return int(value != 0)
    dtype = np.dtype(INTEGERS[kind])
    bits = int(value) % (1 << 8 * dtype.itemsize)
    return bits - (1 << 8 * dtype.itemsize) if bits > np.iinfo(dtype).max else bits


def source(origin: str, targets: list[str]) -> str:
    """Functional casts, C-style casts, and vectors of 2, 3 and 4, from one type to each other."""
    storage = "uchar" if origin == "bool" else origin
    parameters = [f"device const {storage} *in [[buffer(0)]]"]
    lines = [f"const {origin} x = {origin}(in[i]); const {origin}3 y({origin}(0), x, x);"]
    lines += [f"const {origin}4 z(x); const {origin}2 w({origin}(1), x);"]
    for index, target in enumerate(targets):
        kept = "uchar" if target == "bool" else target
        parameters.append(f"device {kept} *o{index} [[buffer({index + 1})]]")
        forms = [f"{target}(x)", f"({target})x", f"static_cast<{target}>(x)"]
        forms += [f"{target}3(y)[1]", f"({target}4(z))[3]", f"{target}2(w)[1]"]
        lines += [f"o{index}[6 * i + {n}] = {kept}({form});" for n, form in enumerate(forms)]
    body = "\n".join(lines)
    return (
        f"{HEADER}kernel void k({', '.join(parameters)}, uint i [[thread_position_in_grid]]) {{\n"
        f"{body}\n}}\n"
    )


@pytest.mark.parametrize("origin", INTEGERS)
def test_integers_become_every_type(run, evaluator, origin: str) -> None:
    numbers = wide(origin)
    arrays = [np.array(numbers, INTEGERS[origin])]
    floats = {kind.name: kind for kind in evaluator.kinds}
    arrays += [np.zeros((COUNT, 6), kind) for kind in INTEGERS.values()]
    arrays += [np.zeros((COUNT, 6), floats[name].storage) for name in FLOATS]
    out = run(source(origin, [*INTEGERS, *FLOATS]), arrays, (COUNT, 1, 1))[1:]
    for target, got in zip(INTEGERS, out, strict=False):
        want = [to_integer(target, number) for number in numbers]
        assert got.tolist() == [[value] * 6 for value in want], f"{origin} to {target}"
    for name, got in zip(FLOATS, out[len(INTEGERS) :], strict=True):
        kind = floats[name]
        exact = np.array([float(number) for number in numbers])
        # Nearest; numbers that halfway cases of two roundings decide are left open.
        error = np.abs(kind.decode(got) - exact[:, None]) / kind.spacing(exact[:, None])
        fits = np.abs(exact) < kind.largest
        assert np.all(error[fits] <= 0.5001), f"{origin} to {name}"
        assert np.all(np.isinf(kind.decode(got))[np.abs(exact) > kind.largest * 1.01])


@pytest.mark.parametrize("origin", FLOATS)
def test_floats_become_every_type(run, evaluator, origin: str) -> None:
    floats = {kind.name: kind for kind in evaluator.kinds}
    kind = floats[origin]
    rng = np.random.default_rng(4)
    numbers = kind.decode(kind.encode(np.concatenate([
        [0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 126.75],
        rng.uniform(0, 127, COUNT - 8)])))  # fmt: skip
    arrays = [kind.encode(numbers)]
    arrays += [np.zeros((COUNT, 6), dtype) for dtype in INTEGERS.values()]
    arrays += [np.zeros((COUNT, 6), floats[name].storage) for name in FLOATS]
    out = run(source(origin, [*INTEGERS, *FLOATS]), arrays, (COUNT, 1, 1))[1:]
    for target, got in zip(INTEGERS, out, strict=False):
        fits = numbers > -1 if target.startswith("u") else np.ones(COUNT, bool)
        want = np.array([to_integer(target, number) for number in numbers])
        assert got[fits].tolist() == [[value] * 6 for value in want[fits]], f"{origin} to {target}"
    for name, got in zip(FLOATS, out[len(INTEGERS) :], strict=True):
        want = floats[name].decode(floats[name].encode(numbers))
        assert np.array_equal(floats[name].decode(got), np.stack([want] * 6, 1)), name


def test_floats_are_rounded_to_the_nearest(run, evaluator) -> None:
    """Ties to even, numbers that are too large to infinity."""
    rng = np.random.default_rng(5)
    x = (rng.uniform(-1, 1, COUNT) * 2.0 ** rng.integers(-14, 17, COUNT)).astype(np.float32)
    ties = np.float32([2049, 2051, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 257, 259, 65519, 65520, 7e4])
    x[: len(ties)] = ties
    text = (
        HEADER
        + """
    kernel void k(device const float *in, device half *h, device bfloat *b, device half4 *v,
                  device bfloat *from, uint i [[thread_position_in_grid]]) {
      h[i] = half(in[i]); b[i] = bfloat(in[i]); v[i] = half4(float4(in[i])); from[i] = bfloat(h[i]);
    }"""
    )
    storage = [np.zeros(COUNT, kind.storage) for kind in evaluator.kinds[1:]]
    arrays = [x, *storage, np.zeros((COUNT, 4), np.float16), np.zeros(COUNT, np.uint16)]
    _, halves, brains, vectors, twice = run(text, arrays, (COUNT, 1, 1))
    half, bfloat = evaluator.kinds[1:]
    assert np.array_equal(halves, half.encode(x))
    assert np.array_equal(brains, bfloat.encode(x))
    assert np.array_equal(vectors, np.stack([half.encode(x)] * 4, 1))
    assert np.array_equal(twice, bfloat.encode(half.encode(x).astype(np.float64)))


def test_bits_under_another_type(run) -> None:
    text = (
        HEADER
        + """
    kernel void k(device const uint *in, device uint4 *out, uint i [[thread_position_in_grid]]) {
      const uint x = in[i];
      out[i] = uint4(as_type<uint>(as_type<float>(x)), as_type<uint>(as_type<half2>(x)),
                     as_type<uint>(as_type<uchar4>(x).wzyx), as_type<uint>(as_type<short2>(x).yx));
      out[i].x ^= as_type<uint>(as_type<int>(x)) ^ x;
      out[i].y ^= as_type<uint2>(as_type<ulong>(uint2(x, 7))).x ^ x;
      out[i].z ^= as_type<ushort>(as_type<half>(ushort(x))) ^ (x & 65535u);
      out[i].w ^= as_type<ushort>(as_type<bfloat>(ushort(x))) ^ (x & 65535u);
      out[i].w ^= as_type<uint3>(as_type<float3>(uint3(1, x, 2))).y ^ x;
    }"""
    )
    x = np.random.default_rng(6).integers(0, 2**32, 64, dtype=np.uint64).astype(np.uint32)
    out = run(text, [x, np.zeros((64, 4), np.uint32)], (64, 1, 1))[1]
    assert np.array_equal(out[:, 0], x)
    assert np.array_equal(out[:, 1], x)
    assert np.array_equal(out[:, 2], x.byteswap())
    assert np.array_equal(out[:, 3], x << 16 | x >> 16)
