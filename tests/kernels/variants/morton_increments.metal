#include <metal_stdlib>
using namespace metal;

// Adds and subtracts one in a coordinate without taking the interleaved index apart.
constant uint EVERY_THIRD = 0x49249249u;

inline uint up(uint index, uint mask) { return (((index | ~mask) + 1u) & mask) | (index & ~mask); }

inline uint down(uint index, uint mask) { return (((index & mask) - 1u) & mask) | (index & ~mask); }

kernel void morton_stencil(device const float *u_in [[buffer(0)]],
                           device float *u_out [[buffer(1)]],
                           constant uint &N [[buffer(2)]],
                           constant uint &logN [[buffer(3)]],
                           constant float &alpha [[buffer(4)]],
                           uint tid [[thread_position_in_grid]]) {
    const uint cells = 1u << (3u * logN);
    if (tid >= cells) {
        return;
    }
    float sum = 0.0f;
    bool face = false;
    for (uint axis = 0; axis < 3; ++axis) {
        const uint mask = (EVERY_THIRD << axis) & (cells - 1u);
        const uint here = tid & mask;
        if (here == 0u || here == mask) {
            face = true;
            break;
        }
        sum += u_in[up(tid, mask)] + u_in[down(tid, mask)];
    }
    const float u = u_in[tid];
    u_out[tid] = face ? u : fma(alpha, sum, (1.0f - 6.0f * alpha) * u);
}
