#include <metal_stdlib>
using namespace metal;

// Four bodies at a time, transposed: one float4 holds the same coordinate of all of them, so that no
// component is idle and four sums run independently. A remainder follows one by one.
static float4 weight(float4 x, float4 y, float4 z, float softening) {
    float4 distance2 = x * x + y * y + z * z + softening;
    return 1.0f / (distance2 * sqrt(distance2));
}

kernel void nbody_step(device const float4 *pos_in [[buffer(0)]],
                       device float4 *pos_out [[buffer(1)]],
                       device const float4 *vel_in [[buffer(2)]],
                       device float4 *vel_out [[buffer(3)]],
                       device const float *mass [[buffer(4)]],
                       constant uint &N [[buffer(5)]],
                       constant float &dt [[buffer(6)]],
                       constant float &eps [[buffer(7)]],
                       constant float &G [[buffer(8)]],
                       uint i [[thread_position_in_grid]]) {
    if (i >= N) {
        return;
    }
    const float softening = eps * eps;
    const float4 here = pos_in[i];
    float4 pull_x = 0.0f, pull_y = 0.0f, pull_z = 0.0f;
    uint j = 0;
    for (; j + 4 <= N; j += 4) {
        float4 a = pos_in[j], b = pos_in[j + 1], c = pos_in[j + 2], d = pos_in[j + 3];
        float4 x = float4(a.x, b.x, c.x, d.x) - here.x;
        float4 y = float4(a.y, b.y, c.y, d.y) - here.y;
        float4 z = float4(a.z, b.z, c.z, d.z) - here.z;
        float4 m = *(device const float4 *)(mass + j) * weight(x, y, z, softening);
        pull_x += m * x;
        pull_y += m * y;
        pull_z += m * z;
    }
    for (; j < N; ++j) {
        float4 offset = pos_in[j] - here;
        float m = mass[j] * weight(offset.x, offset.y, offset.z, softening).x;
        pull_x.x += m * offset.x;
        pull_y.x += m * offset.y;
        pull_z.x += m * offset.z;
    }
    float3 pull = float3(dot(pull_x, float4(1.0f)), dot(pull_y, float4(1.0f)),
                         dot(pull_z, float4(1.0f)));
    float3 velocity = vel_in[i].xyz + G * pull * dt;
    vel_out[i] = float4(velocity, 0.0f);
    pos_out[i] = float4(here.xyz + velocity * dt, 0.0f);
}
