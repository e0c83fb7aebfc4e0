"""Atomic functions: each on each type it is for, in device and threadgroup memory."""

from __future__ import annotations

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
STORAGE = {"int": np.int32, "uint": np.uint32, "float": np.float32}
ORDER = "memory_order_relaxed"
INTEGER = {
    "add": np.add,
    "sub": np.subtract,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "min": np.minimum,
    "max": np.maximum,
}
OPERATIONS = {
    "int": INTEGER,
    "uint": INTEGER,
    "float": {"add": np.add, "sub": np.subtract},
}
THREADS = 300
CASES = [(kind, name) for kind, names in OPERATIONS.items() for name in names]


def source(kind: str, text: str) -> str:
    """A program in which T is the type, A its atomic, and RELAXED the order."""
    text = text.replace("RELAXED", ORDER)
    return f"{HEADER}typedef {kind} T; typedef atomic_{kind} A;\n{text}"


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_read_modify_write(run, kind: str, name: str) -> None:
    """What all threads make together, and that each saw a value on the way there."""
    text = """
    kernel void k(device const T *in, device A *total, device T *seen, device A *sums,
                  uint i [[thread_position_in_grid]], uint l [[thread_position_in_threadgroup]]) {
      threadgroup A part;
      if (l == 0) atomic_store_explicit(&part, T(77), RELAXED);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      seen[i] = atomic_fetch_NAME_explicit(total, in[i], RELAXED);
      atomic_fetch_NAME_explicit(&part, in[i], RELAXED);
      threadgroup_barrier(mem_flags::mem_threadgroup);
      const T sum = atomic_load_explicit(&part, RELAXED);
      if (l == 0) atomic_store_explicit(&sums[i / 100], sum, RELAXED);
    }"""
    dtype = STORAGE[kind]
    values = np.random.default_rng(2).integers(0, 1000, THREADS).astype(dtype)
    arrays = [values, np.full(1, 77, dtype), np.zeros(THREADS, dtype), np.zeros(3, dtype)]
    _, total, seen, sums = run(
        source(kind, text.replace("NAME", name)), arrays, (THREADS, 1, 1), (100, 1, 1)
    )
    function = OPERATIONS[kind][name]

    def folded(parts: np.ndarray) -> object:
        result = dtype(77)
        with np.errstate(over="ignore"):
            for value in parts:
                result = function(result, value)
        return result

    assert total[0] == folded(values)
    assert sums.tolist() == [folded(values[start : start + 100]) for start in (0, 100, 200)]
    with np.errstate(over="ignore"):
        after = function(seen, values)
    # Sorted by time, what a thread leaves is what the next one sees.
    assert sorted([*seen.tolist(), total[0]]) == sorted([77, *after.tolist()])


@pytest.mark.parametrize("kind", ["int", "uint", "float", "bool"])
def test_exchanges(run, kind: str) -> None:
    """Each value that goes in comes out once; a comparison succeeds when the value is there."""
    text = """
    kernel void k(device A *place, device uint *taken, device atomic_uint *turns,
                  uint i [[thread_position_in_grid]]) {
      taken[i] = uint(atomic_exchange_explicit(place, T(i + 1), RELAXED));
      uint turn = atomic_load_explicit(turns, RELAXED);
      while (!atomic_compare_exchange_weak_explicit(turns, &turn, turn * 2654435761u + 1u,
                                                    RELAXED, RELAXED)) {}
      T wrong = T(0);
      device A *own = place + 1 + i;
      if (atomic_compare_exchange_weak_explicit(own, &wrong, T(1), RELAXED, RELAXED))
        taken[i] = 0xffffffffu;
      if (wrong != T(1)) taken[i] = 0xfffffffeu;
    }"""
    dtype = STORAGE.get(kind, np.uint8)
    place = np.ones(THREADS + 1, dtype)
    arrays = [place, np.zeros(THREADS, np.uint32), np.zeros(1, np.uint32)]
    place, taken, turns = run(source(kind, text), arrays, (THREADS, 1, 1))
    if kind == "bool":
        assert set(taken.tolist()) == {1}
    else:
        assert sorted([*taken.tolist(), int(place[0])]) == sorted([1, *range(1, THREADS + 1)])
    want = 0
    for _ in range(THREADS):
        want = (want * 2654435761 + 1) % 2**32
    assert turns[0] == want


def test_64_bits(run) -> None:
    text = """
    kernel void k(device const T *in, device A *low, device A *high,
                  uint i [[thread_position_in_grid]]) {
      atomic_min_explicit(low, in[i], RELAXED);
      atomic_max_explicit(high, in[i], RELAXED);
    }"""
    x = np.random.default_rng(3).integers(0, 2**64, 500, dtype=np.uint64)
    arrays = [x, np.full(1, 2**64 - 1, np.uint64), np.zeros(1, np.uint64)]
    _, low, high = run(source("ulong", text), arrays, (500, 1, 1))
    assert (low[0], high[0]) == (x.min(), x.max())


@pytest.mark.parametrize("order", ["relaxed", "acquire", "release", "acq_rel", "seq_cst"])
def test_fences(run, order: str) -> None:
    """Threadgroup 1 sees what threadgroup 0 wrote before it raised the flag, or no flag."""
    text = (
        HEADER
        + """kernel void k(device uint *data, device atomic_uint *flag, device uint *seen,
                     uint g [[threadgroup_position_in_grid]]) {
      if (g == 0) {
        data[0] = 5;
        atomic_thread_fence(mem_flags::mem_device, memory_order_ORDER, thread_scope_device);
        atomic_store_explicit(flag, 1, memory_order_relaxed);
      } else {
        const uint raised = atomic_load_explicit(flag, memory_order_relaxed);
        atomic_thread_fence(mem_flags::mem_device | mem_flags::mem_threadgroup, memory_order_ORDER);
        seen[0] = raised ? data[0] : 5;
      }
    }""".replace("ORDER", order)
    )
    arrays = [np.zeros(1, np.uint32) for _ in range(3)]
    assert run(text, arrays, (2, 1, 1), (1, 1, 1))[2][0] == 5


@pytest.mark.parametrize(
    "statement",
    [
        f"atomic_fetch_max_explicit((device atomic_float *)p, 1.0f, {ORDER});",
        f"atomic_fetch_and_explicit((device atomic_float *)p, 1.0f, {ORDER});",
        f"atomic_fetch_add_explicit((device atomic_bool *)p, true, {ORDER});",
        f"atomic_fetch_add_explicit((device atomic_ulong *)p, 1ul, {ORDER});",
        f"atomic_max_explicit(p, 1u, {ORDER});",
        f"atomic_fetch_add_explicit((device uint *)p, 1u, {ORDER});",
        "atomic_fetch_add(p, 1u);",
        "uint x = *p;",
        "p[0] = 1u;",
        "(*p)++;",
        "uint e; atomic_compare_exchange_strong_explicit(p, &e, 1u, memory_order_relaxed,"
        " memory_order_relaxed);",
    ],
)
def test_what_does_not_exist(statement: str) -> None:
    with pytest.raises(CompileError):
        msl.compile(f"{HEADER}kernel void k(device atomic_uint *p) {{\n{statement}\n}}")
