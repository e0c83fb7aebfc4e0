// Normalised rows with weights, a logger that does nothing, constants per instance, and rotations.
#include <metal_common>
#include <metal_simdgroup>
#include <metal_stdlib>
using namespace metal;

namespace lib {
struct os_log {
  constexpr os_log(constant char *, constant char *) constant {}
  template <typename... Args>
  void log_debug(constant char *, Args...) const {}
  template <typename... Args>
  void log_debug(constant char *, Args...) const constant {}
};
}  // namespace lib
constant lib::os_log logger("lib", "rows");
constant bool has_w [[function_constant(20)]];
constant bool has_w_or_one = is_function_constant_defined(has_w) ? has_w : true;

template <typename T, int N = 4>
[[kernel]] void rms_single_row(const device T *x, const device T *w, device T *out, constant float &eps,
                               constant uint &axis_size, constant uint &w_stride,
                               uint gid [[threadgroup_position_in_grid]],
                               uint lid [[thread_position_in_threadgroup]],
                               uint simd_lane [[thread_index_in_simdgroup]],
                               uint simd_group [[simdgroup_index_in_threadgroup]]) {
  constexpr int SIMD_SIZE = 32;
  threadgroup float local_inv_mean[1];
  threadgroup float local_sums[SIMD_SIZE];
  float acc = 0;
  x += gid * size_t(axis_size) + lid * N;
  w += w_stride * lid * N;
  logger.log_debug("row %u of %u", gid, axis_size);
  for (int i = 0; i < N; i++) {
    if ((lid * N + i) < axis_size) {
      float xi = x[i];
      acc += xi * xi;
    }
  }
  acc = simd_sum(acc);
  if (simd_group == 0) local_sums[simd_lane] = 0;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd_lane == 0) local_sums[simd_group] = acc;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd_group == 0) {
    acc = simd_sum(local_sums[simd_lane]);
    if (simd_lane == 0) local_inv_mean[0] = metal::precise::rsqrt(acc / axis_size + eps);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  out += gid * size_t(axis_size) + lid * N;
  for (int i = 0; i < N; i++) {
    if ((lid * N + i) < axis_size) {
      const T weight = has_w_or_one ? w[w_stride * i] : T(1);
      out[i] = weight * static_cast<T>(x[i] * local_inv_mean[0]);
    }
  }
}

template <typename T, bool traditional, bool forward>
void rope_impl(const device T *in, device T *out, const float theta, constant const size_t strides[3],
               uint2 pos, uint2 grid) {
  const uint out1 = traditional ? 2 * pos.x + pos.y * strides[1] : pos.x + pos.y * strides[1];
  const uint out2 = traditional ? out1 + 1 : out1 + grid.x;
  const float c = metal::fast::cos(theta), s = metal::fast::sin(theta);
  const float x1 = static_cast<float>(in[out1]), x2 = static_cast<float>(in[out2]);
  out[out1] = static_cast<T>(forward ? x1 * c - x2 * s : x2 * s + x1 * c);
  out[out2] = static_cast<T>(forward ? x1 * s + x2 * c : x2 * c - x1 * s);
}
template <typename T, bool traditional, bool forward = true>
[[kernel]] void rope(const device T *in [[buffer(0)]], device T *out [[buffer(1)]],
                     constant const size_t strides[3] [[buffer(2)]],
                     constant const float &base [[buffer(3)]],
                     uint2 pos [[thread_position_in_grid]], uint2 grid [[threads_per_grid]]) {
  const float d = static_cast<float>(pos.x) / static_cast<float>(grid.x);
  const float theta = pos.y * metal::exp2(-d * base);
  rope_impl<T, traditional, forward>(in, out, theta, strides, pos, grid);
}

// clang-format off
#define instantiate_rms(name, itype)                                          \
  template [[host_name("rms" #name)]] [[kernel]] void                         \
  rms_single_row<itype>(const device itype *x, const device itype *w, device itype *out, \
      constant float &eps, constant uint &axis_size, constant uint &w_stride, \
      uint gid [[threadgroup_position_in_grid]],                              \
      uint lid [[thread_position_in_threadgroup]],                            \
      uint simd_lane [[thread_index_in_simdgroup]],                           \
      uint simd_group [[simdgroup_index_in_threadgroup]]);
instantiate_rms(float32, float)
instantiate_rms(float16, half)
instantiate_rms(bfloat16, bfloat)
template [[host_name("rope_traditional")]] [[kernel]] decltype(rope<float, true>) rope<float, true>;
template [[host_name("rope_halves")]] [[kernel]] decltype(rope<float, false>) rope<float, false>; // clang-format on
