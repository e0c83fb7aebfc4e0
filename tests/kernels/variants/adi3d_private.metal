#include <metal_stdlib>
using namespace metal;

// Every thread keeps c' and d' of its line to itself and writes u_out once.
template <uint MOST>
inline void sweep(device const float *source, device float *target, uint stride, uint n, float mu,
                  bool solve) {
    if (!solve) {
        for (uint i = 0; i < n; ++i, source += stride, target += stride) {
            *target = *source;
        }
        return;
    }
    float c[MOST];
    float d[MOST];
    c[0] = 0.0f;
    d[0] = source[0];
    for (uint i = 1; i < n - 1; ++i) {
        float scale = 1.0f / fma(mu, 2.0f + c[i - 1], 1.0f);
        c[i] = -mu * scale;
        d[i] = fma(mu, d[i - 1], source[i * stride]) * scale;
    }
    float v = source[(n - 1) * stride];
    target[(n - 1) * stride] = v;
    for (uint i = n - 2; i > 0; --i) {
        v = fma(-c[i], v, d[i]);
        target[i * stride] = v;
    }
    target[0] = d[0];
}

inline bool interior(uint2 gid, uint2 extent) { return all(gid > 0u) && all(gid + 1u < extent); }

#define SWEEP(NAME, LINES, FIRST, STRIDE, LENGTH)                                                \
    kernel void NAME(device const float *u_in [[buffer(0)]], device float *u_out [[buffer(1)]],  \
                     constant uint &NX [[buffer(2)]], constant uint &NY [[buffer(3)]],           \
                     constant uint &NZ [[buffer(4)]], constant float &mu [[buffer(5)]],          \
                     uint2 gid [[thread_position_in_grid]]) {                                    \
        uint2 lines = LINES;                                                                     \
        if (any(gid >= lines)) {                                                                 \
            return;                                                                              \
        }                                                                                        \
        uint first = FIRST;                                                                      \
        sweep<256>(u_in + first, u_out + first, STRIDE, LENGTH, mu, interior(gid, lines));       \
    }

SWEEP(adi_x, uint2(NY, NZ), (gid.y * NY + gid.x) * NX, 1u, NX)
SWEEP(adi_y, uint2(NX, NZ), gid.y * NY * NX + gid.x, NX, NY)
SWEEP(adi_z, uint2(NX, NY), gid.y * NX + gid.x, NX * NY, NZ)
