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


def test_names_in_several_scopes_casts_and_constants_of_constants():
    source = """
#include <metal_stdlib>
using namespace metal;
enum class In : uint { first = 2, second };
enum class Out { first = 5, second };
namespace lib {
constant constexpr int base = 7;
enum { rest = base + 2 };
struct Slots { static constexpr constant int last = rest + 1; };
}
kernel void k(
    device float *a [[buffer(In::second)]], device float *b [[buffer(int(Out::second))]],
    device float *c [[buffer(static_cast<uint>(Out::first))]],
    device float *d [[buffer(lib::rest)]],
    device float *e [[buffer((uint)lib::Slots::last + 1u)]], device float *f [[buffer(In::first)]],
    simd::uint3 n [[threadgroups_per_grid]]) {}
"""
    (kernel,) = msl.compile(source).kernels
    assert [a.index for a in kernel.arguments] == [3, 6, 5, 9, 11, 2, None]
