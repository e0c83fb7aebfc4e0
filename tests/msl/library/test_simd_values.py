"""Every simdgroup and quadgroup function, in every type, for every set of active lanes.

The lanes of a simdgroup take one of three branches, or a short last simdgroup lacks some. Only
lanes in the same branch take part; what a lane reads from one that does not is undefined and not
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
KINDS = {
    "char": np.int8,
    "uchar": np.uint8,
    "short": np.int16,
    "ushort": np.uint16,
    "int": np.int32,
    "uint": np.uint32,
    "half": np.float16,
    "float": np.float32,
}
THREADS = 32 + 32 + 13  # two full simdgroups and one with 13 lanes
LANE = np.arange(THREADS) % 32
SIMDGROUP = np.arange(THREADS) // 32
# Which branch each thread takes.
BRANCHES = {
    "together": np.zeros(THREADS, int),
    "thirds": LANE % 3,
    "one lane alone": (LANE == 5).astype(int),
    "halves": (LANE >= 16).astype(int),
    "random": np.random.default_rng(8).integers(0, 3, THREADS),
}


@dataclass(frozen=True)
class Group:
    """The lanes that execute an operation together, of a simdgroup or a quadgroup."""

    lanes: np.ndarray  # thread numbers, rising
    first: int  # thread number of the simdgroup's or quadgroup's lane 0
    width: int

    def places(self) -> np.ndarray:
        return self.lanes - self.first


def groups(branch: np.ndarray, width: int) -> Iterator[Group]:
    for first in range(0, THREADS, width):
        members = np.arange(first, min(first + width, THREADS))
        for taken in np.unique(branch[members]):
            yield Group(members[branch[members] == taken], first, width)


Result = tuple[np.ndarray, np.ndarray]  # values of the group's lanes, and which are defined
Operation = Callable[[np.ndarray, Group], Result]


def reduced(function: Callable[[np.ndarray], object]) -> Operation:
    def apply(values: np.ndarray, group: Group) -> Result:
        size = len(group.lanes)
        return np.full(size, function(values[group.lanes])), np.ones(size, bool)

    return apply


def scanned(function: Callable[[np.ndarray], np.ndarray], start: int | None) -> Operation:
    """A prefix; exclusive ones begin with ``start``."""

    def apply(values: np.ndarray, group: Group) -> Result:
        total = function(values[group.lanes]).astype(values.dtype)
        if start is not None:
            total = np.concatenate([[start], total[:-1]])
        return total, np.ones(len(total), bool)

    return apply


def moved(source: Callable[[np.ndarray, int], np.ndarray]) -> Operation:
    """Each lane reads from the place ``source`` of its own; its own value where that is outside."""

    def apply(values: np.ndarray, group: Group) -> Result:
        own = group.places()
        wanted = source(own, group.width)
        outside = (wanted < 0) | (wanted >= group.width)
        threads = np.where(outside, own, wanted) + group.first
        return values[np.minimum(threads, THREADS - 1)], np.isin(threads, group.lanes)

    return apply


def filled(step: int, modulo: int) -> Operation:
    """A shift within vectors of ``modulo`` lanes that moves in the other operand, 100 + value."""

    def apply(values: np.ndarray, group: Group) -> Result:
        own = group.places()
        place = own % modulo + step
        inside = (place >= 0) & (place < modulo)
        threads = own - own % modulo + place % modulo + group.first
        read = values[np.minimum(threads, THREADS - 1)]
        filling = (read + values.dtype.type(100)).astype(values.dtype)
        return np.where(inside, read, filling), np.isin(threads, group.lanes)

    return apply


def fold(ufunc: np.ufunc) -> Callable[[np.ndarray], object]:
    return lambda x: ufunc.reduce(x, dtype=x.dtype)


def operations(name: str) -> dict[str, tuple[str, Operation]]:
    """Calls on ``v``, with the values; # stands for ``simd`` and ``quad``."""
    plus = {
        "#_sum(v)": reduced(fold(np.add)),
        "#_product(w)": reduced(lambda x: fold(np.multiply)(sign(x))),
        "#_min(v)": reduced(np.min),
        "#_max(v)": reduced(np.max),
        "#_prefix_inclusive_sum(v)": scanned(lambda x: np.add.accumulate(x, dtype=x.dtype), None),
        "#_prefix_exclusive_sum(v)": scanned(lambda x: np.add.accumulate(x, dtype=x.dtype), 0),
        "#_prefix_inclusive_product(w)": scanned(
            lambda x: np.cumprod(sign(x), dtype=x.dtype), None
        ),
        "#_prefix_exclusive_product(w)": scanned(lambda x: np.cumprod(sign(x), dtype=x.dtype), 1),
    }
    moves = {
        "#_broadcast(v, 2)": moved(lambda own, width: np.full_like(own, 2)),
        "#_broadcast_first(v)": reduced(lambda x: x[0]),
        "#_shuffle(v, l ^ 3)": moved(lambda own, width: own ^ 3),
        "#_shuffle_xor(v, 1)": moved(lambda own, width: own ^ 1),
        "#_shuffle_up(v, 1)": moved(lambda own, width: own - 1),
        "#_shuffle_down(v, 2)": moved(lambda own, width: own + 2),
        "#_shuffle_rotate_up(v, 1)": moved(lambda own, width: (own - 1) % width),
        "#_shuffle_rotate_down(v, 3)": moved(lambda own, width: (own + 3) % width),
        "#_shuffle_and_fill_up(v, f, 1)": None,
        "#_shuffle_and_fill_down(v, f, 1)": None,
    }
    bits = {
        "#_and(v)": reduced(fold(np.bitwise_and)),
        "#_or(v)": reduced(fold(np.bitwise_or)),
        "#_xor(v)": reduced(fold(np.bitwise_xor)),
    }
    table = {**plus, **moves, **({} if name in ("half", "float") else bits)}
    found: dict[str, tuple[str, Operation]] = {}
    for prefix, width in (("simd", 32), ("quad", 4)):
        for call, operation in table.items():
            if operation is None:
                operation = filled(-1 if "_up" in call else 1, width)
            found[call.replace("#", prefix)] = (prefix, operation)
    found["simd_shuffle_and_fill_up(v, f, 3, 8)"] = ("simd", filled(-3, 8))
    found["simd_shuffle_and_fill_down(v, f, 5, 16)"] = ("simd", filled(5, 16))
    found["quad_shuffle_and_fill_down(v, f, 1, 2)"] = ("quad", filled(1, 2))
    return found


