#include <metal_stdlib>
using namespace metal;

kernel void lj_clear_cells(device atomic_uint *cell_count [[buffer(0)]],
                           constant uint &M3 [[buffer(1)]],
                           uint gid [[thread_position_in_grid]]) {
    if (gid >= M3) {
        return;
    }
    atomic_store_explicit(&cell_count[gid], 0u, memory_order_relaxed);
}

inline uint3 cell_of(float3 position, uint M, float L) {
    float3 wrapped = position - L * floor(position / L);
    return min(uint3(wrapped / (L / float(M))), uint3(M - 1));
}

kernel void lj_build_cells(device const float4 *pos [[buffer(0)]],
                           device atomic_uint *cell_count [[buffer(1)]],
                           device uint *cell_list [[buffer(2)]],
                           constant uint &N [[buffer(3)]],
                           constant uint &M [[buffer(4)]],
                           constant float &L [[buffer(5)]],
                           constant uint &MAX_PER_CELL [[buffer(6)]],
                           uint i [[thread_position_in_grid]]) {
    if (i >= N) {
        return;
    }
    uint3 place = cell_of(pos[i].xyz, M, L);
    uint cell = (place.z * M + place.y) * M + place.x;
    uint slot = atomic_fetch_add_explicit(&cell_count[cell], 1u, memory_order_relaxed);
    if (slot < MAX_PER_CELL) {
        cell_list[cell * MAX_PER_CELL + slot] = i;
    }
}

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
                    uint i [[thread_position_in_grid]]) {
    if (i >= N) {
        return;
    }
    float3 here = pos_in[i].xyz;
    uint3 home = cell_of(here, M, L);
    float3 pull = float3(0.0f);
    for (uint dz = 0; dz < 3; ++dz) {
        for (uint dy = 0; dy < 3; ++dy) {
            for (uint dx = 0; dx < 3; ++dx) {
                uint x = (home.x + M + dx - 1) % M;
                uint y = (home.y + M + dy - 1) % M;
                uint z = (home.z + M + dz - 1) % M;
                uint cell = (z * M + y) * M + x;
                uint count = min(cell_count[cell], MAX_PER_CELL);
                for (uint slot = 0; slot < count; ++slot) {
                    uint j = cell_list[cell * MAX_PER_CELL + slot];
                    float3 offset = pos_in[j].xyz - here;
                    offset -= L * round(offset / L);
                    float s = dot(offset, offset);
                    if (s >= rcut2 || s <= 1e-12f) {
                        continue;
                    }
                    float inverse2 = 1.0f / s;
                    float inverse6 = inverse2 * inverse2 * inverse2;
                    pull -= (24.0f * (2.0f * inverse6 * inverse6 - inverse6) * inverse2) * offset;
                }
            }
        }
    }
    float3 velocity = vel_in[i].xyz + pull * dt;
    vel_out[i] = float4(velocity, 0.0f);
    pos_out[i] = float4(here + velocity * dt, 0.0f);
}
