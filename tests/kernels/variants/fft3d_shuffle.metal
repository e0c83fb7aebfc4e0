#include <metal_stdlib>
using namespace metal;

// Decimation in frequency with one element per thread in a register. Partners within a simdgroup
// exchange by shuffles, the others through threadgroup memory; the store undoes the bit reversal.

static inline float2 butterfly(float2 mine, float2 other, uint place, uint span) {
    if ((place & span) == 0) {
        return mine + other;
    }
    float2 d = other - mine;
    float turn = float(place & (span - 1)) / float(span);
    float c = cospi(turn);
    float s = sinpi(turn);
    return float2(d.x * c + d.y * s, d.y * c - d.x * s);
}

static inline float2 line_transform(float2 value, uint N, uint place, threadgroup float2 *exchange) {
    uint span = N / 2;
    for (; span >= 32; span /= 2) {
        exchange[place] = value;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        float2 other = exchange[place ^ span];
        threadgroup_barrier(mem_flags::mem_threadgroup);
        value = butterfly(value, other, place, span);
    }
    for (; span >= 1; span /= 2) {
        float2 other = simd_shuffle_xor(value, ushort(span));
        value = butterfly(value, other, place, span);
    }
    return value;
}

static inline uint natural(uint place, uint N) {
    return reverse_bits(place) >> (clz(N) + 1);
}

kernel void fft3d_x(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 exchange[1024];
    uint first = gid.y * N;
    float2 value = line_transform(in_data[first + gid.x], N, gid.x, exchange);
    out_data[first + natural(gid.x, N)] = value;
}

kernel void fft3d_y(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 exchange[1024];
    uint log2_n = ctz(N);
    uint first = ((gid.y >> log2_n) << (2 * log2_n)) | (gid.y & (N - 1));
    float2 value = line_transform(in_data[first + (gid.x << log2_n)], N, gid.x, exchange);
    out_data[first + (natural(gid.x, N) << log2_n)] = value;
}

kernel void fft3d_z(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 exchange[1024];
    uint log2_plane = 2 * ctz(N);
    float2 value = line_transform(in_data[gid.y + (gid.x << log2_plane)], N, gid.x, exchange);
    out_data[gid.y + (natural(gid.x, N) << log2_plane)] = value;
}
