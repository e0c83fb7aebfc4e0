"""Matrices of 8 x 8 that a simdgroup holds: loads, stores and products against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
KINDS = ("float", "half", "bfloat")


@pytest.fixture(params=KINDS)
def kind(request, evaluator):
    return next(kind for kind in evaluator.kinds if kind.name == request.param)


def whole(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Small integers, whose products every type holds."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float64)


def source(kind, text: str) -> str:
    """A program in which T is the type and M its matrix."""
    names = f"typedef {kind.name} T; typedef simdgroup_matrix<{kind.name}, 8, 8> M;\n"
    return HEADER + names + text


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("stride", "x", "y"), [(8, 0, 0), (24, 8, 16), (13, 3, 2)])
def test_loads_and_stores(run, kind, stride: int, x: int, y: int, transposed: bool) -> None:
    """From and to device and threadgroup memory, for strides, origins and transposition."""
    text = """
    kernel void k(device const T *in, device T *out, device T *copy, device T *turned,
                  uint l [[thread_index_in_threadgroup]]) {
      threadgroup T tile[SIZE];
      M a, b;
      simdgroup_load(a, in, PLACE);
      simdgroup_store(a, out);
      for (uint i = l; i < SIZE; i += 32) tile[i] = T(0);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      simdgroup_store(a, tile, PLACE);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (uint i = l; i < SIZE; i += 32) copy[i] = tile[i];
      simdgroup_load(b, tile, PLACE);
      simdgroup_store(b, turned, 8, 0, true);
    }"""
    text = text.replace("SIZE", str((8 + y) * stride))
    text = text.replace("PLACE", f"{stride}, ulong2({x}, {y}), {str(transposed).lower()}")
    values = whole(1, (8 + y, stride))
    stored = kind.encode(values)
    square = np.zeros((8, 8), kind.storage)
    arrays = [stored, square, np.zeros_like(stored), square]
    _, out, copy, turned = map(kind.decode, run(source(kind, text), arrays, (32, 1, 1)))
    block = values[y : y + 8, x : x + 8]
    held = block.T if transposed else block
    assert np.array_equal(out, held)
    want = np.zeros_like(values)
    want[y : y + 8, x : x + 8] = block
    assert np.array_equal(copy, want)
    assert np.array_equal(turned, held.T)


def test_products(run, kind) -> None:
    """Each simdgroup of a threadgroup has matrices of its own."""
    text = """
    kernel void k(device const T *in, device T *out, uint s [[simdgroup_index_in_threadgroup]]) {
      M a, b, c, d, e(T(3)), f = make_filled_simdgroup_matrix<T, 8, 8>(T(1));
      const M g = make_diagonal_simdgroup_matrix<T, 8, 8>(T(2));
      device T *o = out + 256 * s;
      simdgroup_load(a, in + 192 * s);
      simdgroup_load(b, in + 192 * s + 64);
      simdgroup_load(c, in + 192 * s + 128);
      simdgroup_multiply(d, a, b);
      simdgroup_store(d, o);
      simdgroup_multiply_accumulate(d, a, b, c);
      simdgroup_store(d, o + 64);
      simdgroup_multiply_accumulate(c, a, g, c);
      simdgroup_store(c, o + 128);
      simdgroup_multiply_accumulate(e, f, b, e);
      simdgroup_store(e, o + 192);
    }"""
    values = whole(2, (3, 3, 8, 8))
    arrays = [kind.encode(values), np.zeros((3, 4, 8, 8), kind.storage)]
    out = kind.decode(run(source(kind, text), arrays, (96, 1, 1), (96, 1, 1))[1])
    for (a, b, c), got in zip(values, out, strict=True):
        want = [a @ b, a @ b + c, 2 * a + c, np.ones((8, 8)) @ b + 3 * np.eye(8)]
        assert np.array_equal(got, want)


def test_elements_of_a_thread(run, kind) -> None:
    """Together the lanes hold each element once, and what they write is the matrix."""
    text = """
    kernel void k(device const T *in, device T *out, device T *held,
                  uint l [[thread_index_in_simdgroup]]) {
      M a;
      simdgroup_load(a, in);
      held[2 * l] = a.thread_elements()[0];
      held[2 * l + 1] = a.thread_elements()[1];
      for (int i = 0; i < 2; ++i) a.thread_elements()[i] *= T(2);
      simdgroup_store(a, out);
    }"""
    values = np.arange(64, dtype=np.float64).reshape(8, 8)
    arrays = [kind.encode(values), np.zeros((8, 8), kind.storage), np.zeros(64, kind.storage)]
    _, out, held = map(kind.decode, run(source(kind, text), arrays, (32, 1, 1)))
    assert np.array_equal(out, 2 * values)
    assert sorted(held) == list(range(64))


def test_mixed_types(run, evaluator) -> None:
    """Products of half or bfloat matrices are summed in float."""
    text = (
        HEADER
        + """kernel void k(device const half *h, device const bfloat *b, device float *out) {
      simdgroup_half8x8 x; simdgroup_bfloat8x8 y; simdgroup_float8x8 c(1), d(2);
      simdgroup_load(x, h); simdgroup_load(y, b);
      simdgroup_multiply_accumulate(c, x, x, c); simdgroup_store(c, out);
      simdgroup_multiply_accumulate(d, y, y, d); simdgroup_store(d, out + 64);
    }"""
    )
    rng = np.random.default_rng(4)
    _, half, bfloat = evaluator.kinds
    h, b = (kind.encode(rng.uniform(-1, 1, (8, 8))) for kind in (half, bfloat))
    out = run(text, [h, b, np.zeros((2, 8, 8), np.float32)], (32, 1, 1))[2]
    for kind, stored, got, start in ((half, h, out[0], 1), (bfloat, b, out[1], 2)):
        exact = kind.decode(stored) @ kind.decode(stored) + start * np.eye(8)
        assert np.allclose(got, exact, atol=2e-6)


@pytest.mark.parametrize(
    "declaration", ["simdgroup_matrix<float, 4, 4> m;", "simdgroup_matrix<int, 8, 8> m;"]
)
def test_other_shapes_and_types_do_not_exist(declaration: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(f"{HEADER}kernel void k(device int *o) {{ {declaration} }}")
    assert "simdgroup matrices are" in caught.value.diagnostics[0].message
