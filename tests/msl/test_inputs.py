"""The inputs of kernels: every attribute in every type, against the geometry of a dispatch."""

import numpy as np
import pytest

from assay import msl
from assay.errors import CompileError

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"
GRID, GROUP = (10, 6, 4), (8, 3, 4)  # the last group in x is 2 wide

# By thread: position in the grid as z, y, x arrays.
Z, Y, X = np.meshgrid(*(np.arange(n) for n in GRID[::-1]), indexing="ij")
PLACE = np.stack([X, Y, Z], -1).reshape(-1, 3)
FULL = np.array(GROUP)
SIZE = np.minimum(FULL, np.array(GRID) - PLACE // FULL * FULL)
LOCAL = PLACE % FULL
INDEX = (LOCAL[:, 2] * SIZE[:, 1] + LOCAL[:, 1]) * SIZE[:, 0] + LOCAL[:, 0]
THREADS = SIZE.prod(1)


def every(*value: int) -> np.ndarray:
    return np.tile(value, (len(PLACE), 1))


POSITIONS = {
    "thread_position_in_grid": PLACE,
    "threads_per_grid": every(*GRID),
    "thread_position_in_threadgroup": LOCAL,
    "threads_per_threadgroup": SIZE,
    "threadgroup_position_in_grid": PLACE // FULL,
    "threadgroups_per_grid": every(2, 2, 1),
    "dispatch_threads_per_threadgroup": every(*GROUP),
    "grid_origin": every(0, 0, 0),
    "grid_size": every(*GRID),
}
SCALARS = {
    "thread_index_in_threadgroup": INDEX,
    "thread_index_in_simdgroup": INDEX % 32,
    "simdgroup_index_in_threadgroup": INDEX // 32,
    "threads_per_simdgroup": every(32),
    "thread_execution_width": every(32),
    "simdgroups_per_threadgroup": -(-THREADS // 32),
    "dispatch_simdgroups_per_threadgroup": every(3),
    "thread_index_in_quadgroup": INDEX % 4,
    "quadgroup_index_in_threadgroup": INDEX // 4,
    "quadgroups_per_threadgroup": -(-THREADS // 4),
    "dispatch_quadgroups_per_threadgroup": every(24),
}


def values(run, attribute: str, kind: str, width: int, other: str) -> np.ndarray:
    """What every thread reads, as rows of components."""
    own = attribute == "thread_position_in_grid"
    name, at = ("at", "") if own else ("v", f", {other} at [[thread_position_in_grid]]")
    components = [name] if width == 1 else [f"{name}.{c}" for c in "xyz"[:width]]
    stores = " ".join(f"o[n * {width} + {i}] = {c};" for i, c in enumerate(components))
    source = f"""{HEADER}
    kernel void k(device uint *o [[buffer(0)]], {kind} {name} [[{attribute}]]{at}) {{
      uint n = (at.z * 6 + at.y) * 10 + at.x; {stores}
    }}"""
    shape = (np.prod(GRID) * width,)
    return run(source, [np.full(shape, 99, np.uint32)], GRID, GROUP)[0].reshape(-1, width)


@pytest.mark.parametrize("kind", ["uint3", "ushort3", "vec<uint, 3>", "const metal::ushort3"])
@pytest.mark.parametrize("attribute", POSITIONS)
def test_positions_and_sizes(run, attribute: str, kind: str) -> None:
    other = "ushort3" if "ushort" in kind else "uint3"
    assert (values(run, attribute, kind, 3, other) == POSITIONS[attribute]).all()


@pytest.mark.parametrize("kind", ["uint", "ushort", "uint32_t", "const ushort"])
@pytest.mark.parametrize("attribute", SCALARS)
def test_indices_and_counts(run, attribute: str, kind: str) -> None:
    want = SCALARS[attribute].reshape(-1, 1)
    assert (values(run, attribute, kind, 1, "uint3") == want).all()


@pytest.mark.parametrize("attribute", POSITIONS)
def test_positions_of_fewer_components(attribute: str) -> None:
    for kind in ("uint", "ushort", "uint2", "ushort2", "unsigned int", "uint16_t"):
        msl.compile(
            f"{HEADER}kernel void k(device int *o [[buffer(0)]], {kind} v [[{attribute}]]) {{}}"
        )


@pytest.mark.parametrize(
    ("parameter", "hint"),
    [
        ("int v [[thread_position_in_grid]]", "use one of: uint, uint2, uint3, ushort"),
        ("uint4 v [[thread_position_in_grid]]", "use one of: uint, uint2, uint3, ushort"),
        ("float v [[threads_per_grid]]", "use one of: uint, uint2, uint3, ushort"),
        ("uint3 v [[thread_index_in_simdgroup]]", "use one of: uint, ushort"),
        ("ulong v [[simdgroups_per_threadgroup]]", "use one of: uint, ushort"),
        ("uint v [[thread_positon_in_grid]]", "did you mean [[thread_position_in_grid]]?"),
        ("uint v [[simd_group_index_in_threadgroup]]", "did you mean [[simdgroup_index_in"),
        ("uint v [[vertex_id]]", "give it one of the inputs of Metal"),
        ("uint v", "give it one of the inputs of Metal"),
        ("S s", "pass a S as constant S &s [[buffer(n)]]"),
        ("S s [[stage_in]]", "pass a S as constant S &s [[buffer(n)]]"),
        ("float v [[buffer(1)]]", "write: constant float &v [[buffer(n)]]"),
        ("device uint *v [[thread_position_in_grid]]", "write: uint v"),
    ],
)
def test_wrong_inputs(parameter: str, hint: str) -> None:
    before = "struct S { uint v [[thread_position_in_grid]]; };\n"
    with pytest.raises(CompileError) as caught:
        msl.compile(
            f"{HEADER}{before}kernel void k(device int *o [[buffer(0)]],\n{parameter}) {{}}"
        )
    found = caught.value.diagnostics[0]
    assert (found.rule, found.line) == ("kernel-input", 5)
    assert found.hint.startswith(hint)


def test_inputs_of_a_template_parameters_type(run) -> None:
    source = """
template <typename T, typename I = uint>
kernel void fill(device T *x [[buffer(0)]], I i [[thread_position_in_grid]]) { x[i] = T(i) + 1; }
template [[host_name("wide")]] kernel void fill<float>(device float *, uint);
template [[host_name("narrow")]] kernel void fill<float, ushort>(device float *, ushort);
"""
    for name in ("wide", "narrow"):
        out = run(source, [np.zeros(40, np.float32)], (40, 1, 1), kernel=name)[0]
        assert np.array_equal(out, np.arange(1, 41))
