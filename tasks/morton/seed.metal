#include <metal_stdlib>
using namespace metal;

uint encode(uint x, uint y, uint z, uint logN) {
    uint index = 0;
    for (uint b = 0; b < logN; ++b) {
        index |= ((x >> b) & 1u) << (3 * b);
        index |= ((y >> b) & 1u) << (3 * b + 1);
        index |= ((z >> b) & 1u) << (3 * b + 2);
    }
    return index;
}

kernel void morton_stencil(device const float *u_in [[buffer(0)]],
                           device float *u_out [[buffer(1)]],
                           constant uint &N [[buffer(2)]],
                           constant uint &logN [[buffer(3)]],
                           constant float &alpha [[buffer(4)]],
                           uint tid [[thread_position_in_grid]]) {
    if (tid >= N * N * N) {
        return;
    }
    uint x = 0;
    uint y = 0;
    uint z = 0;
    for (uint b = 0; b < logN; ++b) {
        x |= ((tid >> (3 * b)) & 1u) << b;
        y |= ((tid >> (3 * b + 1)) & 1u) << b;
        z |= ((tid >> (3 * b + 2)) & 1u) << b;
    }
    float u = u_in[tid];
    if (x == 0 || x == N - 1 || y == 0 || y == N - 1 || z == 0 || z == N - 1) {
        u_out[tid] = u;
        return;
    }
    float neighbours = u_in[encode(x - 1, y, z, logN)] + u_in[encode(x + 1, y, z, logN)] +
                       u_in[encode(x, y - 1, z, logN)] + u_in[encode(x, y + 1, z, logN)] +
                       u_in[encode(x, y, z - 1, logN)] + u_in[encode(x, y, z + 1, logN)];
    u_out[tid] = u + alpha * (neighbours - 6.0f * u);
}
