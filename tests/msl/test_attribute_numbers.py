"""Attributes may name integer constants, in every kernel of a source."""

from __future__ import annotations

from assay import msl

SOURCE = """
#include <metal_stdlib>
using namespace metal;
constant constexpr int kOut = 3;
constant constexpr int kThreads = 64;

[[max_total_threads_per_threadgroup(kThreads)]]
kernel void first(device float *y [[buffer(kOut)]], uint i [[thread_position_in_grid]])
{
    y[i] = 1.0f;
}

[[max_total_threads_per_threadgroup(kThreads)]]
kernel void second(device float *y [[buffer(kOut)]], uint i [[thread_position_in_grid]])
{
    y[i] = 2.0f;
}
"""


def test_named_indices_hold_in_the_second_kernel_too():
    first, second = msl.compile(SOURCE).kernels
    assert (first.name, second.name) == ("first", "second")
    assert first.arguments[0].index == second.arguments[0].index == 3