def sign(values: np.ndarray) -> np.ndarray:
    """1, 2 or 3 by value: what the kernels multiply."""
    return np.array([(1, 1, 2, 1, 1, 1, 3, 1)[int(v) & 7] for v in values], values.dtype)


def kernel(name: str, kind: str, width: int, calls: list[str]) -> str:
    """Every call, in each of three branches; a vector has the value in its last component."""
    vector = f"{kind}{width}" if width > 1 else kind
    take = f"[{width - 1}]" if width > 1 else ""
    body = "\n".join(f"o[{n * THREADS}] = (V({call})){take};" for n, call in enumerate(calls))
    branches = " else ".join(f"if (taken == {branch}) {{\n{body}\n}}" for branch in range(3))
    return (
        f"kernel void {name}(device const {kind} *in [[buffer(0)]], device {kind} *out "
        "[[buffer(1)]], device const int *branch [[buffer(2)]],\n"
        "uint i [[thread_position_in_grid]], ushort lane [[thread_index_in_simdgroup]]) {\n"
        f"typedef {vector} V; device {kind} *o = out + i; const int taken = branch[i];\n"
        f"const {kind} factors[] = {{1, 1, 2, 1, 1, 1, 3, 1}};\n"
        f"const {kind} value = in[i]; V v({kind}(0)), f = V({kind}(100)), w({kind}(1));\n"
        f"v{take} = value; f{take} = {kind}(value + {kind}(100));\n"
        f"w{take} = factors[int(value) & 7]; const ushort l = lane;\n{branches}\n}}\n"
    )


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", KINDS)
def test_values(run, name: str, width: int) -> None:
    kind = np.dtype(KINDS[name])
    values = np.random.default_rng(9).integers(0, 20, THREADS).astype(kind)
    if kind.kind != "u":
        values = (values - kind.type(9)).astype(kind)
    table = operations(name)
    # In a quadgroup the place is that among four lanes.
    calls = [
        call if prefix == "simd" else call.replace("l ^ 3", "(l & 3) ^ 3")
        for call, (prefix, _) in table.items()
    ]
    source = HEADER + kernel("k", name, width, calls)
    wrong = []
    for case, branch in BRANCHES.items():
        arrays = [values, np.zeros((len(calls), THREADS), kind), branch.astype(np.int32)]
        got = run(source, arrays, (THREADS, 1, 1), (THREADS, 1, 1))[1]
        for row, (call, (prefix, operation)) in zip(got, table.items(), strict=True):
            for group in groups(branch, 32 if prefix == "simd" else 4):
                with np.errstate(over="ignore"):
                    want, defined = operation(values, group)
                bad = defined & (row[group.lanes] != want.astype(kind))
                wrong += [
                    f"{call} of {name}{width}, {case}, thread {thread}: got {row[thread]}, "
                    f"expected {want.astype(kind)[bad][0]}"
                    for thread in group.lanes[bad][:1]
                ]
    assert not wrong, "\n".join(wrong[:12])
