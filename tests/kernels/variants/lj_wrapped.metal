#include <metal_stdlib>
using namespace metal;

// One loop over the 27 cells, periodic by comparison; positions are wrapped once, and a whole cell
// is shifted by the box in place of every pair.
struct Place {
    int3 cell;
    float3 wrapped;
};

static Place locate(float3 position, uint M, float L) {
    Place place;
    place.wrapped = position - L * floor(position / L);
    place.cell = min(int3(place.wrapped * (float(M) / L)), int3(M) - 1);
    return place;
}

static int cell_index(int3 cell, uint M) {
    return (cell.z * int(M) + cell.y) * int(M) + cell.x;
}

kernel void lj_clear_cells(device atomic_uint *cell_count [[buffer(0)]],
                           constant uint &M3 [[buffer(1)]],
                           uint gid [[thread_position_in_grid]]) {
    if (gid < M3) {
        atomic_exchange_explicit(&cell_count[gid], 0u, memory_order_relaxed);
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
    if (i < N) {
        int cell = cell_index(locate(pos[i].xyz, M, L).cell, M);
        uint slot = atomic_fetch_add_explicit(&cell_count[cell], 1u, memory_order_relaxed);
        cell_list[uint(cell) * MAX_PER_CELL + slot] = i;
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
    Place mine = locate(here, M, L);
    float3 acceleration = 0.0f;
    for (int k = 0; k < 27; ++k) {
        int3 cell = mine.cell + int3(k % 3, k / 3 % 3, k / 9) - 1;
        bool3 beyond = cell >= int(M), before = cell < 0;
        float3 shift = float3(beyond) - float3(before);
        cell -= int3(shift) * int(M);
        float3 origin = mine.wrapped - L * shift;
        int index = cell_index(cell, M);
        device const uint *list = cell_list + uint(index) * MAX_PER_CELL;
        for (uint slot = 0, count = cell_count[index]; slot < count; ++slot) {
            if (list[slot] == i) {
                continue;
            }
            float3 other = pos_in[list[slot]].xyz;
            float3 offset = other - L * floor(other / L) - origin;
            float s = dot(offset, offset);
            float inverse2 = s < rcut2 ? 1.0f / s : 0.0f;
            float inverse6 = inverse2 * inverse2 * inverse2;
            acceleration += (inverse6 * inverse2 * (24.0f - 48.0f * inverse6)) * offset;
        }
    }
    float3 velocity = vel_in[i].xyz + acceleration * dt;
    vel_out[i] = float4(velocity, 0.0f);
    pos_out[i] = float4(here + velocity * dt, 0.0f);
}
