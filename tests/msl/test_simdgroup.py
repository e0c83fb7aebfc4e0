"""Barriers, simdgroup and quadgroup functions, against numpy over the lanes."""

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
LANE = np.arange(32)
VALUES = np.random.default_rng(2).integers(-50, 50, 32).astype(np.int32)
QUAD = VALUES.reshape(8, 4)


def quads(per_quad: np.ndarray) -> np.ndarray:
    return np.repeat(per_quad, 4)


OPERATIONS = {
    "simd_sum(v)": np.full(32, VALUES.sum()),
    "simd_max(v)": np.full(32, VALUES.max()),
    "simd_min(v)": np.full(32, VALUES.min()),
    "simd_and(v)": np.full(32, np.bitwise_and.reduce(VALUES)),
    "simd_or(v)": np.full(32, np.bitwise_or.reduce(VALUES)),
    "simd_xor(v)": np.full(32, np.bitwise_xor.reduce(VALUES)),
    "simd_product(v & 1 ? 1 : -1)": np.full(32, np.where(VALUES & 1, 1, -1).prod()),
    "simd_prefix_inclusive_sum(v)": VALUES.cumsum(),
    "simd_prefix_exclusive_sum(v)": VALUES.cumsum() - VALUES,
    "simd_shuffle(v, 31 - lane)": VALUES[::-1],
    "simd_shuffle_xor(v, 5)": VALUES[LANE ^ 5],
    "simd_shuffle_down(v, 3)": np.where(LANE < 29, np.roll(VALUES, -3), VALUES),
    "simd_shuffle_up(v, 3)": np.where(LANE >= 3, np.roll(VALUES, 3), VALUES),
    "simd_shuffle_rotate_down(v, 3)": np.roll(VALUES, -3),
    "simd_shuffle_rotate_up(v, 3)": np.roll(VALUES, 3),
    "simd_broadcast(v, 7)": np.full(32, VALUES[7]),
    "simd_broadcast_first(v)": np.full(32, VALUES[0]),
    "simd_any(v > 45) ? 1 : 0": np.full(32, (VALUES > 45).any()),
    "simd_all(v > -51) ? 1 : 0": np.full(32, 1),
    "simd_is_first() ? 1 : 0": LANE == 0,
    "popcount(ulong(simd_ballot(v > 0)))": np.full(32, (VALUES > 0).sum()),
    "quad_sum(v)": quads(QUAD.sum(1)),
    "quad_max(v)": quads(QUAD.max(1)),
    "quad_broadcast(v, 2)": quads(QUAD[:, 2]),
    "quad_shuffle(v, 3 - (lane & 3))": QUAD[:, ::-1].ravel(),
    "quad_shuffle_xor(v, 1)": VALUES[LANE ^ 1],
    "quad_shuffle_down(v, 1)": np.where(LANE % 4 < 3, np.roll(VALUES, -1), VALUES),
    "quad_shuffle_up(v, 1)": np.where(LANE % 4 > 0, np.roll(VALUES, 1), VALUES),
}


def source(expression: str, condition: str = "true") -> str:
    return f"""{HEADER}
kernel void k(device const int *in [[buffer(0)]], device int *out [[buffer(1)]],
              uint i [[thread_position_in_grid]], ushort lane [[thread_index_in_simdgroup]]) {{
  const int v = in[i];
  if ({condition}) out[i] = {expression};
}}"""


@pytest.mark.parametrize("expression", OPERATIONS)
def test_full_simdgroup(run, expression) -> None:
    out = run(source(expression), [VALUES, np.zeros(32, np.int32)], (32, 1, 1))[1]
    assert out.tolist() == np.asarray(OPERATIONS[expression], np.int32).tolist()


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        ("simd_sum(v)", lambda v: v.sum()),
        ("simd_broadcast_first(v)", lambda v: v[0]),
        ("simd_max(v)", lambda v: v.max()),
        ("int(popcount(ulong(simd_active_threads_mask())))", len),
    ],
)
def test_only_active_lanes_take_part(run, expression, want) -> None:
    arrays = [VALUES, np.zeros(32, np.int32)]
    out = run(source(expression, "lane % 3 == 1"), arrays, (32, 1, 1))[1]
    active = LANE % 3 == 1
    assert out[active].tolist() == [want(VALUES[active])] * active.sum()
    assert not out[~active].any()


