// Fourier transforms in threadgroup memory: radix steps as template arguments, directions and steps
// as function constants.
#include <metal_common>
#include <metal_math>
#include <metal_stdlib>
using namespace metal;

constant bool inverse [[function_constant(0)]];
constant int radix_4_steps [[function_constant(1)]];
constant int radix_2_steps_given [[function_constant(2)]];
constant int radix_2_steps =
    is_function_constant_defined(radix_2_steps_given) ? radix_2_steps_given : 0;

METAL_FUNC float2 complex_mul(float2 a, float2 b) {
  return float2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}
METAL_FUNC float2 twiddle(int k, int n) {
  const float theta = -2.0f * k * M_PI_F / n;
  float2 w = {metal::precise::cos(theta), metal::precise::sin(theta)};
  return w;
}
METAL_FUNC void radix2(thread float2 *x, thread float2 *y) {
  y[0] = x[0] + x[1];
  y[1] = x[0] - x[1];
}
METAL_FUNC void radix4(thread float2 *x, thread float2 *y) {
  const float2 a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
  const float2 minus_i_d = d.yx * float2(1, -1);
  y[0] = a + c;
  y[1] = b + minus_i_d;
  y[2] = a - c;
  y[3] = b - minus_i_d;
}
typedef void (*RadixFunction)(thread float2 *, thread float2 *);

template <int radix, RadixFunction function>
METAL_FUNC void steps(int thread_index, thread int &p, int n, int count, threadgroup float2 *buffer) {
  for (int s = 0; s < count; ++s) {
    float2 x[radix], y[radix];
    const int stride = n / radix, k = thread_index % p, j = (thread_index / p) * radix * p + k;
    const bool active = thread_index < stride;
    if (active) {
      for (int r = 0; r < radix; ++r)
        x[r] = complex_mul(buffer[thread_index + r * stride], twiddle(r * k, radix * p));
      function(x, y);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (active)
      for (int r = 0; r < radix; ++r) buffer[j + r * p] = y[r];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    p *= radix;
  }
}

template <typename in_T, typename out_T>
struct ReadWriter {
  const device in_T *in;
  threadgroup float2 *buffer;
  device out_T *out;
  int n;
  uint2 where;

  METAL_FUNC ReadWriter(const device in_T *in_, threadgroup float2 *buffer_, device out_T *out_, int n_,
                        const uint2 where_)
      : in(in_), buffer(buffer_), out(out_), n(n_), where(where_) {}
  METAL_FUNC float2 pre(float2 v) const { return inverse ? float2(v.x, -v.y) : v; }
  METAL_FUNC float2 pre(float v) const { return float2(v, 0); }
  METAL_FUNC void load(uint threads) const {
    for (int i = where.x; i < n; i += threads) buffer[i] = pre(in[where.y * n + i]);
  }
  METAL_FUNC void write(uint threads) const {
    for (int i = where.x; i < n; i += threads)
      out[where.y * n + i] = inverse ? float2(buffer[i].x, -buffer[i].y) / n : buffer[i];
  }
};
template <>
METAL_FUNC void ReadWriter<float2, float>::write(uint threads) const {
  for (int i = where.x; i < n; i += threads) out[where.y * n + i] = buffer[i].x / n;
}

template <int size, typename in_T, typename out_T>
[[kernel]] void fft(const device in_T *in [[buffer(0)]], device out_T *out [[buffer(1)]],
                    constant const int &n, uint2 position [[thread_position_in_grid]],
                    uint2 local [[thread_position_in_threadgroup]],
                    uint2 group [[threads_per_threadgroup]]) {
  threadgroup float2 shared[size];
  thread ReadWriter<in_T, out_T> io =
      ReadWriter<in_T, out_T>(in, &shared[0], out, n, uint2(local.x, position.y));
  io.load(group.x);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  int p = 1;
  steps<2, radix2>(local.x, p, n, radix_2_steps, shared);
  steps<4, radix4>(local.x, p, n, radix_4_steps, shared);
  io.write(group.x);
}
#define instantiate_fft(size, in, out)              \
  template [[host_name("fft_" #size "_" #in "_" #out)]] \
  [[kernel]] decltype(fft<size, in, out>) fft<size, in, out>;
instantiate_fft(256, float2, float2)
instantiate_fft(256, float, float2)
instantiate_fft(256, float2, float)
