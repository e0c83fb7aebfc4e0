// Floating-point functions (specification, section 6.5).
#pragma once

// What clang calls for a power with an integer as its exponent.
extern "C" ASSAY_EMITTED __attribute__((nodebug)) inline float __powisf2(float base, int exponent) {
  float power = 1.0f;
  for (uint left = exponent < 0 ? 0u - (uint)exponent : (uint)exponent; left; left >>= 1) {
    if (left & 1u) power *= base;
    base *= base;
  }
  return exponent < 0 ? 1.0f / power : power;
}

// One function of one argument, for scalars and vectors of float and half.
#define ASSAY_VECTOR_UNARY(name, T)                                               \
  ASSAY_REPLACEABLE T##2 name(T##2 v) { return T##2{name(v.x), name(v.y)}; }           \
  ASSAY_REPLACEABLE T##3 name(T##3 v) { return T##3{name(v.x), name(v.y), name(v.z)}; } \
  ASSAY_REPLACEABLE T##4 name(T##4 v) {                                                \
    return T##4{name(v.x), name(v.y), name(v.z), name(v.w)};                      \
  }
#define ASSAY_VECTOR_BINARY(name, T)                                                    \
  ASSAY_REPLACEABLE T##2 name(T##2 v, T##2 w) { return T##2{name(v.x, w.x), name(v.y, w.y)}; } \
  ASSAY_REPLACEABLE T##3 name(T##3 v, T##3 w) {                                              \
    return T##3{name(v.x, w.x), name(v.y, w.y), name(v.z, w.z)};                        \
  }                                                                                     \
  ASSAY_REPLACEABLE T##4 name(T##4 v, T##4 w) {                                              \
    return T##4{name(v.x, w.x), name(v.y, w.y), name(v.z, w.z), name(v.w, w.w)};        \
  }
#define ASSAY_VECTOR_TERNARY(name, T)                                                       \
  ASSAY_REPLACEABLE T##2 name(T##2 u, T##2 v, T##2 w) {                                          \
    return T##2{name(u.x, v.x, w.x), name(u.y, v.y, w.y)};                                  \
  }                                                                                         \
  ASSAY_REPLACEABLE T##3 name(T##3 u, T##3 v, T##3 w) {                                          \
    return T##3{name(u.x, v.x, w.x), name(u.y, v.y, w.y), name(u.z, v.z, w.z)};             \
  }                                                                                         \
  ASSAY_REPLACEABLE T##4 name(T##4 u, T##4 v, T##4 w) {                                          \
    return T##4{name(u.x, v.x, w.x), name(u.y, v.y, w.y), name(u.z, v.z, w.z),              \
                name(u.w, v.w, w.w)};                                                       \
  }

#define ASSAY_UNARY(name, ...)                                            \
  ASSAY_INLINE float name(float x) { return __VA_ARGS__; }                \
  ASSAY_INLINE _Float16 name(_Float16 x) { return (_Float16)name((float)x); } \
  ASSAY_REPLACEABLE bfloat name(bfloat x) { return (bfloat)name((float)x); } \
  ASSAY_VECTOR_UNARY(name, float) ASSAY_VECTOR_UNARY(name, half) ASSAY_VECTOR_UNARY(name, bfloat)
#define ASSAY_BINARY(name, ...)                                           \
  ASSAY_INLINE float name(float x, float y) { return __VA_ARGS__; }       \
  ASSAY_INLINE _Float16 name(_Float16 x, _Float16 y) {                    \
    return (_Float16)name((float)x, (float)y);                            \
  }                                                                       \
  ASSAY_REPLACEABLE bfloat name(bfloat x, bfloat y) {                     \
    return (bfloat)name((float)x, (float)y);                              \
  }                                                                       \
  ASSAY_VECTOR_BINARY(name, float) ASSAY_VECTOR_BINARY(name, half) ASSAY_VECTOR_BINARY(name, bfloat)
#define ASSAY_TERNARY(name, ...)                                          \
  ASSAY_INLINE float name(float x, float y, float z) { return __VA_ARGS__; } \
  ASSAY_INLINE _Float16 name(_Float16 x, _Float16 y, _Float16 z) {        \
    return (_Float16)name((float)x, (float)y, (float)z);                  \
  }                                                                       \
  ASSAY_REPLACEABLE bfloat name(bfloat x, bfloat y, bfloat z) {           \
    return (bfloat)name((float)x, (float)y, (float)z);                    \
  }                                                                       \
  ASSAY_VECTOR_TERNARY(name, float) ASSAY_VECTOR_TERNARY(name, half)      \
  ASSAY_VECTOR_TERNARY(name, bfloat)

