#include <metal_stdlib>
using namespace metal;

constant constexpr uint CAPACITY = 32;

inline uint fmix32(uint x) {
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
}

inline float draw(uint stream, uint counter) {
    uint bits = fmix32(fmix32(stream ^ counter));
    return float(bits >> 8) / 16777216.0f;
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
    float q[CAPACITY];
    float q_old[CAPACITY];
    float p[CAPACITY];
    float f[CAPACITY];
    uint stream = seed + chain_idx * 0x9E3779B9u;
    uint base = hmc_step_idx * (d + 1);
    for (uint i = 0; i < d; i += 2) {
        float u1 = max(draw(stream, base + i), 1e-7f);
        float u2 = draw(stream, base + i + 1);
        float r = sqrt(-2.0f * log(u1));
        float angle = 6.2831853f * u2;
        p[i] = r * cos(angle);
        p[i + 1] = r * sin(angle);
    }
    for (uint i = 0; i < d; ++i) {
        q_old[i] = q_in[chain_idx * d + i];
        q[i] = q_old[i];
    }
    float h0 = 0.0f;
    for (uint i = 0; i < d; ++i) {
        f[i] = 0.0f;
        for (uint j = 0; j < d; ++j) {
            f[i] += A[i * d + j] * q[j];
        }
        h0 += 0.5f * (q[i] * f[i] + p[i] * p[i]);
    }
    for (uint i = 0; i < d; ++i) {
        p[i] -= 0.5f * eps * f[i];
    }
    for (uint l = 0; l < L; ++l) {
        for (uint i = 0; i < d; ++i) {
            q[i] += eps * p[i];
        }
        float weight = l + 1 < L ? eps : 0.5f * eps;
        for (uint i = 0; i < d; ++i) {
            f[i] = 0.0f;
            for (uint j = 0; j < d; ++j) {
                f[i] += A[i * d + j] * q[j];
            }
            p[i] -= weight * f[i];
        }
    }
    float h1 = 0.0f;
    for (uint i = 0; i < d; ++i) {
        h1 += 0.5f * (q[i] * f[i] + p[i] * p[i]);
    }
    float change = h1 - h0;
    float u = max(draw(stream, base + d), 1e-30f);
    bool accept = isfinite(change) && log(u) < -change;
    for (uint i = 0; i < d; ++i) {
        q_out[chain_idx * d + i] = accept ? q[i] : q_old[i];
    }
    if (accept) {
        accept_cnt[chain_idx] += 1;
    }
}
