// Sums and exclusive scans by simdgroup; loads of four elements where they lie in one block.
#include <metal_stdlib>
using namespace metal;

constant constexpr uint GROUPS = 8;

static uint4 flags(device const float *x, uint first, uint N, float threshold, thread float4 &value) {
    uint4 kept = uint4(0);
    if (first + 4 <= N) {
        value = *(device const float4 *)(x + first);
        kept = select(uint4(0), uint4(1), value > float4(threshold));
    } else {
        for (uint k = 0; k < 4 && first + k < N; ++k) {
            value[k] = x[first + k];
            kept[k] = value[k] > threshold;
        }
    }
    return kept;
}

// Sum over the threads before this one, of 256; ``all`` gets the sum over all of them.
static uint exclusive_scan(uint own, uint lane, uint group, threadgroup uint *sums,
                           thread uint &all) {
    uint before = simd_prefix_exclusive_sum(own);
    if (lane == 31) {
        sums[group] = before + own;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    all = 0;
    for (uint g = 0; g < GROUPS; ++g) {
        before += g < group ? sums[g] : 0;
        all += sums[g];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    return before;
}

kernel void compact_count(device const float *x [[buffer(0)]],
                          device uint *counts [[buffer(1)]],
                          constant uint &N [[buffer(2)]],
                          constant float &threshold [[buffer(3)]],
                          uint gid [[thread_position_in_grid]],
                          uint tid [[thread_position_in_threadgroup]],
                          uint lane [[thread_index_in_simdgroup]],
                          uint group [[simdgroup_index_in_threadgroup]],
                          uint block [[threadgroup_position_in_grid]]) {
    threadgroup uint sums[GROUPS];
    float4 value = float4(0.0f);
    uint4 kept = flags(x, 4 * gid, N, threshold, value);
    uint sum = simd_sum(kept.x + kept.y + kept.z + kept.w);
    if (lane == 0) {
        sums[group] = sum;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (tid == 0) {
        uint total = 0;
        for (uint g = 0; g < GROUPS; ++g) {
            total += sums[g];
        }
        counts[block] = total;
    }
}

kernel void compact_scan(device const uint *counts [[buffer(0)]],
                         device uint *offsets [[buffer(1)]],
                         device uint *total [[buffer(2)]],
                         constant uint &blocks [[buffer(3)]],
                         uint gid [[thread_position_in_grid]],
                         uint lane [[thread_index_in_simdgroup]],
                         uint group [[simdgroup_index_in_threadgroup]]) {
    threadgroup uint sums[GROUPS];
    uint carried = 0;
    for (uint first = 0; first < blocks; first += 256) {
        uint b = first + gid;
        uint own = b < blocks ? counts[b] : 0, all;
        uint before = exclusive_scan(own, lane, group, sums, all);
        if (b < blocks) {
            offsets[b] = carried + before;
        }
        carried += all;
    }
    if (gid == 0) {
        total[0] = carried;
    }
}

kernel void compact_scatter(device const float *x [[buffer(0)]],
                            device const uint *offsets [[buffer(1)]],
                            device const uint *total [[buffer(2)]],
                            device float *out [[buffer(3)]],
                            constant uint &N [[buffer(4)]],
                            constant float &threshold [[buffer(5)]],
                            uint gid [[thread_position_in_grid]],
                            uint lane [[thread_index_in_simdgroup]],
                            uint group [[simdgroup_index_in_threadgroup]],
                            uint block [[threadgroup_position_in_grid]]) {
    threadgroup uint sums[GROUPS];
    float4 value = float4(0.0f);
    uint4 kept = flags(x, 4 * gid, N, threshold, value);
    uint all;
    uint own = kept.x + kept.y + kept.z + kept.w;
    uint place = offsets[block] + exclusive_scan(own, lane, group, sums, all);
    uint end = total[0];
    for (uint k = 0; k < 4; ++k) {
        if (kept[k]) {
            out[place++] = value[k];
        }
        uint i = 4 * gid + k;
        if (i < N && i >= end) {
            out[i] = 0.0f;
        }
    }
}
