#include <metal_stdlib>
using namespace metal;

inline uint fmix32(uint x) {
    x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
    x = (x ^ (x >> 13)) * 0xC2B2AE35u;
    return x ^ (x >> 16);
}

kernel void ising_step(device char *spins [[buffer(0)]],
                       device const float *p_accept [[buffer(1)]],
                       constant uint &NX [[buffer(2)]],
                       constant uint &NY [[buffer(3)]],
                       constant uint &step_idx [[buffer(4)]],
                       constant uint &seed [[buffer(5)]],
                       uint2 gid [[thread_position_in_grid]]) {
    uint i = gid.x;
    uint j = gid.y;
    if (i >= NX || j >= NY || ((i + j) & 1) != (step_idx & 1)) {
        return;
    }
    uint left = i == 0 ? NX - 1 : i - 1;
    uint right = i == NX - 1 ? 0 : i + 1;
    uint below = j == 0 ? NY - 1 : j - 1;
    uint above = j == NY - 1 ? 0 : j + 1;
    uint site = j * NX + i;
    int s = spins[site];
    int h = spins[j * NX + left] + spins[j * NX + right] + spins[below * NX + i]
          + spins[above * NX + i];
    uint x = fmix32(seed + step_idx * 0x9E3779B9u);
    x = fmix32(x ^ site);
    float u = float(x >> 8) * 0x1p-24f;
    if (u < p_accept[(s * h + 4) / 2]) {
        spins[site] = char(-s);
    }
}
