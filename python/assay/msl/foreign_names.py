"""Names of other languages for kernels, and what Metal has instead."""

from __future__ import annotations

import re

_BARRIER = "write threadgroup_barrier(mem_flags::mem_threadgroup)"
_ADD = "write atomic_fetch_add_explicit(p, v, memory_order_relaxed), with p a pointer to an atomic"
_POSITION = "declare an input of the kernel: uint3 {} [[{}]]"

_ADVICE = {
    "__syncthreads": _BARRIER,
    "barrier": _BARRIER,
    "CLK_LOCAL_MEM_FENCE": _BARRIER,
    "CLK_GLOBAL_MEM_FENCE": "write threadgroup_barrier(mem_flags::mem_device)",
    "GroupMemoryBarrierWithGroupSync": _BARRIER,
    "__syncwarp": "write simdgroup_barrier(mem_flags::mem_threadgroup)",
    "__shfl_sync": "write simd_shuffle(v, lane)",
    "__shfl_up_sync": "write simd_shuffle_up(v, delta)",
    "__shfl_down_sync": "write simd_shuffle_down(v, delta)",
    "__shfl_xor_sync": "write simd_shuffle_xor(v, mask)",
    "__ballot_sync": "write simd_ballot(condition)",
    "sub_group_reduce_add": "write simd_sum(v)",
    "WaveActiveSum": "write simd_sum(v)",
    "WaveReadLaneAt": "write simd_shuffle(v, lane)",
    "__shared__": "write threadgroup",
    "__local": "write threadgroup",
    "groupshared": "write threadgroup",
    "__global": "write device",
    "__constant": "write constant",
    "__global__": "write kernel",
    "__kernel": "write kernel",
    "__device__": "leave it out: every function runs on the device",
    "__forceinline__": "write inline",
    "__forceinline": "write inline",
    "threadIdx": _POSITION.format("tid", "thread_position_in_threadgroup"),
    "blockIdx": _POSITION.format("group", "threadgroup_position_in_grid"),
    "blockDim": _POSITION.format("size", "threads_per_threadgroup"),
    "gridDim": _POSITION.format("groups", "threadgroups_per_grid"),
    "get_global_id": _POSITION.format("gid", "thread_position_in_grid"),
    "get_local_id": _POSITION.format("tid", "thread_position_in_threadgroup"),
    "get_group_id": _POSITION.format("group", "threadgroup_position_in_grid"),
    "get_local_size": _POSITION.format("size", "threads_per_threadgroup"),
    "atomicAdd": _ADD,
    "atomic_add": _ADD,
    "atomic_fetch_add": _ADD,
    "InterlockedAdd": _ADD,
    "__popc": "write popcount(x)",
    "__clz": "write clz(x)",
    "__brev": "write reverse_bits(x)",
    "__umulhi": "write mulhi(a, b)",
    "__float_as_uint": "write as_type<uint>(x)",
    "__uint_as_float": "write as_type<float>(x)",
    "__float_as_int": "write as_type<int>(x)",
    "__int_as_float": "write as_type<float>(x)",
    "asuint": "write as_type<uint>(x)",
    "asfloat": "write as_type<float>(x)",
    "floatBitsToUint": "write as_type<uint>(x)",
    "uintBitsToFloat": "write as_type<float>(x)",
    "__ldg": "leave it out and read the element",
    "mad": "write fma(a, b, c)",
    "lerp": "write mix(a, b, t)",
    "frac": "write fract(x)",
    "rcp": "write 1.0f / x",
    "inversesqrt": "write rsqrt(x)",
    "DBL_MAX": "write FLT_MAX",
    "DBL_EPSILON": "write FLT_EPSILON",
}
_CONSTANT = re.compile(r"M_(?:PI|E|LOG2E|LOG10E|LN2|LN10|PI_2|PI_4|1_PI|2_PI|SQRT2|SQRT1_2)$")
_NATIVE = re.compile(r"(?:native|half)_(cos|exp|exp2|log|log2|powr|rsqrt|sin|sqrt|tan)$")
_OF_C = re.compile(
    r"(?:__)?(a?(?:cos|sin|tan)h?|exp2?|log(?:2|10)?|pow|r?sqrt|fabs|floor|ceil|round|trunc|fmod"
    r"|fma|fmin|fmax|atan2|copysign|ldexp)f$"
)


def advice(name: str) -> str | None:
    """What to write instead of a name that Metal does not know; None for one that is not known."""
    if _CONSTANT.match(name):
        return f"write {name}_F"
    match = _NATIVE.match(name)
    if match:
        return f"write fast::{match.group(1)}"
    match = _OF_C.match(name)
    if match:
        return f"write {match.group(1)}"
    return _ADVICE.get(name)
