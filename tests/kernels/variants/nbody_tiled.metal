#include <metal_stdlib>
using namespace metal;

// The threadgroup loads as many bodies as it has threads, masses in place of w, and all of its threads
// add up their pull; bodies beyond the last have no mass.
kernel void nbody_step(device const float4 *pos_in [[buffer(0)]],
                       device float4 *pos_out [[buffer(1)]],
                       device const float4 *vel_in [[buffer(2)]],
                       device float4 *vel_out [[buffer(3)]],
                       device const float *mass [[buffer(4)]],
                       constant uint &N [[buffer(5)]],
                       constant float &dt [[buffer(6)]],
                       constant float &eps [[buffer(7)]],
                       constant float &G [[buffer(8)]],
                       uint i [[thread_position_in_grid]],
                       uint lane [[thread_position_in_threadgroup]],
                       uint width [[threads_per_threadgroup]]) {
    threadgroup float4 tile[128];
    float3 here = pos_in[min(i, N - 1)].xyz;
    float3 pull = 0.0f;
    for (uint first = 0; first < N; first += width) {
        uint j = first + lane;
        tile[lane] = j < N ? float4(pos_in[j].xyz, mass[j]) : float4(0.0f);
        threadgroup_barrier(mem_flags::mem_threadgroup);
        for (uint k = 0; k < width; ++k) {
            float3 offset = tile[k].xyz - here;
            float inverse = rsqrt(fma(eps, eps, dot(offset, offset)));
            pull = fma(float3(tile[k].w * inverse * inverse * inverse), offset, pull);
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (i < N) {
        float3 velocity = vel_in[i].xyz + G * dt * pull;
        vel_out[i] = float4(velocity, 0.0f);
        pos_out[i] = float4(here + dt * velocity, 0.0f);
    }
}
