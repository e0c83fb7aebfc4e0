#include <metal_stdlib>
using namespace metal;

// The neighbours in x come from the lanes beside; a simdgroup holds four rows of eight cells.
kernel void wave_step(device const float *u_prev [[buffer(0)]],
                      device const float *u_curr [[buffer(1)]],
                      device float *u_next [[buffer(2)]],
                      constant uint &NX [[buffer(3)]],
                      constant uint &NY [[buffer(4)]],
                      constant uint &NZ [[buffer(5)]],
                      constant float &alpha [[buffer(6)]],
                      uint3 gid [[thread_position_in_grid]],
                      uint3 local [[thread_position_in_threadgroup]]) {
    const uint plane = NX * NY;
    const uint cell = gid.z * plane + gid.y * NX + gid.x;
    const bool inside = gid.x < NX && gid.y < NY && gid.z < NZ;
    const float u = inside ? u_curr[cell] : 0.0f;
    float left = simd_shuffle_up(u, 1);
    float right = simd_shuffle_down(u, 1);
    if (!inside) {
        return;
    }
    const bool interior = gid.x > 0 && gid.x < NX - 1 && gid.y > 0 && gid.y < NY - 1 &&
                          gid.z > 0 && gid.z < NZ - 1;
    if (!interior) {
        u_next[cell] = u;
        return;
    }
    if (local.x == 0) {
        left = u_curr[cell - 1];
    }
    if (local.x == 7) {
        right = u_curr[cell + 1];
    }
    device const float *centre = u_curr + cell;
    float sum = left + right;
    sum += *(centre - NX);
    sum += *(centre + NX);
    sum += *(centre - plane);
    sum += *(centre + plane);
    u_next[cell] = (2.0f - 6.0f * alpha) * u + (alpha * sum - u_prev[cell]);
}
