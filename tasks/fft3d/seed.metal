#include <metal_stdlib>
using namespace metal;

constant uint MOST = 1024;

// One line of N elements at distance `stride` from each other, the first at `start`.
static void transform(device const float2 *in_data, device float2 *out_data,
                      threadgroup float2 *values, uint N, uint place, uint start, uint stride) {
    uint bits = 31 - clz(N);
    uint reversed = 0;
    for (uint bit = 0; bit < bits; ++bit) {
        reversed |= ((place >> bit) & 1u) << (bits - 1 - bit);
    }
    values[reversed] = in_data[start + place * stride];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint span = 1; span < N; span *= 2) {
        if (place < N / 2) {
            uint k = place % span;
            uint upper = place / span * (2 * span) + k;
            float angle = -M_PI_F * float(k) / float(span);
            float c = cos(angle);
            float s = sin(angle);
            float2 a = values[upper];
            float2 b = values[upper + span];
            float2 turned = float2(c * b.x - s * b.y, c * b.y + s * b.x);
            values[upper] = a + turned;
            values[upper + span] = a - turned;
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    out_data[start + place * stride] = values[place];
}

kernel void fft3d_x(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 values[MOST];
    transform(in_data, out_data, values, N, gid.x, gid.y * N, 1);
}

kernel void fft3d_y(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 values[MOST];
    uint start = gid.y / N * (N * N) + gid.y % N;
    transform(in_data, out_data, values, N, gid.x, start, N);
}

kernel void fft3d_z(device const float2 *in_data [[buffer(0)]],
                    device float2 *out_data [[buffer(1)]],
                    constant uint &N [[buffer(2)]],
                    uint3 gid [[thread_position_in_grid]]) {
    threadgroup float2 values[MOST];
    transform(in_data, out_data, values, N, gid.x, gid.y, N * N);
}
