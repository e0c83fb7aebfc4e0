"""Kernels that are right in any order of their threads, and kernels that are not."""

import numpy as np
import pytest

from assay.errors import DeviceError, PipelineError

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


TICKETS = """
kernel void k(device atomic_uint *next [[buffer(0)]], device uint *order [[buffer(1)]],
              uint l [[thread_position_in_threadgroup]], uint g [[threadgroup_position_in_grid]]) {
  threadgroup_barrier(mem_flags::mem_none);
  if (l == 0) order[atomic_fetch_add_explicit(next, 1, memory_order_relaxed)] = g;
}"""


@pytest.mark.parametrize("threadgroups", [1, 2, 3, 5, 64, 1000])
def test_threadgroups_run_in_random_order(run, threadgroups) -> None:
    arrays = [np.zeros(1, np.uint32), np.zeros(threadgroups, np.uint32)]
    found = in_every_order(run, TICKETS, arrays, 32 * threadgroups, 32, 6)
    orders = [order.astype(int) for _, order in found[1:]]
    for order in orders:
        assert sorted(order.tolist()) == list(range(threadgroups))
    if threadgroups < 64:
        return
    assert len({tuple(order[:8]) for order in orders}) == len(orders)
    for order in orders:
        # Half of the steps of a random order go down, and hardly any two are alike.
        steps = np.diff(order)
        assert 0.3 < (steps < 0).mean() < 0.7
        assert len(np.unique(steps % threadgroups)) > 0.4 * threadgroups


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


def in_every_order(run, source, arrays, grid, group, count=8, arguments=()) -> list[list]:
    """The arrays after a dispatch in the usual order, and in others."""
    pipeline = run.device.compile(HEADER + source).pipeline("k")
    found = []
    for perturbation in range(count):
        buffers = [run.device.buffer(array) for array in arrays]
        commands = run.device.command_buffer(perturbation)
        commands.set_pipeline(pipeline)
        for index, buffer in enumerate(buffers):
            commands.set_buffer(buffer, 0, index)
        for index, length in enumerate(arguments):
            commands.set_threadgroup_memory(length, index)
        commands.dispatch_threads((grid, 1, 1), (group, 1, 1))
        commands.commit()
        commands.wait(10.0)
        views = (b.view(a.dtype, a.shape) for b, a in zip(buffers, arrays, strict=True))
        found.append([view.copy() for view in views])
    return found


# One pass: each threadgroup takes the next number, adds up its part, and waits for the sum of all
# parts before. The number makes sure that those have started.
LOOK_BACK = """
kernel void k(device const uint *in [[buffer(0)]], device uint *out [[buffer(1)]],
              device atomic_uint *state [[buffer(2)]], uint l [[thread_position_in_threadgroup]],
              uint n [[threads_per_threadgroup]]) {
  threadgroup uint number, before;
  threadgroup uint sums[64];
  if (l == 0) number = atomic_fetch_add_explicit(state, 1, memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  const uint i = number * 64 + l;
  sums[l] = in[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  uint own = 0;
  for (uint j = 0; j <= l; ++j) own += sums[j];
  if (l == n - 1) {
    uint found = 0;
    while (number > 0 && found == 0)
      found = atomic_load_explicit(state + number, memory_order_relaxed);
    before = number > 0 ? found - 1 : 0;
    atomic_store_explicit(state + number + 1, before + own + 1, memory_order_relaxed);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out[i] = before + own;
}"""


def test_looking_back_at_earlier_threadgroups_is_no_fault(run) -> None:
    x = np.random.default_rng(1).integers(0, 9, 64 * 200).astype(np.uint32)
    arrays = [x, np.zeros_like(x), np.zeros(202, np.uint32)]
    for _, out, _ in in_every_order(run, LOOK_BACK, arrays, len(x), 64):
        assert np.array_equal(out, x.cumsum(dtype=np.uint32))


