#include <metal_stdlib>
using namespace metal;

// Cells of a threadgroup follow each other in Z order, so most neighbours lie in its own tile.
inline uint compact(uint v) {
    v &= 0x09249249u;
    v = (v | (v >> 2)) & 0x030c30c3u;
    v = (v | (v >> 4)) & 0x0300f00fu;
    v = (v | (v >> 8)) & 0x030000ffu;
    return (v | (v >> 16)) & 0x000003ffu;
}

inline uint spread(uint v) {
    v = (v | (v << 16)) & 0x030000ffu;
    v = (v | (v << 8)) & 0x0300f00fu;
    v = (v | (v << 4)) & 0x030c30c3u;
    return (v | (v << 2)) & 0x09249249u;
}

inline float fetch(device const float *u_in, threadgroup const float *tile, uint3 cell, uint first,
                   uint width) {
    uint index = spread(cell.x) | (spread(cell.y) << 1) | (spread(cell.z) << 2);
    return index - first < width ? tile[index - first] : u_in[index];
}

kernel void morton_stencil(device const float *u_in [[buffer(0)]],
                           device float *u_out [[buffer(1)]],
                           constant uint &N [[buffer(2)]],
                           constant uint &logN [[buffer(3)]],
                           constant float &alpha [[buffer(4)]],
                           uint tid [[thread_position_in_grid]],
                           uint lane [[thread_index_in_threadgroup]],
                           uint width [[threads_per_threadgroup]]) {
    threadgroup float tile[256];
    const uint first = tid - lane;
    const bool inside = tid < N * N * N;
    const float u = inside ? u_in[tid] : 0.0f;
    tile[lane] = u;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (!inside) {
        return;
    }
    const uint3 cell = uint3(compact(tid), compact(tid >> 1), compact(tid >> 2));
    if (any(cell == 0u) || any(cell == N - 1u)) {
        u_out[tid] = u;
        return;
    }
    float change = -6.0f * u;
    for (uint axis = 0; axis < 3; ++axis) {
        uint3 step = uint3(axis == 0, axis == 1, axis == 2);
        change += fetch(u_in, tile, cell - step, first, width);
        change += fetch(u_in, tile, cell + step, first, width);
    }
    u_out[tid] = u + alpha * change;
}
