// The namespaces metal::fast and metal::precise (specification, sections 6.2 and 6.5). Most functions
// are the same in both; those here are more exact, or follow IEEE 754 where the default may not.
#pragma once

#pragma float_control(precise, on, push)
namespace assay {
// Reduction by pi/2 in double precision; the library of the host knows what is beyond its reach.
template <class F>
ASSAY_INLINE float reduced(float x, F function) {
  const double k = __builtin_rint(x * 0.63661977236758134308);
  const double r = __builtin_fma(k, -6.123233995736766e-17, __builtin_fma(k, -1.5707963267948966, x));
  return function(sincos_in_quadrant((float)r, (int)k));
}
constexpr float reducible = 0x1p30f;

namespace precise {
ASSAY_INLINE float sin(float x) {
  if (!(__builtin_fabsf(x) < reducible)) return __builtin_sinf(x);
  return reduced(x, [](sine_cosine s) { return s.sine; });
}
ASSAY_INLINE float cos(float x) {
  if (!(__builtin_fabsf(x) < reducible)) return __builtin_cosf(x);
  return reduced(x, [](sine_cosine s) { return s.cosine; });
}
ASSAY_INLINE float tan(float x) {
  if (!(__builtin_fabsf(x) < reducible)) return __builtin_tanf(x);
  return reduced(x, [](sine_cosine s) { return s.sine / s.cosine; });
}
// IEEE 754 calls this maximumNumber: NaN is a missing value.
ASSAY_INLINE float min(float x, float y) { return x != x ? y : (y < x ? y : x); }
ASSAY_INLINE float max(float x, float y) { return x != x ? y : (x < y ? y : x); }
ASSAY_INLINE float median3(float x, float y, float z) {
  return max(min(x, y), min(max(x, y), z));
}
}  // namespace precise
}  // namespace assay

namespace metal {
namespace precise {
ASSAY_UNARY(sin, assay::precise::sin(x))
ASSAY_UNARY(cos, assay::precise::cos(x))
ASSAY_UNARY(tan, assay::precise::tan(x))
ASSAY_UNARY(sqrt, __builtin_sqrtf(x))
ASSAY_UNARY(rsqrt, (float)(1.0 / __builtin_sqrt((double)x)))
ASSAY_BINARY(divide, x / y)
ASSAY_BINARY(pow, __builtin_powf(x, y))
ASSAY_BINARY(powr, x < 0.0f ? __builtin_nanf("") : __builtin_powf(x, y))
ASSAY_BINARY(min, assay::precise::min(x, y))
ASSAY_BINARY(max, assay::precise::max(x, y))
ASSAY_TERNARY(min3, min(x, min(y, z)))
ASSAY_TERNARY(max3, max(x, max(y, z)))
ASSAY_TERNARY(median3, assay::precise::median3(x, y, z))

#define ASSAY_PRECISE_SINCOS(SPACE)                            \
  template <class T>                                           \
  ASSAY_INLINE T sincos(assay::operand<T> x, SPACE T &cosine) { \
    cosine = cos(x);                                           \
    return sin(x);                                             \
  }
ASSAY_EACH_SPACE(ASSAY_PRECISE_SINCOS)
}  // namespace precise
}  // namespace metal
#pragma float_control(pop)

// Both namespaces are for float alone in Metal: an integer becomes one.
#define ASSAY_OF_INTEGER(name)                                                    \
  template <class T, class = enable_if_t<is_integral_v<T>>>                       \
  ASSAY_INLINE float name(T x) {                                                  \
    return name((float)x);                                                        \
  }
#define ASSAY_OF_INTEGERS(name)                                                   \
  template <class T, class U, class = enable_if_t<is_integral_v<T> && is_integral_v<U>>> \
  ASSAY_INLINE float name(T x, U y) {                                             \
    return name((float)x, (float)y);                                              \
  }

#define ASSAY_USING(name) using metal::name;
#define ASSAY_MORE_PRECISE_OF_ONE(F) F(sin) F(cos) F(tan) F(sqrt) F(rsqrt)
#define ASSAY_MORE_PRECISE_OF_TWO(F) F(divide) F(pow) F(powr) F(min) F(max)
#define ASSAY_MORE_PRECISE(F) \
  ASSAY_MORE_PRECISE_OF_ONE(F) ASSAY_MORE_PRECISE_OF_TWO(F) F(min3) F(max3) F(median3) F(sincos)
#define ASSAY_SAME_OF_ONE(F)                                                               \
  F(sinpi) F(cospi) F(tanpi) F(asin) F(acos) F(atan) F(sinh) F(cosh) F(tanh) F(asinh)      \
  F(acosh) F(atanh) F(exp) F(exp2) F(exp10) F(log) F(log2) F(log10) F(floor) F(ceil)       \
  F(round) F(rint) F(trunc) F(fract) F(fabs) F(abs) F(saturate) F(sign)
#define ASSAY_SAME_OF_TWO(F) \
  F(atan2) F(fmod) F(fmin) F(fmax) F(copysign) F(fdim) F(nextafter) F(step)
#define ASSAY_SAME_IN_BOTH(F)                                                              \
  ASSAY_SAME_OF_ONE(F) ASSAY_SAME_OF_TWO(F) F(fma) F(modf) F(frexp) F(ldexp) F(ilogb) F(fmin3) \
  F(fmax3) F(fmedian3) F(isfinite) F(isinf) F(isnan) F(isnormal) F(isordered)              \
  F(isunordered) F(signbit) F(clamp) F(mix) F(smoothstep)
#define ASSAY_INTEGERS_AS_FLOATS                                                           \
  ASSAY_MORE_PRECISE_OF_ONE(ASSAY_OF_INTEGER) ASSAY_SAME_OF_ONE(ASSAY_OF_INTEGER)          \
  ASSAY_MORE_PRECISE_OF_TWO(ASSAY_OF_INTEGERS) ASSAY_SAME_OF_TWO(ASSAY_OF_INTEGERS)

namespace metal {
namespace fast {
ASSAY_MORE_PRECISE(ASSAY_USING)
ASSAY_SAME_IN_BOTH(ASSAY_USING)
ASSAY_INTEGERS_AS_FLOATS
}  // namespace fast
namespace precise {
ASSAY_SAME_IN_BOTH(ASSAY_USING)
ASSAY_INTEGERS_AS_FLOATS
}  // namespace precise
}  // namespace metal
