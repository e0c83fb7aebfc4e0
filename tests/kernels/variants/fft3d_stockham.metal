#include <metal_stdlib>
using namespace metal;

// Stockham's self-sorting transform: no bit reversal, two halves of threadgroup memory in turns,
// the twiddle factors from a table that the threadgroup fills once.

template <uint AXIS>
inline uint first_of_line(uint line, uint N) {
    switch (AXIS) {
    case 0: return line * N;
    case 1: return (line / N) * N * N + line % N;
    default: return line;
    }
}

inline float2 multiply(float2 a, float2 b) {
    return float2(fma(a.x, b.x, -a.y * b.y), fma(a.x, b.y, a.y * b.x));
}

inline void stockham(device const float2 *source, device float2 *target, threadgroup float2 *values,
                     threadgroup float2 *twiddles, uint N, uint t, uint stride) {
    uint half_line = N >> 1;
    if (t < half_line) {
        float angle = 2.0f * float(t) / float(N);
        twiddles[t] = float2(cospi(angle), -sinpi(angle));
    }
    values[t] = source[t * stride];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    threadgroup float2 *from = values;
    threadgroup float2 *to = values + N;
    for (uint done = 1; done < N; done <<= 1) {
        if (t < half_line) {
            uint block = t / done;
            uint inner = t - block * done;
            uint step = half_line / done;
            float2 a = from[t];
            float2 b = multiply(from[t + half_line], twiddles[inner * step]);
            to[2 * done * block + inner] = a + b;
            to[2 * done * block + inner + done] = a - b;
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
        threadgroup float2 *previous = from;
        from = to;
        to = previous;
    }
    target[t * stride] = from[t];
}

#define PASS(NAME, AXIS, STRIDE)                                                                   \
    kernel void NAME(device const float2 *in_data [[buffer(0)]],                                   \
                     device float2 *out_data [[buffer(1)]], constant uint &N [[buffer(2)]],        \
                     uint3 gid [[thread_position_in_grid]]) {                                      \
        threadgroup float2 values[2048];                                                           \
        threadgroup float2 twiddles[512];                                                          \
        uint first = first_of_line<AXIS>(gid.y, N);                                                \
        stockham(in_data + first, out_data + first, values, twiddles, N, gid.x, STRIDE);           \
    }

PASS(fft3d_x, 0, 1u)
PASS(fft3d_y, 1, N)
PASS(fft3d_z, 2, N * N)
