"""Kernels that are right in any order of their threads, and kernels that are not."""

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
THREADS = 128


def shift(barrier: str, offset: int) -> str:
    """out[i] = in[i + offset] through a tile, around the threadgroup."""
    return f"""{HEADER}
    kernel void k(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint l [[thread_position_in_threadgroup]]) {{
      threadgroup float tile[{THREADS}];
      tile[l] = in[i];
      {barrier}
      out[i] = tile[(l + {offset}) % {THREADS}u];
    }}"""


BARRIER = "threadgroup_barrier(mem_flags::mem_threadgroup);"
SIMDGROUP = "simdgroup_barrier(mem_flags::mem_threadgroup);"


def outcomes(run, source: str, count: int = 4) -> list[np.ndarray]:
    x = np.arange(4 * THREADS, dtype=np.float32)
    results = []
    for perturbation in range(count):
        pipeline = run.device.compile(source).pipeline("k")
        buffers = [run.device.buffer(x), run.device.buffer(np.zeros_like(x))]
        commands = run.device.command_buffer(perturbation=perturbation)
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        commands.dispatch_threads((len(x), 1, 1), (THREADS, 1, 1))
        commands.commit()
        commands.wait(10.0)
        results.append(buffers[1].view(np.float32, x.shape).copy())
    return results


def expected(offset: int) -> np.ndarray:
    x = np.arange(4 * THREADS, dtype=np.float32).reshape(4, THREADS)
    return np.roll(x, -offset, axis=1).ravel()


@pytest.mark.parametrize("offset", [1, 33, THREADS - 1])
def test_a_right_kernel_is_right_in_every_order(run, offset) -> None:
    for out in outcomes(run, shift(BARRIER, offset), 12):
        assert np.array_equal(out, expected(offset))


@pytest.mark.parametrize(
    ("barrier", "offset"),
    [
        # Reads what a thread before it wrote: right as long as threads run in ascending order.
        ("", THREADS - 1),
        (SIMDGROUP, THREADS - 32),
    ],
)
def test_a_missing_barrier_shows_only_in_another_order(run, barrier, offset) -> None:
    usual, *perturbed = outcomes(run, shift(barrier, offset))
    late = np.arange(4 * THREADS) % THREADS >= THREADS - offset
    assert np.array_equal(usual[late], expected(offset)[late])
    for out in perturbed:
        assert not np.array_equal(out[late], expected(offset)[late])


def test_threadgroup_memory_starts_as_nan(run) -> None:
    source = f"""{HEADER}
    kernel void k(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint l [[thread_position_in_threadgroup]]) {{
      threadgroup float tile[{THREADS}];
      if (l > 0) tile[l] = in[i];
      {BARRIER}
      out[i] = tile[l];
    }}"""
    for out in outcomes(run, source)[1:]:
        assert np.isnan(out[::THREADS]).all()


def test_threadgroups_do_not_run_in_ascending_order(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device atomic_uint *next [[buffer(0)]], device uint *order [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
      order[i] = atomic_fetch_add_explicit(next, 1, memory_order_relaxed);
    }"""
    )
    pipeline = run.device.compile(source).pipeline("k")
    buffers = [run.device.buffer(np.zeros(1, np.uint32)), run.device.buffer(16 * 64 * 4)]
    commands = run.device.command_buffer(7)
    commands.set_pipeline(pipeline)
    for index, buffer in enumerate(buffers):
        commands.set_buffer(buffer, 0, index)
    commands.dispatch_threads((16 * 64, 1, 1), (64, 1, 1))
    commands.commit()
    commands.wait(10.0)
    order = buffers[1].view(np.uint32, (16 * 64,))
    assert sorted(order.tolist()) == list(range(16 * 64))
    assert (np.diff(order.astype(int)) < 0).sum() >= 8


def test_simdgroup_functions_keep_their_meaning(run) -> None:
    source = (
        HEADER
        + """
    kernel void k(device const float *in [[buffer(0)]], device float *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]]) {
      const float total = simd_sum(in[i]);
      out[i] = total + simd_shuffle_xor(in[i], 1) + simd_prefix_exclusive_sum(1.0f);
    }"""
    )
    usual, *perturbed = outcomes(run, source)
    assert all(np.array_equal(out, usual) for out in perturbed)