DIVERGENT = """
static int deeper(int x, uint lane) { return lane % 3 == 0 ? simd_max(x) : simd_min(x); }
kernel void k(device const int *in [[buffer(0)]], device int *out [[buffer(1)]],
              uint i [[thread_position_in_grid]], uint lane [[thread_index_in_simdgroup]]) {
  int total = 0;
  if (lane < 10) total = simd_sum(in[i]);
  else if (lane & 1) total = deeper(in[i], lane);
  for (uint j = 0; j < lane % 4; ++j) total += 1000 * simd_sum(1);
  switch (lane % 5) {
    case 0: total += simd_prefix_inclusive_sum(in[i]); break;
    case 1: total += 7; break;
    default: total += simd_broadcast_first(in[i]);
  }
  out[i] = total;
}"""


def divergent(x: np.ndarray) -> np.ndarray:
    """What DIVERGENT makes of one simdgroup, which may lack lanes at its end."""
    lane, total = np.arange(len(x)), np.zeros(len(x), int)
    low, odd = lane < 10, (lane >= 10) & (lane % 2 == 1)
    total[low] = x[low].sum()
    for part, reduce in ((lane % 3 == 0, np.max), (lane % 3 != 0, np.min)):
        if (odd & part).any():
            total[odd & part] = reduce(x[odd & part])
    for j in range(3):
        active = lane % 4 > j
        total[active] += 1000 * active.sum()
    zero, other = lane % 5 == 0, lane % 5 > 1
    total[zero] += x[zero].cumsum()
    total[lane % 5 == 1] += 7
    if other.any():
        total[other] += x[other][0]
    return total


def test_divergent_simdgroups_that_lack_lanes(run) -> None:
    for group, grid in ((64, 192), (50, 150), (33, 99), (7, 21), (96, 250)):
        x = np.random.default_rng(group).integers(-9, 9, grid).astype(np.int32)
        want = [
            divergent(x[first : min(first + 32, start + group)])
            for start in range(0, grid, group)
            for first in range(start, min(start + group, grid), 32)
        ]
        for _, out in in_every_order(run, DIVERGENT, [x, np.zeros_like(x)], grid, group):
            assert np.array_equal(out, np.concatenate(want))


@pytest.mark.parametrize("perturbation", [0, 3])
@pytest.mark.parametrize(
    ("memory", "arguments"),
    [("threadgroup float t[64];", ""), ("", ", threadgroup float *t [[threadgroup(0)]]")],
)
def test_threadgroup_memory_ends_at_a_guard(run, memory, arguments, perturbation) -> None:
    source = f"""{HEADER}
    kernel void k(device float *x [[buffer(0)]], uint l [[thread_position_in_threadgroup]]
                  {arguments}) {{
      {memory}
      t[l + uint(x[0])] = 1;
      threadgroup_barrier(mem_flags::mem_threadgroup);
      x[l + 1] = t[l];
    }}"""
    pipeline = run.device.compile(source).pipeline("k")
    for beyond, fails in ((0, False), (1, True)):
        buffer = run.device.buffer(np.full(65, beyond, np.float32))
        commands = run.device.command_buffer(perturbation)
        commands.set_pipeline(pipeline)
        commands.set_buffer(buffer, 0, 0)
        if arguments:
            commands.set_threadgroup_memory(256, 0)
        commands.dispatch_threads((64, 1, 1), (64, 1, 1))
        commands.commit()
        if fails:
            with pytest.raises(DeviceError, match=r"outside .*thread.*256 bytes"):
                commands.wait(10.0)
        else:
            commands.wait(10.0)


def test_the_limit_of_threadgroup_memory_counts_what_a_kernel_refers_to(run) -> None:
    def kernel(name: str, used: str) -> str:
        return f"""kernel void {name}(device float *x [[buffer(0)]]) {{
          threadgroup float a[6000]; threadgroup float b[4000]; threadgroup float c[50000];
          {used} }}"""

    source = HEADER + "\n".join(
        kernel(name, used)
        for name, used in {
            "none": "x[0] = 1;",
            "one": "a[0] = x[0]; x[1] = a[0];",
            "other": "b[0] = x[0]; x[1] = b[0];",
            "both": "a[0] = x[0]; b[0] = a[0]; x[1] = b[0];",
        }.items()
    )
    library = run.device.compile(source)
    sizes = [
        library.pipeline(name).static_threadgroup_memory_length for name in ("none", "one", "other")
    ]
    assert sizes == [0, 24000, 16000]
    with pytest.raises(PipelineError, match="40000"):
        library.pipeline("both")
