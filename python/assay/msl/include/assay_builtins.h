// The functions of Apple's compiler below its library. Sources that enable the library's internals
// call them to give functions to number types of their own. The last argument of most says whether
// mathematics may be fast; here that makes no difference. The simdgroup functions among them are
// macros, see metal_macros.h.
#pragma once

#define ASSAY_BUILTIN_ONE(name)                                                    \
  template <class T>                                                               \
  ASSAY_INLINE auto __metal_##name(T x, bool = false) {                            \
    return metal::name(x);                                                         \
  }
#define ASSAY_BUILTIN_TWO(name)                                                    \
  template <class T, class U>                                                      \
  ASSAY_INLINE auto __metal_##name(T x, U y, bool = false) {                       \
    return metal::name(x, y);                                                      \
  }
#define ASSAY_BUILTIN_THREE(name)                                                  \
  template <class T>                                                               \
  ASSAY_INLINE auto __metal_##name(T x, T y, T z, bool = false) {                  \
    return metal::name(x, y, z);                                                   \
  }
#define ASSAY_BUILTIN_RESULT(name)                                                 \
  template <class T, class R>                                                      \
  ASSAY_INLINE T __metal_##name(T x, thread R *result, bool = false) {             \
    return metal::name(x, *result);                                                \
  }

#define ASSAY_BUILTINS_ONE(F)                                                      \
  F(acos) F(acosh) F(asin) F(asinh) F(atan) F(atanh) F(ceil) F(cos) F(cosh) F(cospi) F(exp) \
  F(exp10) F(exp2) F(fabs) F(floor) F(fract) F(ilogb) F(log) F(log10) F(log2) F(rint) F(round) \
  F(rsqrt) F(saturate) F(sign) F(sin) F(sinh) F(sinpi) F(sqrt) F(tan) F(tanh) F(tanpi) F(trunc) \
  F(isfinite) F(isinf) F(isnan) F(isnormal) F(signbit) F(abs) F(clz) F(ctz) F(popcount)    \
  F(reverse_bits)
#define ASSAY_BUILTINS_TWO(F)                                                      \
  F(atan2) F(copysign) F(divide) F(fdim) F(fmax) F(fmin) F(fmod) F(isordered) F(isunordered) \
  F(ldexp) F(max) F(min) F(mulhi) F(nextafter) F(pow) F(powr) F(rotate)
#define ASSAY_BUILTINS_THREE(F)                                                    \
  F(clamp) F(fma) F(fmax3) F(fmedian3) F(fmin3) F(max3) F(median3) F(min3) F(mix) F(smoothstep)

ASSAY_BUILTINS_ONE(ASSAY_BUILTIN_ONE)
ASSAY_BUILTINS_TWO(ASSAY_BUILTIN_TWO)
ASSAY_BUILTINS_THREE(ASSAY_BUILTIN_THREE)
ASSAY_BUILTIN_RESULT(frexp)
ASSAY_BUILTIN_RESULT(modf)
ASSAY_BUILTIN_RESULT(sincos)

// Metal's own functions of these take integers only, but below its library they take any number.
#define ASSAY_BUILTIN_BITWISE(name, OPERATOR)                                      \
  template <class T>                                                               \
  ASSAY_CALL T _simd_bitwise_##name(T value, ASSAY_SITE) {                         \
    using bits = metal::conditional_t<sizeof(T) == 2, ushort, uint>;               \
    using W = metal::conditional_t<assay::is_integer<T>, T, bits>;                 \
    const assay_exchange e = assay::publish(__builtin_bit_cast(W, value), site);   \
    const W all = assay::reduce<W>(e, e.active, [](W a, W b) { return W(a OPERATOR b); }); \
    return __builtin_bit_cast(T, all);                                             \
  }

namespace metal {
ASSAY_BUILTIN_BITWISE(and, &)
ASSAY_BUILTIN_BITWISE(or, |)
ASSAY_BUILTIN_BITWISE(xor, ^)
}  // namespace metal
