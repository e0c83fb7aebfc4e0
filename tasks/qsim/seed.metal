#include <metal_stdlib>
using namespace metal;

float2 product(float2 a, float2 b) {
    return float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

kernel void qsim_gate(device const float2 *state_in [[buffer(0)]],
                      device float2 *state_out [[buffer(1)]],
                      device const float4 *rows [[buffer(2)]],
                      device const uint2 *wires [[buffer(3)]],
                      constant uint &gate_idx [[buffer(4)]],
                      constant uint &N [[buffer(5)]],
                      uint i [[thread_position_in_grid]]) {
    if (i >= N) {
        return;
    }
    uint target = wires[gate_idx].x;
    uint controls = wires[gate_idx].y;
    float2 own = state_in[i];
    if ((i & controls) != controls) {
        state_out[i] = own;
        return;
    }
    float2 partner = state_in[i ^ (1u << target)];
    if (((i >> target) & 1u) == 0u) {
        float4 row = rows[2 * gate_idx];
        state_out[i] = product(row.xy, own) + product(row.zw, partner);
    } else {
        float4 row = rows[2 * gate_idx + 1];
        state_out[i] = product(row.xy, partner) + product(row.zw, own);
    }
}
