#include <metal_stdlib>
using namespace metal;

// The threadgroup loads its cells and a ring of neighbours around them, nine populations each, and
// every thread pulls from that tile. Works for every height that the launch rule may choose.

constant int2 DIRECTION[9] = {int2(0, 0), int2(1, 0),  int2(0, 1),   int2(-1, 0), int2(0, -1),
                              int2(1, 1), int2(-1, 1), int2(-1, -1), int2(1, -1)};

kernel void lbm_step(device const float *f_in [[buffer(0)]],
                     device float *f_out [[buffer(1)]],
                     constant uint &NX [[buffer(2)]],
                     constant uint &NY [[buffer(3)]],
                     constant float &tau [[buffer(4)]],
                     uint2 gid [[thread_position_in_grid]],
                     uint2 group [[threadgroup_position_in_grid]],
                     uint2 place [[thread_position_in_threadgroup]],
                     uint2 extent [[threads_per_threadgroup]],
                     uint flat [[thread_index_in_threadgroup]]) {
    threadgroup float tile[9][18 * 18];
    uint cells = NX * NY;
    uint width = extent.x + 2;
    uint size = width * (extent.y + 2);
    for (uint slot = flat; slot < size; slot += extent.x * extent.y) {
        uint i = (group.x * extent.x + slot % width + NX - 1) % NX;
        uint j = (group.y * extent.y + slot / width + NY - 1) % NY;
        for (uint k = 0; k < 9; ++k) {
            tile[k][slot] = f_in[k * cells + j * NX + i];
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    float g[9];
    for (int k = 0; k < 9; ++k) {
        int2 from = int2(place) + 1 - DIRECTION[k];
        g[k] = tile[k][from.y * int(width) + from.x];
    }
    float rho = ((g[0] + g[1]) + (g[2] + g[3])) + ((g[4] + g[5]) + (g[6] + g[7])) + g[8];
    float2 flow = float2(g[1] - g[3] + g[5] - g[6] - g[7] + g[8],
                         g[2] - g[4] + g[5] + g[6] - g[7] - g[8]) / rho;
    float keep = 1.0f - 1.0f / tau;
    float base = 1.0f - 1.5f * dot(flow, flow);
    uint cell = gid.y * NX + gid.x;
    for (int k = 0; k < 9; ++k) {
        float weight = k == 0 ? 4.0f / 9.0f : (k < 5 ? 1.0f / 9.0f : 1.0f / 36.0f);
        float s = dot(float2(DIRECTION[k]), flow);
        f_out[k * cells + cell] = keep * g[k] + weight * rho / tau * (base + s * (3.0f + 4.5f * s));
    }
}
