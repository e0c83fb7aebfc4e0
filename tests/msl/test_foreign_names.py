"""Names of other languages are told by what Metal has instead."""

import re

import pytest

from assay import msl
from assay.errors import CompileError
from assay.msl import foreign_names

SOURCE = """#include <metal_stdlib>
using namespace metal;
kernel void k(device float *y [[buffer(0)]], uint i [[thread_position_in_grid]]) {
%s
}
"""
# A statement in another language, and the same in Metal.
STATEMENTS = {
    "__syncthreads();": "threadgroup_barrier(mem_flags::mem_threadgroup);",
    "barrier(CLK_LOCAL_MEM_FENCE);": "threadgroup_barrier(mem_flags::mem_threadgroup);",
    "__shared__ float s[4];": "threadgroup float s[4];",
    "__local float s[4];": "threadgroup float s[4];",
    "y[i] = __shfl_down_sync(~0u, y[i], 1);": "y[i] = simd_shuffle_down(y[i], 1);",
    "y[i] = native_rsqrt(2.0f);": "y[i] = fast::rsqrt(2.0f);",
    "y[i] = sqrtf(2.0f);": "y[i] = sqrt(2.0f);",
    "y[i] = M_PI;": "y[i] = M_PI_F;",
    "y[i] = mad(y[i], 2.0f, 1.0f);": "y[i] = fma(y[i], 2.0f, 1.0f);",
    "y[i] = __float_as_uint(y[i]);": "y[i] = as_type<uint>(y[i]);",
    "y[i] = lerp(0.0f, 1.0f, 0.5f);": "y[i] = mix(0.0f, 1.0f, 0.5f);",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_hint_names_what_metal_has(statement: str) -> None:
    with pytest.raises(CompileError) as caught:
        msl.compile(SOURCE % statement)
    first = caught.value.diagnostics[0]
    assert (first.rule, first.line) == ("unknown-name", 4)
    name = re.search(r"write ([\w:]+)", first.hint).group(1)
    assert name in STATEMENTS[statement]
    assert re.search(r"'(\w+)'", first.message).group(1) in statement


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_the_hint_names_compiles(statement: str) -> None:
    assert msl.compile(SOURCE % STATEMENTS[statement]).kernels


def test_other_names_have_no_advice() -> None:
    assert foreign_names.advice("pitch") is None
    assert foreign_names.advice("half_width") is None
