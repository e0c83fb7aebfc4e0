#include <metal_stdlib>
using namespace metal;

// Pairs of components as float2, columns of the symmetric matrix in place of its rows, and momenta
// that are kicked once per step: the half kicks at both ends are put in where the energy needs them.
static uint fmix32(uint x) {
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ (x >> 16);
}

static float2 draw2(uint stream, uint counter) {
    uint2 bits = uint2(fmix32(fmix32(stream ^ counter)), fmix32(fmix32(stream ^ (counter + 1))));
    return float2(bits >> 8) * exp2(-24.0f);
}

static void gradient(device const float *A, uint d, thread const float2 *q, thread float2 *f) {
    uint half_d = d / 2;
    for (uint i = 0; i < half_d; ++i) {
        f[i] = float2(0.0f);
    }
    for (uint j = 0; j < d; ++j) {
        float weight = q[j / 2][j % 2];
        device const float *row = A + j * d;
        for (uint i = 0; i < half_d; ++i) {
            f[i] += weight * float2(row[2 * i], row[2 * i + 1]);
        }
    }
}

static float energy(uint d, thread const float2 *q, thread const float2 *p, thread const float2 *f) {
    float total = 0.0f;
    for (uint i = 0; i < d / 2; ++i) {
        total += dot(q[i], f[i]) + dot(p[i], p[i]);
    }
    return 0.5f * total;
}

static void kick(uint d, float weight, thread float2 *p, thread const float2 *f) {
    for (uint i = 0; i < d / 2; ++i) {
        p[i] -= weight * f[i];
    }
}

kernel void hmc_step(device const float *q_in [[buffer(0)]],
                     device float *q_out [[buffer(1)]],
                     device uint *accept_cnt [[buffer(2)]],
                     device const float *A [[buffer(3)]],
                     constant uint &K [[buffer(4)]],
                     constant uint &d [[buffer(5)]],
                     constant uint &L [[buffer(6)]],
                     constant float &eps [[buffer(7)]],
                     constant uint &hmc_step_idx [[buffer(8)]],
                     constant uint &seed [[buffer(9)]],
                     uint chain_idx [[thread_position_in_grid]]) {
    if (chain_idx >= K) {
        return;
    }
    device const float2 *from = (device const float2 *)(q_in + chain_idx * d);
    device float2 *to = (device float2 *)(q_out + chain_idx * d);
    uint stream = seed + chain_idx * 0x9E3779B9u;
    uint base = hmc_step_idx * (d + 1);
    float2 q[16], p[16], f[16];
    for (uint i = 0; i < d / 2; ++i) {
        float2 u = draw2(stream, base + 2 * i);
        float angle = 6.2831853f * u.y;
        p[i] = sqrt(-2.0f * log(max(u.x, 1e-7f))) * float2(cos(angle), sin(angle));
        q[i] = from[i];
    }
    gradient(A, d, q, f);
    float before = energy(d, q, p, f);
    kick(d, 0.5f * eps, p, f);
    for (uint l = 0; l < L; ++l) {
        for (uint i = 0; i < d / 2; ++i) {
            q[i] += eps * p[i];
        }
        gradient(A, d, q, f);
        kick(d, eps, p, f);
    }
    kick(d, -0.5f * eps, p, f);
    float change = energy(d, q, p, f) - before;
    float u = draw2(stream, base + d).x;
    if (isfinite(change) && log(max(u, 1e-30f)) < -change) {
        for (uint i = 0; i < d / 2; ++i) {
            to[i] = q[i];
        }
        accept_cnt[chain_idx] += 1;
    } else {
        for (uint i = 0; i < d / 2; ++i) {
            to[i] = from[i];
        }
    }
}