namespace assay {
// x - floor(x), which of a small negative number would round to 1.
ASSAY_INLINE float fract(float x, float largest) {
  const float rest = x - __builtin_floorf(x);
  return rest > largest ? largest : rest;
}

// The bits of a number of sign and magnitude, as an integer in the same order, and back.
template <class W>
ASSAY_INLINE W in_order(W bits) {
  constexpr W sign = W(W(1) << (sizeof(W) * 8 - 1));
  return bits < 0 ? W(sign - bits) : bits;
}
template <class W, class T>
ASSAY_INLINE T nextafter(T x, T y) {
  const W from = __builtin_bit_cast(W, x), to = __builtin_bit_cast(W, y);
  const W start = in_order(from), end = in_order(to);
  const W next = W(start + (end > start ? 1 : -1));
  const W sign = W(W(1) << (sizeof(W) * 8 - 1));
  const W bits = next == 0 && from < 0 ? sign : in_order(next);
  if (x != x) return x;
  if (y != y || start == end) return y;
  return __builtin_bit_cast(T, bits);
}
}  // namespace assay

// Functions that depend on how the numbers of each type are spaced; LARGEST is the number below 1.
#define ASSAY_SPACED(E, W, LARGEST)                                                \
  ASSAY_REPLACEABLE E fract(E x) { return (E)assay::fract((float)x, LARGEST); }    \
  ASSAY_REPLACEABLE E nextafter(E x, E y) { return assay::nextafter<W>(x, y); }

namespace metal {
ASSAY_SPACED(float, int, 0x1.fffffep-1f)
ASSAY_SPACED(_Float16, short, 0x1.ffcp-1f)
ASSAY_SPACED(bfloat, short, 0x1.fep-1f)
ASSAY_VECTOR_UNARY(fract, float) ASSAY_VECTOR_BINARY(nextafter, float)
ASSAY_VECTOR_UNARY(fract, half) ASSAY_VECTOR_BINARY(nextafter, half)
ASSAY_VECTOR_UNARY(fract, bfloat) ASSAY_VECTOR_BINARY(nextafter, bfloat)
ASSAY_UNARY(sin, assay::sincos(x).sine)
ASSAY_UNARY(cos, assay::sincos(x).cosine)
ASSAY_UNARY(tan, assay::sincos(x).sine / assay::sincos(x).cosine)
ASSAY_UNARY(sinpi, assay::sincospi(x).sine)
ASSAY_UNARY(cospi, assay::sincospi(x).cosine)
ASSAY_UNARY(tanpi, assay::sincospi(x).sine / assay::sincospi(x).cosine)
ASSAY_UNARY(asin, __builtin_asinf(x))
ASSAY_UNARY(acos, __builtin_acosf(x))
ASSAY_UNARY(atan, __builtin_atanf(x))
ASSAY_UNARY(sinh, assay::sinh(x))
ASSAY_UNARY(cosh, assay::cosh(x))
ASSAY_UNARY(tanh, assay::tanh(x))
ASSAY_UNARY(asinh, __builtin_asinhf(x))
ASSAY_UNARY(acosh, __builtin_acoshf(x))
ASSAY_UNARY(atanh, __builtin_atanhf(x))
ASSAY_UNARY(exp, assay::exp(x))
ASSAY_UNARY(exp2, assay::exp2(x))
ASSAY_UNARY(exp10, assay::exp10(x))
ASSAY_UNARY(log, assay::log(x))
ASSAY_UNARY(log2, assay::log2(x))
ASSAY_UNARY(log10, assay::log10(x))
ASSAY_UNARY(sqrt, __builtin_sqrtf(x))
ASSAY_UNARY(rsqrt, assay::rsqrt(x))
ASSAY_UNARY(floor, __builtin_floorf(x))
ASSAY_UNARY(ceil, __builtin_ceilf(x))
ASSAY_UNARY(round, __builtin_roundf(x))
ASSAY_UNARY(rint, __builtin_rintf(x))
ASSAY_UNARY(trunc, __builtin_truncf(x))
ASSAY_UNARY(fabs, __builtin_fabsf(x))
ASSAY_UNARY(abs, __builtin_fabsf(x))
ASSAY_BINARY(atan2, __builtin_atan2f(x, y))
ASSAY_BINARY(pow, __builtin_powf(x, y))
ASSAY_BINARY(powr, assay::exp2(y * assay::log2(x)))
ASSAY_BINARY(fmod, __builtin_fmodf(x, y))
ASSAY_BINARY(fmin, x != x ? y : (y < x ? y : x))
ASSAY_BINARY(fmax, x != x ? y : (y > x ? y : x))
ASSAY_BINARY(min, y < x ? y : x)
ASSAY_BINARY(max, x < y ? y : x)
ASSAY_BINARY(copysign, __builtin_copysignf(x, y))
ASSAY_BINARY(fdim, x <= y ? 0.0f : x - y)
ASSAY_BINARY(divide, x / y)
ASSAY_TERNARY(fma, assay::fma(x, y, z))
ASSAY_TERNARY(min3, min(x, min(y, z)))
ASSAY_TERNARY(max3, max(x, max(y, z)))
ASSAY_TERNARY(median3, max(min(x, y), min(max(x, y), z)))
ASSAY_TERNARY(fmin3, fmin(x, fmin(y, z)))
ASSAY_TERNARY(fmax3, fmax(x, fmax(y, z)))
ASSAY_TERNARY(fmedian3, fmax(fmin(x, y), fmin(fmax(x, y), z)))

}  // namespace metal
