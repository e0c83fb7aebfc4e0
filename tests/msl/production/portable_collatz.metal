// As a cross compiler for browsers writes it: qualified names, bounded loops, checked indices.
#include <metal_stdlib>
#include <simd/simd.h>

using metal::uint;
struct AnyDefault {
    template<typename T>
    operator T() && {
        return T {};
    }
};

struct _bufferSizes {
    uint size0;
};

typedef uint type_1[1];
struct type_4 {
    uint inner[4];
};
struct type_5 {
    metal::atomic_uint inner[2];
};
struct Offsets {
    metal::packed_float3 origin;
    int shift;
};
struct _modf_result_f32_ {
    float fract;
    float whole;
};
constant type_4 table = type_4 {1u, 2u, 4u, 8u};

_modf_result_f32_ split(float arg) {
    float other;
    float fract = metal::modf(arg, other);
    return _modf_result_f32_{ fract, other };
}
int checked_div(int lhs, int rhs) {
    return lhs / metal::select(rhs, 1, (lhs == (-2147483647 - 1) & rhs == -1) | (rhs == 0));
}

uint collatz(
    uint n_base
) {
    uint n = {};
    uint i = 0u;
    n = n_base;
    metal::uint2 loop_bound = metal::uint2(4294967295u);
    bool loop_init = true;
    while(true) {
        if (metal::all(loop_bound == metal::uint2(0u))) { break; }
        loop_bound -= metal::uint2(loop_bound.y == 0u, 1u);
        #define LOOP_IS_BOUNDED { volatile bool unpredictable_break = false; if (unpredictable_break) break; }
        LOOP_IS_BOUNDED
        if (!loop_init) {
            i = i + 1u;
        }
        loop_init = false;
        if (n > 1u) {
        } else {
            break;
        }
        {
            if ((n % 2u) == 0u) {
                n = n / 2u;
            } else {
                n = (3u * n) + 1u;
            }
        }
    }
    return i;
}

int classify(
    uint sel
) {
    int r = 0;
    switch(as_type<int>(sel)) {
        case 0:
        case 1: {
            r = 5;
            break;
        }
        case 2: {
            r = 7;
        }
        case 3: {
            r = r + 9;
            break;
        }
        default: {
            break;
        }
    }
    return r;
}

struct main_Input {
};
kernel void main_(
  metal::uint3 global_id [[thread_position_in_grid]]
, metal::uint3 local_id [[thread_position_in_threadgroup]]
, device type_1& v_indices [[buffer(0)]]
, device type_5& totals [[buffer(1)]]
, constant Offsets& offsets [[buffer(2)]]
, constant _bufferSizes& _buffer_sizes [[buffer(3)]]
, threadgroup type_4& shared_
) {
    if (metal::all(local_id == metal::uint3(0u))) {
        shared_ = {};
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    uint idx = global_id.x;
    uint value = uint(idx) < 1 + (_buffer_sizes.size0 - 0 - 4) / 4 ? v_indices[idx] : AnyDefault();
    uint length = collatz(value);
    if (idx < 4u) {
        shared_.inner[metal::min(unsigned(idx), 3u)] = table.inner[idx & 3u];
    }
    metal::threadgroup_barrier(metal::mem_flags::mem_threadgroup);
    metal::float3 v = {};
    v.xy = metal::float2(static_cast<float>(length), 0.5);
    _modf_result_f32_ parts = split(metal::dot(v, offsets.origin));
    uint _e = metal::atomic_fetch_add_explicit(&totals.inner[1], shared_.inner[idx & 3u], metal::memory_order_relaxed);
    metal::atomic_fetch_max_explicit(&totals.inner[0], length, metal::memory_order_relaxed);
    if (uint(idx) < 1 + (_buffer_sizes.size0 - 0 - 4) / 4) {
        v_indices[idx] = static_cast<uint>(parts.whole) + static_cast<uint>(classify(value) + checked_div(offsets.shift, 0));
    }
    return;
}
