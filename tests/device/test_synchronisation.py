"""Barriers and simdgroup operations."""

from __future__ import annotations

import numpy as np
import pytest

REVERSE = """
FIBER(reverse,
  float *shared = (float *)SLOT(0);
  uint32_t base = group->threadgroup_position[0] * group->dispatch_threads_per_threadgroup[0];
  shared[i] = FLOATS(0)[base + i];
  runtime->threadgroup_barrier();
  FLOATS(1)[base + i] = shared[n - 1 - i];)
"""
# Sums the indices of the lanes that arrive together.
LANE_SUM = """
static uint32_t lane_sum(uint32_t value, uint64_t site) {
  assay_exchange e = runtime->simd_exchange(&value, 4, site);
  uint32_t sum = 0;
  for (uint32_t k = 0; k < 32; ++k)
    if (e.active >> k & 1) sum += *(const uint32_t *)e.values[k];
  return sum;
}
"""


@pytest.mark.parametrize("width", [1, 7, 32, 33, 256, 1000, 1024])
def test_reversal_through_threadgroup_memory(device, pipeline, run, width):
    count = 3 * width + width // 2  # the last group is smaller
    source = np.arange(count, dtype=np.float32)
    out = device.buffer(4 * count)
    kernel = pipeline(REVERSE, buffers=2, slots=[("reverse", 4096)])
    run(kernel, [device.buffer(source), out], (count, 1, 1), (width, 1, 1))
    groups = [source[start : start + width][::-1] for start in range(0, count, width)]
    np.testing.assert_array_equal(out.view(np.float32), np.concatenate(groups))


def test_position_of_threads_in_a_three_dimensional_group(device, pipeline, run):
    code = """FIBER(place, runtime->threadgroup_barrier();
        WORDS(0)[i] = x + 100 * y + 10000 * z + 1000000 * runtime->lane();)"""
    out = device.buffer(8 * 4 * 3 * 4)
    run(pipeline(code), [out], (8, 4, 3), (8, 4, 3))
    z, y, x = np.meshgrid(range(3), range(4), range(8), indexing="ij")
    lane = np.arange(96).reshape(3, 4, 8) % 32
    expected = x + 100 * y + 10000 * z + 1000000 * lane
    np.testing.assert_array_equal(out.view(np.uint32, (3, 4, 8)), expected)


def test_many_barriers_in_turn(device, pipeline, run):
    """A prefix sum by doubling: wrong as soon as one barrier lets a thread through early."""
    code = """
FIBER(scan,
  volatile uint32_t *shared = (volatile uint32_t *)SLOT(0);
  shared[i] = WORDS(0)[p];
  for (uint32_t step = 1; step < n; step *= 2) {
    runtime->threadgroup_barrier();
    uint32_t other = i >= step ? shared[i - step] : 0;
    runtime->threadgroup_barrier();
    shared[i] += other;
  }
  WORDS(0)[p] = shared[i];)
"""
    values = np.random.default_rng(1).integers(0, 1000, (40, 1024), dtype=np.uint32)
    buffer = device.buffer(values)
    run(pipeline(code, slots=[("scan", 4096)]), [buffer], (values.size, 1, 1), (1024, 1, 1))
    np.testing.assert_array_equal(
        buffer.view(np.uint32, values.shape), values.cumsum(axis=1, dtype=np.uint32)
    )


def test_finished_threads_count_as_arrived(device, pipeline, run):
    code = """FIBER(early, volatile uint32_t *shared = (volatile uint32_t *)SLOT(0);
        if (i == 0) shared[0] = 0;
        runtime->threadgroup_barrier();
        if (i % 3 == 0) return;
        __atomic_fetch_add(shared, 1, __ATOMIC_RELAXED);
        runtime->threadgroup_barrier();
        WORDS(0)[i] = shared[0];)"""
    out = device.buffer(100 * 4)
    run(pipeline(code, slots=[("early", 4)]), [out], (100, 1, 1), (100, 1, 1))
    assert out.view(np.uint32).tolist() == [0 if i % 3 == 0 else 66 for i in range(100)]


