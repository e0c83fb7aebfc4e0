"""The same results on processors with fewer instructions than this one has."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest

from assay.msl import toolchain

# What each level adds, in the words of /proc/cpuinfo. Code for a level runs where all are there.
LEVELS = {
    "x86-64": set(),
    "x86-64-v2": {"ssse3", "sse4_1", "sse4_2", "popcnt"},
    "x86-64-v3": {"avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}

SOURCE = """
#include <metal_stdlib>
using namespace metal;

kernel void widen(device const half *in [[buffer(0)]], device float *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) { out[i] = float(in[i]); }

kernel void narrow(device const float *in [[buffer(0)]], device half *out [[buffer(1)]],
                   uint i [[thread_position_in_grid]]) { out[i] = half(in[i]); }

kernel void halves(device half4 *x [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  x[i] = x[i] * 2.0h + half4(x[i].wzyx);
}

kernel void functions(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                      uint i [[thread_position_in_grid]]) {
  const float x = in[i];
  device float *o = out + 12 * i;
  o[0] = floor(x); o[1] = ceil(x); o[2] = trunc(x); o[3] = rint(x); o[4] = round(x);
  o[5] = fma(x, x, -1.0f); o[6] = sin(x); o[7] = exp(x); o[8] = sqrt(fabs(x)); o[9] = atan(x);
  o[10] = tanh(x); o[11] = log(fabs(x) + 1.0f);
}

kernel void integers(device const int *a [[buffer(0)]], device const int *b [[buffer(1)]],
                     device int *out [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  device int *o = out + 6 * i;
  o[0] = a[i] / b[i]; o[1] = a[i] % b[i]; o[2] = popcount(a[i]); o[3] = clz(a[i]);
  o[4] = mulhi(a[i], b[i]); o[5] = int(rotate(uint(a[i]), 7u));
}

kernel void sums(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                 device atomic_uint *count [[buffer(2)]], uint i [[thread_position_in_grid]],
                 uint l [[thread_index_in_threadgroup]]) {
  threadgroup float part[4];
  const float total = simd_sum(in[i]);
  if (simd_is_first()) part[l / 32] = total;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = part[0] + part[1] + part[2] + part[3] + simd_shuffle_xor(in[i], 5);
  atomic_fetch_add_explicit(count, l, memory_order_relaxed);
}

kernel void product(device const float *a [[buffer(0)]], device const float *b [[buffer(1)]],
                    device float *out [[buffer(2)]]) {
  simdgroup_float8x8 x, y, z = simdgroup_float8x8(0);
  simdgroup_load(x, a, 8);
  simdgroup_load(y, b, 8);
  simdgroup_multiply_accumulate(z, x, y, z);
  simdgroup_store(z, out, 8);
}

kernel void precisely(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                      uint i [[thread_position_in_grid]]) {
  const float x = in[i];
  device float *o = out + 6 * i;
  o[0] = fma(x, x, -x); o[1] = precise::sin(x * 1024.0f); o[2] = precise::rsqrt(x);
  const half h = half(x);
  const bfloat b = bfloat(x);
  o[3] = precise::divide(x, 3.0f); o[4] = float((h + h * h) * h); o[5] = float((b + b) * b * b);
}

kernel void brains(device const float *in [[buffer(0)]], device bfloat *out [[buffer(1)]],
                   uint i [[thread_position_in_grid]]) { out[i] = bfloat(in[i]) * bfloat(2.0f); }
"""


def supported() -> list[str]:
    if platform.machine() != "x86_64":
        return []
    flags = set(Path("/proc/cpuinfo").read_text().split())
    found: list[str] = []
    for level, needed in LEVELS.items():
        if not needed <= flags:
            break
        found.append(level)
    return found


@pytest.fixture(scope="module", params=supported())
def level(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_MSL_CPU", request.param)
        toolchain.fingerprint.cache_clear()
        toolchain._precompiled.cache_clear()
        yield request.param
    toolchain.fingerprint.cache_clear()
    toolchain._precompiled.cache_clear()


@pytest.fixture
def kernel(level, run):
    def dispatch(name: str, *arrays: np.ndarray, threads: int, group: int = 32):
        return run(SOURCE, arrays, (threads, 1, 1), (group, 1, 1), name)

    return dispatch


def test_halves_are_widened(kernel) -> None:
    every = np.arange(65536, dtype=np.uint32).astype(np.uint16).view(np.float16)
    out = kernel("widen", every, np.zeros(65536, np.float32), threads=65536)[1]
    assert np.array_equal(out, every.astype(np.float32), equal_nan=True)
    assert np.array_equal(np.signbit(out), np.signbit(every))


def test_floats_are_narrowed_to_the_nearest_half(kernel) -> None:
    rng = np.random.default_rng(2)
    halves = np.arange(0x7C01, dtype=np.uint16).view(np.float16).astype(np.float32)
    middles = np.append((halves[:-2] + halves[1:-1]) / 2, np.float32(65520))
    beside = [np.nextafter(middles, np.float32(side)) for side in (0, np.inf)]
    some = rng.uniform(-1, 1, 5000) * 2.0 ** rng.integers(-30, 20, 5000)
    x = np.concatenate([halves, middles, *beside, some, [np.nan, -0.0, 1e-44]]).astype(np.float32)
    x = np.concatenate([x, -x])
    out = kernel("narrow", x, np.zeros(len(x), np.float16), threads=len(x))[1]
    with np.errstate(over="ignore"):
        assert np.array_equal(out, x.astype(np.float16), equal_nan=True)


def test_arithmetic_on_halves(kernel) -> None:
    x = np.arange(64, dtype=np.float16).reshape(16, 4)
    (out,) = kernel("halves", x, threads=16)
    assert np.array_equal(out, x * 2 + x[:, ::-1])


def test_functions(kernel) -> None:
    x = np.concatenate([np.linspace(-8, 8, 4001), [2.5, -2.5, 0.5, 1e6]]).astype(np.float32)
    out = kernel("functions", x, np.zeros((len(x), 12), np.float32), threads=len(x))[1].T
    away = np.where(x < 0, np.ceil(x - np.float32(0.5)), np.floor(x + np.float32(0.5)))
    whole = [np.floor(x), np.ceil(x), np.trunc(x), np.rint(x), away]
    assert all(np.array_equal(found, want) for found, want in zip(out, whole, strict=False))
    wide = x.astype(np.float64)
    with np.errstate(over="ignore"):
        wanted = [wide * wide - 1, np.sin(wide), np.exp(wide), np.sqrt(abs(wide)), np.arctan(wide),
                  np.tanh(wide), np.log(abs(wide) + 1)]  # fmt: skip
    for found, want in zip(out[5:, :4001], wanted, strict=True):
        assert np.allclose(found, want[:4001], rtol=2e-6, atol=2e-6)


def test_rounding(kernel) -> None:
    x = np.random.default_rng(5).uniform(0.25, 4, 999).astype(np.float32)
    out = kernel("precisely", x, np.zeros((len(x), 6), np.float32), threads=len(x))[1].T
    wide = x.astype(np.float64)
    wanted = [wide * wide - wide, np.sin(wide * 1024), 1 / np.sqrt(wide), wide / 3]
    for found, want, ulp in zip(out, wanted, (0.5, 2, 0.5, 0.5), strict=False):
        unit = np.spacing(np.abs(want).astype(np.float32))
        assert np.all(np.abs(found - want) <= 1.001 * ulp * unit)
    halves = x.astype(np.float16)
    fused = (halves.astype(np.float64) * (halves + 1.0)).astype(np.float16)
    stepwise = halves + halves * halves
    assert np.all((out[4] == fused * halves) | (out[4] == stepwise * halves))
    brain = nearest_bfloat(x)
    want = nearest_bfloat(nearest_bfloat(nearest_bfloat(brain + brain) * brain) * brain)
    assert np.allclose(out[5], want, rtol=2.0**-6)  # fast math may multiply in another order


def test_integers(kernel) -> None:
    rng = np.random.default_rng(3)
    a, b = (rng.integers(-(2**31), 2**31, 999).astype(np.int32) for _ in range(2))
    b[::3] = rng.integers(1, 9, 333)
    b[b == 0] = 1
    out = kernel("integers", a, b, np.zeros((999, 6), np.int32), threads=999)[2].T
    wide_a, wide_b, bits = a.astype(np.int64), b.astype(np.int64), a.view(np.uint32)
    quotient = (np.abs(wide_a) // np.abs(wide_b)) * np.sign(wide_a) * np.sign(wide_b)
    text = [format(int(word), "032b") for word in bits]
    assert np.array_equal(out[0], quotient)
    assert np.array_equal(out[1], wide_a - quotient * wide_b)
    assert out[2].tolist() == [word.count("1") for word in text]
    assert out[3].tolist() == [len(word) - len(word.lstrip("0")) for word in text]
    assert np.array_equal(out[4], wide_a * wide_b >> 32)
    assert np.array_equal(out[5].view(np.uint32), bits << 7 | bits >> 25)


def test_simdgroups_threadgroups_and_atomics(kernel) -> None:
    x = np.arange(256, dtype=np.float32)
    arrays = [x, np.zeros_like(x), np.zeros(1, np.uint32)]
    _, out, count = kernel("sums", *arrays, threads=256, group=128)
    total = np.repeat(x.reshape(2, 128).sum(1), 128)
    assert np.array_equal(out, total + x[np.arange(256) ^ 5])
    assert count[0] == 2 * sum(range(128))


def test_simdgroup_matrices(kernel) -> None:
    rng = np.random.default_rng(4)
    a, b = (rng.integers(-9, 9, (8, 8)).astype(np.float32) for _ in range(2))
    out = kernel("product", a, b, np.zeros((8, 8), np.float32), threads=32)[2]
    assert np.array_equal(out, a @ b)


def test_bfloats(kernel) -> None:
    x = np.linspace(-3, 3, 97).astype(np.float32)
    out = kernel("brains", x, np.zeros(97, np.uint16), threads=97)[1]
    assert np.array_equal((out.astype(np.uint32) << 16).view(np.float32), nearest_bfloat(x) * 2)


def nearest_bfloat(x: np.ndarray) -> np.ndarray:
    bits = x.view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).view(np.float32)
