// Prefix sums and maxima of long rows, with 64-bit numbers through halves of their bits.
#include <metal_stdlib>
using namespace metal;

inline int64_t simd_shuffle_and_fill_up(int64_t value, int64_t filling, uint16_t delta) {
  return as_type<int64_t>(
      metal::simd_shuffle_and_fill_up(as_type<uint2>(value), as_type<uint2>(filling), delta));
}

#define DEFINE_SCAN()                                                             \
  template <typename T, enable_if_t<sizeof(T) < 8, bool> = true>                  \
  T scan(T value) { return scan_small(value); }                                   \
  template <typename T, enable_if_t<sizeof(T) == 8, bool> = true>                 \
  T scan(T value) {                                                               \
    for (int i = 1; i <= 16; i *= 2) {                                            \
      value = operator()(value, simd_shuffle_and_fill_up(value, init, i));        \
    }                                                                             \
    return value;                                                                 \
  }

template <typename U>
struct CumulativeSum {
  DEFINE_SCAN()
  static constexpr constant U init = static_cast<U>(0);
  template <typename T>
  U operator()(U a, T b) { return a + b; }
  U scan_small(U x) { return simd_prefix_inclusive_sum(x); }
};
template <typename U>
struct CumulativeMax {
  DEFINE_SCAN()
  static constexpr constant U init = numeric_limits<U>::lowest();
  template <typename T>
  U operator()(U a, T b) { return (a >= b) ? a : b; }
  U scan_small(U x) {
    for (int i = 1; i <= 16; i *= 2) x = operator()(x, simd_shuffle_and_fill_up(x, init, i));
    return x;
  }
};

template <typename T, enable_if_t<sizeof(T) == 4, bool> = true>
METAL_FUNC uint last_lane(T value) { return as_type<uint>(simd_broadcast(value, 31)); }
template <typename T, enable_if_t<sizeof(T) == 8, bool> = true>
METAL_FUNC uint2 last_lane(T value) { return simd_broadcast(as_type<uint2>(value), 31); }

template <typename T, typename Op, bool inclusive>
[[kernel]] void contiguous_scan(const device T *in [[buffer(0)]], device T *out [[buffer(1)]],
                                const constant size_t &size [[buffer(2)]],
                                uint3 gid [[threadgroup_position_in_grid]],
                                uint lane [[thread_index_in_simdgroup]]) {
  Op op;
  in += gid.x * size;
  out += gid.x * size;
  T before = Op::init;
  for (size_t start = 0; start < size; start += 32) {
    const size_t at = start + lane;
    const T value = at < size ? in[at] : Op::init;
    const T scanned = op(before, op.scan(value));
    const T shifted = simd_shuffle_and_fill_up(scanned, before, 1);
    if (at < size) out[at] = inclusive ? scanned : shifted;
    before = as_type<T>(last_lane(scanned));
  }
}

#define instantiate_scan(name, type, op)                                              \
  template [[host_name("scan_inclusive_" name)]] [[kernel]] void                      \
  contiguous_scan<type, op<type>, true>(const device type *in [[buffer(0)]],          \
      device type *out [[buffer(1)]], const constant size_t &size [[buffer(2)]],      \
      uint3 gid [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]]); \
  template [[host_name("scan_exclusive_" name)]] [[kernel]] void                      \
  contiguous_scan<type, op<type>, false>(const device type *in [[buffer(0)]],         \
      device type *out [[buffer(1)]], const constant size_t &size [[buffer(2)]],      \
      uint3 gid [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]]);
instantiate_scan("sum_int32", int, CumulativeSum)
instantiate_scan("sum_int64", int64_t, CumulativeSum)
instantiate_scan("max_float32", float, CumulativeMax)
instantiate_scan("max_int64", int64_t, CumulativeMax)
