#include <metal_stdlib>
using namespace metal;

constant uint BLOCK = 1024;
constant uint EACH = 4;

uint kept(device const float *x, uint first, uint N, float threshold) {
    uint count = 0;
    for (uint i = first; i < min(first + EACH, N); ++i) {
        count += x[i] > threshold ? 1 : 0;
    }
    return count;
}

kernel void compact_count(device const float *x [[buffer(0)]],
                          device uint *counts [[buffer(1)]],
                          constant uint &N [[buffer(2)]],
                          constant float &threshold [[buffer(3)]],
                          uint gid [[thread_position_in_grid]],
                          uint thread_id [[thread_position_in_threadgroup]],
                          uint block [[threadgroup_position_in_grid]]) {
    threadgroup atomic_uint count;
    if (thread_id == 0) {
        atomic_store_explicit(&count, 0, memory_order_relaxed);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    uint own = kept(x, EACH * gid, N, threshold);
    atomic_fetch_add_explicit(&count, own, memory_order_relaxed);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (thread_id == 0) {
        counts[block] = atomic_load_explicit(&count, memory_order_relaxed);
    }
}

kernel void compact_scan(device const uint *counts [[buffer(0)]],
                         device uint *offsets [[buffer(1)]],
                         device uint *total [[buffer(2)]],
                         constant uint &blocks [[buffer(3)]],
                         uint gid [[thread_position_in_grid]]) {
    if (gid != 0) {
        return;
    }
    uint sum = 0;
    for (uint block = 0; block < blocks; ++block) {
        offsets[block] = sum;
        sum += counts[block];
    }
    total[0] = sum;
}

kernel void compact_scatter(device const float *x [[buffer(0)]],
                            device const uint *offsets [[buffer(1)]],
                            device const uint *total [[buffer(2)]],
                            device float *out [[buffer(3)]],
                            constant uint &N [[buffer(4)]],
                            constant float &threshold [[buffer(5)]],
                            uint gid [[thread_position_in_grid]],
                            uint thread_id [[thread_position_in_threadgroup]],
                            uint block [[threadgroup_position_in_grid]]) {
    threadgroup uint counts[BLOCK / EACH];
    uint first = EACH * gid;
    counts[thread_id] = kept(x, first, N, threshold);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    uint place = offsets[block];
    for (uint before = 0; before < thread_id; ++before) {
        place += counts[before];
    }
    for (uint i = first; i < min(first + EACH, N); ++i) {
        if (x[i] > threshold) {
            out[place] = x[i];
            place += 1;
        }
        if (i >= total[0]) {
            out[i] = 0.0f;
        }
    }
}
