#include <metal_stdlib>
using namespace metal;

kernel void heat_step(device const float *u_in [[buffer(0)]],
                      device float *u_out [[buffer(1)]],
                      constant uint &NX [[buffer(2)]],
                      constant uint &NY [[buffer(3)]],
                      constant float &alpha [[buffer(4)]],
                      uint2 gid [[thread_position_in_grid]]) {
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    uint cell = gid.y * NX + gid.x;
    float u = u_in[cell];
    if (gid.x == 0 || gid.x == NX - 1 || gid.y == 0 || gid.y == NY - 1) {
        u_out[cell] = u;
        return;
    }
    float neighbours = u_in[cell - 1] + u_in[cell + 1] + u_in[cell - NX] + u_in[cell + NX];
    u_out[cell] = u + alpha * (neighbours - 4.0f * u);
}
