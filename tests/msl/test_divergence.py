"""Which lanes take part where threads of a simdgroup go different ways.

Lanes execute an operation together when they come to the same call on the same way: through the
same calls of functions, in the same iteration of each loop. The expected values are those of lanes
in lockstep that meet again where branches and iterations end.
"""

from __future__ import annotations

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
LANE = np.arange(32)
ODD = LANE % 2 == 1


@pytest.fixture
def lanes(run):
    """Runs statements that set ``r``; ``v`` is one more than the lane."""

    def result(body: str, helpers: str = "") -> list[int]:
        source = (
            f"{HEADER}{helpers}\nkernel void k(device int *out [[buffer(0)]], "
            "uint lane [[thread_index_in_simdgroup]]) {\n"
            f"int r = 0; const int v = int(lane) + 1;\n{body}\nout[lane] = r;\n}}"
        )
        return run(source, [np.zeros(32, np.int32)], (32, 1, 1))[0].tolist()

    return result


def sums(mask: np.ndarray) -> np.ndarray:
    """What each lane of ``mask`` gets from a sum over v among them."""
    return np.where(mask, (LANE + 1)[mask].sum(), 0)


HALVES = (sums(LANE < 16) + sums(LANE >= 16)).tolist()
PARITIES = (sums(ODD) + sums(~ODD)).tolist()


def test_a_function_that_two_branches_call(lanes) -> None:
    helper = "int total(int v) { return simd_sum(v); }"
    assert lanes("if (lane < 16) r = total(v); else r = total(v);", helper) == HALVES
    assert lanes("r = lane < 16 ? total(v) : total(v);", helper) == HALVES
    assert lanes("if (lane < 16) { r = total(v); }\nr += total(0);", helper) == (
        sums(LANE < 16).tolist()
    )


def test_functions_within_functions(lanes) -> None:
    helpers = """
    struct Group {
      int scale;
      int total(int v) thread const { return scale * simd_sum(v); }
    };
    template <typename T> T inner(T v) { Group g = {1}; return v < 0 ? g.total(-v) : g.total(v); }
    int outer(int v, bool low);
    int outer(int v, bool low) { if (low) return inner(v); return inner(v); }
    """
    body = "if (lane % 2) r = outer(v, lane < 16); else r = outer(v, lane < 16);"
    low = LANE < 16
    want = sum(sums(half & parity) for half in (low, ~low) for parity in (ODD, ~ODD))
    assert lanes(body, helpers) == want.tolist()
    assert lanes("r = inner(lane < 16 ? v : -v);", helpers) == HALVES


@pytest.mark.parametrize(
    "loop",
    [
        "for (uint j = 0; j < 2; ++j) { if (j == lane % 2) r += simd_sum(v); }",
        "for (uint j = 0; j < 2; ++j) if (j == lane % 2) r += simd_sum(v); else continue;",
        "for (uint j = 0; j < 2; ++j) { if (j != lane % 2) continue; r += simd_sum(v); }",
        "for (uint j = 0; j < 2;) { if (j++ != lane % 2) continue; r += simd_sum(v); }",
        "uint j = 0; while (j < 2) { if (j++ != lane % 2) continue; r += simd_sum(v); }",
        "uint j = 0; while (j++ < 2) if (j - 1 == lane % 2) r += simd_sum(v);",
        "uint j = 0; do { if (j != lane % 2) continue; r += simd_sum(v); } while (++j < 2);",
        "uint j = 0; do if (j == lane % 2) r += simd_sum(v); while (++j < 2);",
        "for (uint j = 0; j < 2; ++j) { r += j == lane % 2 ? simd_sum(v) : 0; }",
        "for (uint j = 0; j < 2; ++j) r += (j == lane % 2 && simd_any(v > 0)) ? simd_sum(v) : 0;",
        "for (uint j = 0; ; ++j) { if (j == lane % 2) { r = simd_sum(v); break; } }",
        "for (uint j = 0; j < 2; ++j) switch (lane % 2) { case 0: if (j == 0) r = simd_sum(v);"
        " break; default: if (j == 1) r = simd_sum(v); }",
        "uint j = 0; do if (j == lane % 2) { r += simd_sum(v); } while (++j < 2);",
        "const uint a[] = {0, 1}; for (uint j : a) if (j == lane % 2) r += simd_sum(v);",
        "array<uint, 2> a = {{0, 1}}; for (uint j : a) { if (j != lane % 2) continue; "
        "r += simd_sum(v); }",
        "if (lane < 32) for (uint j = 0; j < 2; ++j) { if (j == lane % 2) r += simd_sum(v); }"
        " else r = 7;",
    ],
)
def test_iterations_of_a_loop(lanes, loop: str) -> None:
    """Odd lanes take part in the second iteration only, even lanes in the first."""
    assert lanes(loop) == PARITIES


