#include <metal_stdlib>
using namespace metal;

// The counts are atomic only where threads share them: the buffer that the host binds as atomics is
// declared with plain numbers in the kernel that clears it.
kernel void lj_clear_cells(device uint *cell_count [[buffer(0)]],
                           constant uint &M3 [[buffer(1)]],
                           uint gid [[thread_position_in_grid]]) {
    if (gid < M3) {
        cell_count[gid] = 0;
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
    if (i >= N) {
        return;
    }
    float3 fraction = pos[i].xyz / L;
    uint3 cell = min(uint3((fraction - floor(fraction)) * float(M)), M - 1);
    uint c = (cell.z * M + cell.y) * M + cell.x;
    // A slot is claimed by an exchange that fails where another thread was faster.
    uint slot = atomic_load_explicit(&cell_count[c], memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&cell_count[c], &slot, slot + 1,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    if (slot < MAX_PER_CELL) {
        cell_list[c * MAX_PER_CELL + slot] = i;
    }
}

struct Force {
    float3 sum;

    void add(float3 d, float cutoff) thread {
        float r2 = dot(d, d);
        if (r2 >= cutoff || r2 <= 1e-12f) {
            return;
        }
        float s = 1.0f / r2, s3 = s * s * s;
        sum = fma(float3(-24.0f * fma(2.0f * s3, s3, -s3) * s), d, sum);
    }
};

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
    float3 p = pos_in[i].xyz, fraction = p / L;
    int3 own = int3(min(uint3((fraction - floor(fraction)) * float(M)), M - 1));
    Force force{float3(0.0f)};
    for (int o = 0; o < 27; ++o) {
        int3 c = (own + int3(o % 3, o / 3 % 3, o / 9) - 1 + int(M)) % int(M);
        uint cell = uint((c.z * int(M) + c.y) * int(M) + c.x);
        device const uint *list = cell_list + cell * MAX_PER_CELL;
        for (uint k = 0, n = min(cell_count[cell], MAX_PER_CELL); k < n; ++k) {
            float3 d = pos_in[list[k]].xyz - p;
            force.add(d - L * rint(d / L), rcut2);
        }
    }
    float3 v = vel_in[i].xyz + dt * force.sum;
    vel_out[i] = float4(v, 0.0f);
    pos_out[i] = float4(p + dt * v, 0.0f);
}
