"""What the optimiser makes of common code must not need functions that kernels may not call."""

import numpy as np
import pytest

from assay import msl

HEADER = "#include <metal_stdlib>\nusing namespace metal;\n"


@pytest.mark.parametrize("kind", ["char", "uint"])
def test_walks_up_to_a_zero(run, kind) -> None:
    """Such a loop is the C library's strlen or, over 32-bit elements, wcslen."""
    source = (
        HEADER
        + f"kernel void k(device const {kind} *s, device int *out, uint i "
        + "[[thread_position_in_grid]]) {\n"
        + f"device const {kind} *p = s + i; while (*p) ++p; out[i] = int(p - (s + i)); }}"
    )
    text = np.ones(10, {"char": np.int8, "uint": np.uint32}[kind])
    text[9] = 0
    out = run(source, [text, np.zeros(10, np.int32)], (10, 1, 1))[1]
    assert out.tolist() == list(range(9, -1, -1))


def test_comparisons_of_large_structures() -> None:
    source = (
        HEADER
        + """
struct Key { uint a, b, c, d; ulong e, f; uchar g[40]; };
kernel void k(device const Key *key, device int *out, uint i [[thread_position_in_grid]]) {
  device const Key &p = key[i], &q = key[i + 1];
  bool same = p.a == q.a && p.b == q.b && p.c == q.c && p.d == q.d && p.e == q.e && p.f == q.f;
  for (int n = 0; n < 40; n++) same = same && p.g[n] == q.g[n];
  out[i] = same;
}"""
    )
    assert [kernel.name for kernel in msl.compile(source).kernels] == ["k"]
