// Functions for bfloat that a library adds to namespace metal, on what lies below Apple's library.
#include <metal_stdlib>
#pragma METAL internals : enable
using namespace metal;

#if __METAL_VERSION__ >= 310 && defined(__HAVE_BFLOAT__)
typedef bfloat bfloat16_t;
#else
#error "no bfloat"
#endif

#define instantiate_unary(name, type, wide, fast_math) \
  METAL_FUNC type name(type x) { return static_cast<type>(__metal_##name(static_cast<wide>(x), fast_math)); }
#define instantiate_math(type, wide, fast_math)                                                    \
  instantiate_unary(exp, type, wide, fast_math)                                                    \
  instantiate_unary(log, type, wide, fast_math)                                                    \
  instantiate_unary(rsqrt, type, wide, fast_math)                                                  \
  METAL_FUNC type abs(type x) { return static_cast<type>(__metal_fabs(static_cast<wide>(x), fast_math)); } \
  METAL_FUNC type max(type x, type y) {                                                            \
    return static_cast<type>(                                                                      \
        __metal_fmax(static_cast<wide>(x), static_cast<wide>(y), fast_math));                      \
  }                                                                                                \
  METAL_FUNC type fma(type x, type y, type z) {                                                    \
    return static_cast<type>(                                                                      \
        __metal_fma(static_cast<wide>(x), static_cast<wide>(y), static_cast<wide>(z)));            \
  }                                                                                                \
  METAL_FUNC type frexp(type x, thread int &e) {                                                   \
    return static_cast<type>(__metal_frexp(static_cast<wide>(x), &e));                             \
  }                                                                                                \
  METAL_FUNC bool isnan(type x) { return __metal_isnan(static_cast<wide>(x), fast_math); }
#define instantiate_simd(type, wide)                                                               \
  METAL_FUNC type simd_sum(type x) { return static_cast<type>(__metal_simd_sum(static_cast<wide>(x))); } \
  METAL_FUNC type simd_max(type x) { return static_cast<type>(__metal_simd_max(static_cast<wide>(x))); } \
  METAL_FUNC type simd_shuffle_and_fill_up(type x, type filling, ushort delta) {                   \
    return as_type<type>(__metal_simd_shuffle_and_fill_up(                                         \
        as_type<uint16_t>(x), as_type<uint16_t>(filling), delta,                                   \
        __metal_get_simdgroup_size(ushort())));                                                    \
  }

namespace metal {
instantiate_math(bfloat16_t, float, __METAL_MAYBE_FAST_MATH__)
namespace fast {
instantiate_math(bfloat16_t, float, __METAL_FAST_MATH__)
}
namespace precise {
instantiate_math(bfloat16_t, float, __METAL_PRECISE_MATH__)
}
instantiate_simd(bfloat16_t, float)
}  // namespace metal

template <typename T>
[[kernel]] void log_sum_exp(const device T *x [[buffer(0)]], device T *out [[buffer(1)]],
                            device float *extra [[buffer(2)]],
                            uint lane [[thread_index_in_simdgroup]]) {
  const T largest = simd_max(isnan(x[lane]) ? T(-INFINITY) : x[lane]);
  const T e = metal::precise::exp(x[lane] - largest);
  out[lane] = simd_sum(e);
  int power;
  const T fraction = frexp(x[lane], power);
  extra[lane] = float(fma(fraction, T(2), fast::abs(x[lane]))) + power +
                float(simd_shuffle_and_fill_up(max(x[lane], T(0)), T(64), 1));
}
template [[host_name("log_sum_exp_bfloat16")]] [[kernel]] decltype(log_sum_exp<bfloat16_t>)
    log_sum_exp<bfloat16_t>;
template [[host_name("log_sum_exp_float32")]] [[kernel]] decltype(log_sum_exp<float>)
    log_sum_exp<float>;