def test_last_simdgroup_may_be_short(run) -> None:
    values = np.arange(1, 71, dtype=np.int32)
    arrays = [values, np.zeros(70, np.int32)]
    out = run(source("simd_sum(v)"), arrays, (70, 1, 1), (70, 1, 1))[1]
    want = np.concatenate(
        [
            np.full(n, part.sum())
            for part, n in zip(np.split(values, [32, 64]), (32, 32, 6), strict=True)
        ]
    )
    assert out.tolist() == want.tolist()


def test_branches_run_one_after_the_other(run) -> None:
    body = (
        HEADER
        + """
    int helper(int v, uint lane) {
      if (lane < 10) return simd_sum(v);
      int s = 0;
      for (uint j = 0; j < lane % 4; ++j) s += simd_sum(1);
      return s;
    }
    kernel void k(device const int *in [[buffer(0)]], device int *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint lane [[thread_index_in_simdgroup]]) {
      out[i] = helper(in[i], lane) + 1000 * simd_sum(1);
    }"""
    )
    out = run(body, [VALUES, np.zeros(32, np.int32)], (32, 1, 1))[1]
    rest = LANE[10:]
    active = [(rest % 4 > j).sum() for j in range(3)]
    want = [VALUES[:10].sum()] * 10 + [sum(active[: lane % 4]) for lane in rest]
    assert out.tolist() == [w + 32000 for w in want]


@pytest.mark.parametrize("threads", [1, 31, 32, 33, 100, 256, 1024])
def test_reversal_through_threadgroup_memory(run, threads) -> None:
    body = (
        HEADER
        + """
    static void turn(threadgroup float *tile, uint l, uint n) {
      const float v = tile[n - 1 - l];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      tile[l] = v;
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    kernel void k(device float *x [[buffer(0)]], threadgroup float *tile [[threadgroup(0)]],
                  uint i [[thread_position_in_grid]], uint l [[thread_position_in_threadgroup]],
                  uint n [[threads_per_threadgroup]]) {
      tile[l] = x[i];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      for (int r = 0; r < 3; ++r) turn(tile, l, n);
      x[i] = tile[l];
    }"""
    )
    x = np.random.default_rng(3).random(2 * threads + threads // 2 + 1).astype(np.float32)
    memory = {0: -(-threads // 4) * 16}
    out = run(body, [x], (len(x), 1, 1), (threads, 1, 1), threadgroup_memory=memory)[0]
    groups = [x[s : s + threads][::-1] for s in range(0, len(x), threads)]
    assert np.array_equal(out, np.concatenate(groups))


def test_vectors_and_halves_are_exchanged_whole(run) -> None:
    body = (
        HEADER
        + """
    kernel void k(device const float4 *in [[buffer(0)]], device float4 *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
      half2 h = simd_shuffle_xor(half2(in[i].xy), ushort(1));
      out[i] = float4(simd_shuffle(in[i], ushort(31 - i)).zw, float2(h));
    }"""
    )
    x = np.arange(128, dtype=np.float32).reshape(32, 4)
    out = run(body, [x, np.zeros_like(x)], (32, 1, 1))[1]
    assert np.array_equal(out[:, :2], x[::-1, 2:])
    assert np.array_equal(out[:, 2:], x[LANE ^ 1, :2])


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_simdgroup_matrices(run, kind) -> None:
    name = {np.float32: "float", np.float16: "half"}[kind]
    body = (
        HEADER
        + f"""
    kernel void k(device const {name} *a [[buffer(0)]], device const {name} *b [[buffer(1)]],
                  device {name} *c [[buffer(2)]], uint l [[thread_position_in_threadgroup]]) {{
      threadgroup {name} tile[64];
      simdgroup_matrix<{name}, 8, 8> x, y, z(2);
      simdgroup_load(x, a, 16, ulong2(8, 0));
      for (uint i = l; i < 64; i += 32) tile[i] = b[i];
      threadgroup_barrier(mem_flags::mem_threadgroup);
      simdgroup_load(y, tile, 8, ulong2(0, 0), true);
      simdgroup_multiply_accumulate(z, x, y, z);
      simdgroup_store(z, c);
    }}"""
    )
    rng = np.random.default_rng(4)
    a, b = rng.integers(-4, 5, (8, 16)).astype(kind), rng.integers(-4, 5, (8, 8)).astype(kind)
    out = run(body, [a, b, np.zeros((8, 8), kind)], (32, 1, 1))[2]
    assert np.array_equal(out, a[:, 8:] @ b.T + 2 * np.eye(8, dtype=kind))
