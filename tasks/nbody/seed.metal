#include <metal_stdlib>
using namespace metal;

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
    float3 here = pos_in[i].xyz;
    float3 pull = float3(0.0f);
    for (uint j = 0; j < N; ++j) {
        float3 offset = pos_in[j].xyz - here;
        float distance2 = dot(offset, offset) + eps * eps;
        float inverse = rsqrt(distance2 * distance2 * distance2);
        pull += (mass[j] * inverse) * offset;
    }
    float3 velocity = vel_in[i].xyz + G * pull * dt;
    vel_out[i] = float4(velocity, 0.0f);
    pos_out[i] = float4(here + velocity * dt, 0.0f);
}