def test_exchange_among_the_lanes_of_each_simdgroup(device, pipeline, run):
    """The last simdgroup has 6 lanes."""
    out = device.buffer(70 * 4)
    run(
        pipeline(LANE_SUM + "FIBER(sum, WORDS(0)[i] = lane_sum(i, 1);)"),
        [out],
        (70, 1, 1),
        (70, 1, 1),
    )
    expected = [sum(range(i // 32 * 32, min(70, i // 32 * 32 + 32))) for i in range(70)]
    assert out.view(np.uint32).tolist() == expected


def test_divergent_lanes_meet_at_their_own_site(device, pipeline, run):
    code = (
        LANE_SUM
        + """
FIBER(branch,
  if (i % 2) WORDS(0)[i] = lane_sum(i, 20); else WORDS(0)[i] = lane_sum(i, 10);
  WORDS(1)[i] = lane_sum(1, 30);)
"""
    )
    branch, joined = device.buffer(128), device.buffer(128)
    run(pipeline(code, buffers=2), [branch, joined], (32, 1, 1), (32, 1, 1))
    expected = [sum(range(1, 32, 2)) if i % 2 else sum(range(0, 32, 2)) for i in range(32)]
    assert branch.view(np.uint32).tolist() == expected
    assert joined.view(np.uint32).tolist() == [32] * 32


def test_lanes_leave_a_loop_at_different_times(device, pipeline, run):
    """Lane k takes part k + 1 times, so that the number of lanes falls from 32 to 1."""
    code = (
        LANE_SUM
        + """
FIBER(loop, uint32_t seen = 0;
  for (uint32_t k = 0; k <= i; ++k) seen = seen * 3 + lane_sum(1, 5);
  WORDS(0)[i] = seen;)
"""
    )
    out = device.buffer(128)
    run(pipeline(code), [out], (32, 1, 1), (32, 1, 1))
    expected = []
    for lane in range(32):
        seen = 0
        for turn in range(lane + 1):
            seen = (seen * 3 + 32 - turn) % 2**32
        expected.append(seen)
    assert out.view(np.uint32).tolist() == expected


def test_values_stay_while_another_lane_posts_again(device, pipeline, run):
    """The first lane runs ahead to its next exchange before the others have read the values."""
    code = """
FIBER(ahead, uint32_t total = 0;
  for (uint32_t k = 0; k < 50; ++k) {
    uint32_t value = 1000 * k + i;
    assay_exchange e = runtime->simd_exchange(&value, 4, 7);
    total += *(const uint32_t *)e.values[(i + 1) % 32] - 1000 * k;
  }
  WORDS(0)[i] = total;)
"""
    out = device.buffer(128)
    run(pipeline(code), [out], (32, 1, 1), (32, 1, 1))
    assert out.view(np.uint32).tolist() == [50 * ((i + 1) % 32) for i in range(32)]


def test_values_of_sixteen_floats_are_aligned(device, pipeline, run):
    code = """typedef float float16 __attribute__((vector_size(64)));
FIBER(wide, float16 value = (float16){0} + (float)i;
  assay_exchange e = runtime->simd_exchange(&value, 64, 1);
  float16 sum = {0};
  for (int k = 0; k < 32; ++k) sum += *(const float16 *)e.values[k];
  FLOATS(0)[i] = sum[0] + sum[15] + ((uintptr_t)e.values % 16);)
"""
    out = device.buffer(128)
    run(pipeline(code), [out], (32, 1, 1), (32, 1, 1))
    assert out.view(np.float32).tolist() == [2 * 496] * 32


def test_some_lanes_at_a_barrier_others_in_an_exchange(device, pipeline, run):
    code = (
        LANE_SUM
        + """
FIBER(mixed, if (i < 8) runtime->threadgroup_barrier();
  else { WORDS(0)[i] = lane_sum(1, 1); runtime->threadgroup_barrier(); }
  WORDS(1)[i] = lane_sum(1, 2);)
"""
    )
    first, second = device.buffer(256), device.buffer(256)
    run(pipeline(code, buffers=2), [first, second], (64, 1, 1), (64, 1, 1))
    assert first.view(np.uint32).tolist() == [0] * 8 + [24] * 24 + [32] * 32
    assert second.view(np.uint32).tolist() == [32] * 64


def test_deep_stacks_of_1024_threads(device, pipeline, run):
    code = """
static uint32_t descend(uint32_t depth) {
  volatile char room[900]; room[depth % 900] = 1;
  if (depth == 0) { runtime->threadgroup_barrier(); return room[0]; }
  return descend(depth - 1) + room[depth % 900];
}
FIBER(deep, WORDS(0)[i] = descend(100);)
"""
    out = device.buffer(4096)
    run(pipeline(code), [out], (1024, 1, 1), (1024, 1, 1))
    np.testing.assert_array_equal(out.view(np.uint32), 101)


def test_threadgroup_arguments_and_arrays_are_apart(device, pipeline, run):
    code = """
FIBER(parts,
  uint32_t *parts[4] = {(uint32_t *)SLOT(0), (uint32_t *)SLOT(1),
      (uint32_t *)group->threadgroup_arguments[0], (uint32_t *)group->threadgroup_arguments[1]};
  for (uint32_t k = 0; k < 4; ++k) parts[k][i] = 100 * k + i;
  runtime->threadgroup_barrier();
  for (uint32_t k = 0; k < 4; ++k) WORDS(0)[4 * i + k] = parts[k][n - 1 - i];)
"""
    out = device.buffer(64 * 16)
    kernel = pipeline(code, arguments=2, slots=[("parts", 256), ("parts", 256)])
    run(kernel, [out], (64, 1, 1), (64, 1, 1), arguments=[256, 256])
    expected = [[100 * k + 63 - i for k in range(4)] for i in range(64)]
    assert out.view(np.uint32, (64, 4)).tolist() == expected
