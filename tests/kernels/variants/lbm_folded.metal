#include <metal_stdlib>
using namespace metal;

// No loop over directions: opposite populations share the even part of their equilibrium, and the
// wrap at the edges is a selection instead of a division.

kernel void lbm_step(device const float *f_in [[buffer(0)]],
                     device float *f_out [[buffer(1)]],
                     constant uint &NX [[buffer(2)]],
                     constant uint &NY [[buffer(3)]],
                     constant float &tau [[buffer(4)]],
                     uint2 gid [[thread_position_in_grid]]) {
    const uint i = gid.x, j = gid.y;
    if (i >= NX || j >= NY) {
        return;
    }
    const uint plane = NX * NY;
    const uint west = select(i - 1, NX - 1, i == 0), east = select(i + 1, 0u, i + 1 == NX);
    const uint here = j * NX;
    const uint south = (j == 0 ? NY - 1 : j - 1) * NX, north = (j + 1 == NY ? 0 : j + 1) * NX;

    device const float *f = f_in;
    const float g0 = f[here + i];
    f += plane;
    const float g1 = f[here + west];
    f += plane;
    const float g2 = f[south + i];
    f += plane;
    const float g3 = f[here + east];
    f += plane;
    const float g4 = f[north + i];
    f += plane;
    const float g5 = f[south + west];
    f += plane;
    const float g6 = f[south + east];
    f += plane;
    const float g7 = f[north + east];
    f += plane;
    const float g8 = f[north + west];

    const float d13 = g1 - g3, d24 = g2 - g4, d57 = g5 - g7, d68 = g6 - g8;
    const float rho = g0 + (g1 + g3) + (g2 + g4) + (g5 + g7) + (g6 + g8);
    const float inverse = 1.0f / rho;
    const float u = (d13 + d57 - d68) * inverse;
    const float v = (d24 + d57 + d68) * inverse;

    const float rate = 1.0f / tau, keep = 1.0f - rate;
    const float straight = rate * rho * (1.0f / 9.0f), diagonal = 0.25f * straight;
    const float base = fma(-1.5f, fma(u, u, v * v), 1.0f);
    const float sum = u + v, difference = v - u;

    device float *out = f_out + here + i;
    out[0] = fma(keep, g0, 4.0f * straight * base);
    float even = straight * fma(4.5f * u, u, base), odd = straight * 3.0f * u;
    out[1 * plane] = fma(keep, g1, even + odd);
    out[3 * plane] = fma(keep, g3, even - odd);
    even = straight * fma(4.5f * v, v, base), odd = straight * 3.0f * v;
    out[2 * plane] = fma(keep, g2, even + odd);
    out[4 * plane] = fma(keep, g4, even - odd);
    even = diagonal * fma(4.5f * sum, sum, base), odd = diagonal * 3.0f * sum;
    out[5 * plane] = fma(keep, g5, even + odd);
    out[7 * plane] = fma(keep, g7, even - odd);
    even = diagonal * fma(4.5f * difference, difference, base), odd = diagonal * 3.0f * difference;
    out[6 * plane] = fma(keep, g6, even + odd);
    out[8 * plane] = fma(keep, g8, even - odd);
}
