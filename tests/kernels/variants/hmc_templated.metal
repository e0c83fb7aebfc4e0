#include <metal_stdlib>
using namespace metal;

// The dimension is known when compiling, the matrix lies in threadgroup memory, and the change of
// the energy is summed up along the way in place of the energies themselves.
static uint fmix32(uint x) {
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
}

static float uniform_draw(uint stream, uint counter) {
    return float(fmix32(fmix32(stream ^ counter)) >> 8) * 5.9604644775390625e-8f;
}

template <uint D>
static float multiply(threadgroup const float *A, thread const float (&q)[D], thread float (&f)[D]) {
    float product = 0.0f;
    for (uint i = 0; i < D; ++i) {
        float even = 0.0f, odd = 0.0f;
        for (uint j = 0; j < D; j += 2) {
            even = fma(A[i * D + j], q[j], even);
            odd = fma(A[i * D + j + 1], q[j + 1], odd);
        }
        f[i] = even + odd;
        product = fma(f[i], q[i], product);
    }
    return product;
}

template <uint D>
static bool transition(device const float *q_in, device float *q_out, threadgroup const float *A,
                       uint stream, uint base, uint L, float eps) {
    float q[D], p[D], f[D];
    float kinetic = 0.0f;
    for (uint i = 0; i < D; i += 2) {
        float r = sqrt(-2.0f * log(max(uniform_draw(stream, base + i), 1e-7f)));
        float angle = 6.2831853f * uniform_draw(stream, base + i + 1);
        float c;
        p[i + 1] = r * sincos(angle, c);
        p[i] = r * c;
        kinetic += r * r;
    }
    for (uint i = 0; i < D; ++i) {
        q[i] = q_in[i];
    }
    float before = multiply<D>(A, q, f);
    float after = before;
    for (uint i = 0; i < D; ++i) {
        p[i] = fma(-0.5f * eps, f[i], p[i]);
    }
    for (uint l = 1; l <= L; ++l) {
        for (uint i = 0; i < D; ++i) {
            q[i] = fma(eps, p[i], q[i]);
        }
        after = multiply<D>(A, q, f);
        float weight = l == L ? -0.5f * eps : -eps;
        for (uint i = 0; i < D; ++i) {
            p[i] = fma(weight, f[i], p[i]);
        }
    }
    float change = after - before - kinetic;
    for (uint i = 0; i < D; ++i) {
        change += p[i] * p[i];
    }
    change *= 0.5f;
    float u = max(uniform_draw(stream, base + D), 1e-30f);
    bool accept = isfinite(change) && log(u) < -change;
    for (uint i = 0; i < D; ++i) {
        q_out[i] = accept ? q[i] : q_in[i];
    }
    return accept;
}

#define CASE(D) case D: accept = transition<D>(from, to, matrix, stream, base, L, eps); break;

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
                     uint chain_idx [[thread_position_in_grid]],
                     uint rank [[thread_position_in_threadgroup]],
                     uint group [[threads_per_threadgroup]]) {
    threadgroup float matrix[32 * 32];
    for (uint k = rank; k < d * d; k += group) {
        matrix[k] = A[k];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (chain_idx >= K) {
        return;
    }
    device const float *from = q_in + chain_idx * d;
    device float *to = q_out + chain_idx * d;
    uint stream = seed + chain_idx * 0x9E3779B9u;
    uint base = hmc_step_idx * (d + 1);
    bool accept = false;
    switch (d) {
        CASE(2) CASE(4) CASE(6) CASE(8) CASE(10) CASE(12) CASE(14) CASE(16)
        CASE(18) CASE(20) CASE(22) CASE(24) CASE(26) CASE(28) CASE(30) CASE(32)
    }
    accept_cnt[chain_idx] += uint(accept);
}
