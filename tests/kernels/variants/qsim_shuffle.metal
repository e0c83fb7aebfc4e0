// Partners exchanged within the simdgroup where the target is one of its five bits; no branches on
// the amplitude's place, and fused multiply-adds throughout.
#include <metal_stdlib>
using namespace metal;

inline float2 multiply_add(float2 a, float2 b, float2 sum) {
    sum = fma(float2(a.x), b, sum);
    return fma(float2(-a.y, a.y), b.yx, sum);
}

kernel void qsim_gate(device const float2 *state_in [[buffer(0)]],
                      device float2 *state_out [[buffer(1)]],
                      device const float4 *rows [[buffer(2)]],
                      device const uint2 *wires [[buffer(3)]],
                      constant uint &gate_idx [[buffer(4)]],
                      constant uint &N [[buffer(5)]],
                      uint i [[thread_position_in_grid]]) {
    const uint2 wire = wires[gate_idx];
    const uint bit = 1u << wire.x;
    const float2 own = state_in[min(i, N - 1)];
    float2 partner;
    if (wire.x < 5) {
        partner.x = simd_shuffle_xor(own.x, ushort(bit));
        partner.y = simd_shuffle_xor(own.y, ushort(bit));
    } else {
        partner = state_in[min(i, N - 1) ^ bit];
    }
    const bool upper = (i & bit) != 0;
    const float4 row = rows[2 * gate_idx + uint(upper)];
    const float2 diagonal = upper ? row.zw : row.xy;
    const float2 other = upper ? row.xy : row.zw;
    const float2 result = multiply_add(other, partner, multiply_add(diagonal, own, float2(0.0f)));
    if (i < N) {
        state_out[i] = (i & wire.y) == wire.y ? result : own;
    }
}
