#include <metal_stdlib>
using namespace metal;

// A threadgroup of 8 x 8 x 4 threads loads its cells and one layer around them.
constant int WIDTH = 10;
constant int HEIGHT = 10;
constant int DEPTH = 6;

[[max_total_threads_per_threadgroup(256)]]
kernel void wave_step(device const float *u_prev [[buffer(0)]],
                      device const float *u_curr [[buffer(1)]],
                      device float *u_next [[buffer(2)]],
                      constant uint &NX [[buffer(3)]],
                      constant uint &NY [[buffer(4)]],
                      constant uint &NZ [[buffer(5)]],
                      constant float &alpha [[buffer(6)]],
                      uint3 gid [[thread_position_in_grid]],
                      uint3 local [[thread_position_in_threadgroup]],
                      uint3 group [[threadgroup_position_in_grid]],
                      uint lane [[thread_index_in_threadgroup]]) {
    threadgroup float tile[DEPTH][HEIGHT][WIDTH];
    int3 extent = int3(NX, NY, NZ);
    int3 origin = int3(group) * int3(8, 8, 4) - 1;
    for (int flat = int(lane); flat < WIDTH * HEIGHT * DEPTH; flat += 256) {
        int3 place = int3(flat % WIDTH, flat / WIDTH % HEIGHT, flat / (WIDTH * HEIGHT));
        int3 cell = origin + place;
        bool inside = all(cell >= 0) && all(cell < extent);
        tile[place.z][place.y][place.x] =
            inside ? u_curr[(cell.z * extent.y + cell.y) * extent.x + cell.x] : 0.0f;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (any(gid >= uint3(NX, NY, NZ))) {
        return;
    }
    uint i = local.x + 1, j = local.y + 1, k = local.z + 1;
    uint index = (gid.z * NY + gid.y) * NX + gid.x;
    float u = tile[k][j][i];
    if (any(gid == 0u) || any(gid + 1u == uint3(NX, NY, NZ))) {
        u_next[index] = u;
        return;
    }
    float around = (tile[k - 1][j][i] + tile[k + 1][j][i]) +
                   (tile[k][j - 1][i] + tile[k][j + 1][i]) +
                   (tile[k][j][i - 1] + tile[k][j][i + 1]);
    u_next[index] = fma(alpha, around - 6.0f * u, 2.0f * u - u_prev[index]);
}
