#include <metal_stdlib>
using namespace metal;

kernel void mytask_step(device const float *u_in [[buffer(0)]],
                        device float *u_out [[buffer(1)]],
                        constant uint &N [[buffer(2)]],
                        constant float &weight [[buffer(3)]],
                        uint i [[thread_position_in_grid]]) {
    if (i >= N) {
        return;
    }
    float u = u_in[i];
    if (i == 0 || i == N - 1) {
        u_out[i] = u;
        return;
    }
    u_out[i] = u + weight * (u_in[i - 1] - 2.0f * u + u_in[i + 1]);
}
