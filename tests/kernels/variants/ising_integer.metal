#include <metal_stdlib>
using namespace metal;

// No division, no floating-point random number: the probability is scaled to 24 bits instead, and
// the periodic neighbours come from comparisons. The hash runs only where its outcome matters.
template <typename T>
static T mix(T x) {
    x = (x ^ (x >> 16)) * T(0x85EBCA6B);
    x = (x ^ (x >> 13)) * T(0xC2B2AE35);
    return x ^ (x >> 16);
}

kernel void ising_step(device char *spins [[buffer(0)]],
                       constant float *p_accept [[buffer(1)]],
                       constant uint &NX [[buffer(2)]],
                       constant uint &NY [[buffer(3)]],
                       constant uint &step_idx [[buffer(4)]],
                       constant uint &seed [[buffer(5)]],
                       uint2 gid [[thread_position_in_grid]]) {
    const uint2 size = uint2(NX, NY);
    if (any(gid >= size) || (((gid.x ^ gid.y ^ step_idx) & 1u) == 1u)) {
        return;
    }
    device char *row = spins + gid.y * NX;
    device char *below = gid.y == 0 ? row + (NY - 1) * NX : row - NX;
    device char *above = gid.y + 1 == NY ? spins : row + NX;
    uint2 side = uint2(gid.x == 0 ? NX - 1 : gid.x - 1, gid.x + 1 == NX ? 0 : gid.x + 1);
    short s = row[gid.x];
    short product = s * (row[side.x] + row[side.y] + below[gid.x] + above[gid.x]);
    float p = p_accept[(product + 4) / 2];
    bool flip = p >= 1.0f;
    if (!flip) {
        uint bits = mix(mix(seed + step_idx * 0x9E3779B9u) ^ (gid.y * NX + gid.x)) >> 8;
        flip = bits < uint(ceil(p * 16777216.0f));
    }
    row[gid.x] = char(flip ? -s : s);
}
