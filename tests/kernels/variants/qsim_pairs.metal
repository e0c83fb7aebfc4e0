// For low targets a tile in threadgroup memory; for the others, one thread of a pair does the work
// of both.
#include <metal_stdlib>
using namespace metal;

constant constexpr uint TILE = 256;

static float2 combine(float4 row, float2 lower, float2 upper) {
    float real = dot(row, float4(lower.x, -lower.y, upper.x, -upper.y));
    float imaginary = dot(row, float4(lower.y, lower.x, upper.y, upper.x));
    return float2(real, imaginary);
}

[[max_total_threads_per_threadgroup(TILE)]]
kernel void qsim_gate(device const float2 *state_in [[buffer(0)]],
                      device float2 *state_out [[buffer(1)]],
                      device const float4 *rows [[buffer(2)]],
                      device const uint2 *wires [[buffer(3)]],
                      constant uint &gate_idx [[buffer(4)]],
                      constant uint &N [[buffer(5)]],
                      uint i [[thread_position_in_grid]],
                      uint lane [[thread_position_in_threadgroup]],
                      uint width [[threads_per_threadgroup]]) {
    threadgroup float2 tile[TILE];
    uint2 wire = wires[gate_idx];
    uint bit = 1u << wire.x;
    float4 first = rows[2 * gate_idx], second = rows[2 * gate_idx + 1];
    bool low = bit < width;
    if (low) {
        if (i < N) {
            tile[lane] = state_in[i];
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (i >= N || (!low && (i & bit))) {
        return;
    }
    bool active = (i & wire.y) == wire.y;
    if (low) {
        float2 own = tile[lane];
        if (active) {
            uint other = lane ^ bit;
            own = (lane & bit) ? combine(second, tile[other], own) : combine(first, own, tile[other]);
        }
        state_out[i] = own;
        return;
    }
    float2 lower = state_in[i], upper = state_in[i | bit];
    state_out[i] = active ? combine(first, lower, upper) : lower;
    state_out[i | bit] = active ? combine(second, lower, upper) : upper;
}