def test_a_triangle(lanes) -> None:
    body = "for (uint j = 0; j < 4; ++j) { if (j >= lane) r += simd_sum(1) << (4 * j); }"
    want = [sum((j + 1) << (4 * j) for j in range(lane, 4)) for lane in range(32)]
    assert lanes(body) == want


def test_loops_in_loops(lanes) -> None:
    """Lanes that leave the inner loop early wait for the others before the next round."""
    body = """
    for (uint i = 0; i < 2; ++i) {
      for (uint j = 0; j < lane % 4; ++j) r += simd_sum(1);
      r += 1000 * simd_sum(1);
    }
    r += 100000 * simd_sum(1);"""
    inner = [sum(8 * (3 - j) for j in range(lane % 4)) for lane in range(32)]
    assert lanes(body) == [2 * (n + 32000) + 3200000 for n in inner]


def test_a_function_with_a_condition_in_a_loop(lanes) -> None:
    helper = "int some(int v, bool now) { if (now) return simd_sum(v); return 0; }"
    body = "for (uint j = 0; j < 2; ++j) r += some(v, j == lane % 2);"
    assert lanes(body, helper) == PARITIES


def test_a_function_that_returns_from_a_loop(lanes) -> None:
    helper = """
    int first(int v, uint n) {
      for (uint j = 0; ; ++j) { const int s = simd_sum(v); if (j == n) return s; }
    }"""
    body = "r = first(v, lane % 2) + 1000 * simd_sum(1);"
    want = np.where(ODD, sums(ODD), 528) + 32000
    assert lanes(body, helper) == want.tolist()


def test_threads_that_have_ended_take_no_part(lanes) -> None:
    assert lanes("if (lane > 20) return;\nr = simd_sum(1);")[:21] == [21] * 21


def test_helpers_with_barriers_in_helpers(run) -> None:
    """A sum over a threadgroup, by a helper of a helper, both with barriers, in a loop."""
    source = (
        HEADER
        + """
    static float of_simdgroups(float v, threadgroup float *part, uint l, uint simdgroups) {
      const float s = simd_sum(v);
      if (l % 32 == 0) part[l / 32] = s;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      float total = 0;
      for (uint i = 0; i < simdgroups; ++i) total += part[i];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      return total;
    }
    struct Mean {
      threadgroup float *part;
      uint l, n;
      float of(float v) const {
        const float total = of_simdgroups(v, part, l, (n + 31) / 32);
        threadgroup_barrier(mem_flags::mem_none);
        return total / n;
      }
    };
    kernel void k(device float *x, device float *out, uint i [[thread_position_in_grid]],
                  uint l [[thread_index_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
      threadgroup float part[32];
      const Mean mean = {part, l, n};
      float v = x[i];
      for (int round = 0; round < 3; ++round) {
        const float m = mean.of(v);
        v = mean.of((v - m) * (v - m)) + (l == 0 ? v : 0.0f);
      }
      out[i] = v;
    }"""
    )
    x = np.random.default_rng(2).uniform(0, 2, 350).astype(np.float32)
    out = run(source, [x, np.zeros_like(x)], (350, 1, 1), (150, 1, 1))[1]
    for start in (0, 150, 300):
        v = x[start : start + 150].astype(np.float64)
        for _ in range(3):
            square = np.mean((v - v.mean()) ** 2)
            v = np.where(np.arange(len(v)) == 0, v + square, square)
        assert np.allclose(out[start : start + 150], v, rtol=1e-4)
