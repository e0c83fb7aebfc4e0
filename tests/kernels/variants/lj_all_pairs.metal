#include <metal_stdlib>
using namespace metal;

// Forces from all particles, tile by tile through threadgroup memory, without the cell list.
constant constexpr uint TILE = 128;

kernel void lj_clear_cells(device atomic_uint *cell_count [[buffer(0)]],
                           constant uint &M3 [[buffer(1)]],
                           uint gid [[thread_position_in_grid]]) {
    if (gid < M3) {
        atomic_store_explicit(cell_count + gid, 0, memory_order_relaxed);
    }
}

kernel void lj_build_cells(device const float4 *pos [[buffer(0)]],
                           device atomic_uint *cell_count [[buffer(1)]],
                           device uint *cell_list [[buffer(2)]],
                           constant uint &N [[buffer(3)]],
                           constant uint &M [[buffer(4)]],
                           constant float &L [[buffer(5)]],
                           constant uint &MAX_PER_CELL [[buffer(6)]],
                           uint i [[thread_position_in_grid]]) {
}

[[max_total_threads_per_threadgroup(TILE)]]
kernel void lj_step(device const float4 *pos_in [[buffer(0)]],
                    device float4 *pos_out [[buffer(1)]],
                    device const float4 *vel_in [[buffer(2)]],
                    device float4 *vel_out [[buffer(3)]],
                    device const uint *cell_count [[buffer(4)]],
                    device const uint *cell_list [[buffer(5)]],
                    constant uint &N [[buffer(6)]],
                    constant uint &M [[buffer(7)]],
                    constant float &L [[buffer(8)]],
                    constant float &rcut2 [[buffer(9)]],
                    constant float &dt [[buffer(10)]],
                    constant uint &MAX_PER_CELL [[buffer(11)]],
                    uint i [[thread_position_in_grid]],
                    uint rank [[thread_position_in_threadgroup]],
                    uint group [[threads_per_threadgroup]]) {
    threadgroup float3 tile[TILE];
    float3 here = pos_in[min(i, N - 1)].xyz;
    float3 acceleration = 0.0f;
    float per_box = 1.0f / L;
    for (uint start = 0; start < N; start += group) {
        uint present = min(group, N - start);
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (rank < present) {
            tile[rank] = pos_in[start + rank].xyz;
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
        for (uint k = 0; k < present; ++k) {
            float3 offset = here - tile[k];
            offset -= L * rint(offset * per_box);
            float distance2 = length_squared(offset);
            if (distance2 < rcut2 && distance2 > 1e-12f) {
                float inverse2 = 1.0f / distance2;
                float inverse6 = inverse2 * inverse2 * inverse2;
                acceleration += (48.0f * inverse6 * (inverse6 - 0.5f) * inverse2) * offset;
            }
        }
    }
    if (i < N) {
        float3 velocity = fma(acceleration, dt, vel_in[i].xyz);
        vel_out[i] = float4(velocity, 0.0f);
        pos_out[i] = float4(fma(velocity, dt, here), 0.0f);
    }
}
