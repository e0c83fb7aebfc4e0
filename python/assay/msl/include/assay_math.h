// Floating-point functions (specification, section 6.5). The elementary ones are polynomials written
// inline, so that loops over threads vectorise; their error is a few units in the last place.
#pragma once

namespace assay {

ASSAY_INLINE float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

// Evaluates c[0] x^(n-1) + … + c[n-1].
template <class... C>
ASSAY_INLINE float polynomial(float x, float highest, C... rest) {
  float sum = highest;
  ((sum = multiply_add(sum, x, rest)), ...);
  return sum;
}

struct sine_cosine {
  float sine, cosine;
};

// Sine and cosine of r + quadrant * pi/2 for r in [-pi/4, pi/4], by minimax polynomials.
ASSAY_INLINE sine_cosine sincos_in_quadrant(float r, int quadrant) {
  const float r2 = r * r;
  const float s = multiply_add(
      polynomial(r2, 2.718311493989822e-6f, -1.9839334836096632e-4f, 8.3333293858894632e-3f,
                 -1.6666666641626524e-1f) * r2, r, r);
  const float c = polynomial(r2, 2.443315711809948e-5f, -1.388731625493765e-3f,
                             4.166664568298827e-2f, -0.5f, 1.0f);
  const float a = (quadrant & 1) ? c : s;
  const float b = (quadrant & 1) ? s : c;
  return {(quadrant & 2) ? -a : a, ((quadrant + 1) & 2) ? -b : b};
}

// Argument reduction by pi/2 in three parts (Cody and Waite).
ASSAY_INLINE sine_cosine sincos(float x) {
  const float k = __builtin_rintf(x * 0.636619772367581343f);
  float r = multiply_add(k, -1.5703125f, x);
  r = multiply_add(k, -4.837512969970703125e-4f, r);
  r = multiply_add(k, -7.54978995489188216e-8f, r);
  return sincos_in_quadrant(r, (int)k);
}

// The reduction of a multiple of pi is exact.
ASSAY_INLINE sine_cosine sincospi(float x) {
  const float k = __builtin_rintf(2.0f * x);
  return sincos_in_quadrant((x - 0.5f * k) * 3.14159265358979f, (int)k);
}

// 2^k as a product of two powers, so that results may be subnormal.
ASSAY_INLINE float scale_by_power(float value, int k) {
  const int high = k >> 1;
  const int low = k - high;
  return value * __builtin_bit_cast(float, (high + 127) << 23) *
         __builtin_bit_cast(float, (low + 127) << 23);
}

// e^f for f in [-ln(2)/2, ln(2)/2].
ASSAY_INLINE float exp_near_zero(float f) {
  return polynomial(f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                    5.0000000000e-1f, 1.0f, 1.0f);
}

ASSAY_INLINE float exp(float x) {
  if (x != x) return x;
  const float bounded = x > 89.0f ? 89.0f : (x < -104.0f ? -104.0f : x);
  const float k = __builtin_rintf(bounded * 1.44269504088896340736f);
  float f = multiply_add(k, -0.693145751953125f, bounded);
  f = multiply_add(k, -1.428606765330187045e-06f, f);
  return scale_by_power(exp_near_zero(f), (int)k);
}

ASSAY_INLINE float exp10(float x) {
  if (x != x) return x;
  const float bounded = x > 39.0f ? 39.0f : (x < -46.0f ? -46.0f : x);
  const float k = __builtin_rintf(bounded * 3.32192809488736f);
  float f = multiply_add(k, -0.301025390625f, bounded);
  f = multiply_add(k, -4.605038981195e-6f, f);
  return scale_by_power(exp_near_zero(f * 2.30258509299405f), (int)k);
}

ASSAY_INLINE float exp2(float x) {
  if (x != x) return x;
  const float bounded = x > 128.0f ? 128.0f : (x < -150.0f ? -150.0f : x);
  const float k = __builtin_rintf(bounded);
  const float p = polynomial(bounded - k, 1.535336188319500e-4f, 1.339887440266574e-3f,
                             9.618437357674640e-3f, 5.550332471162809e-2f, 2.402264791363012e-1f,
                             6.931472028550421e-1f, 1.0f);
  return scale_by_power(p, (int)k);
}

// Natural logarithm; reduction to [sqrt(1/2), sqrt(2)) and a series in f / (2 + f).
ASSAY_INLINE float log(float x) {
  if (!(x > 0.0f)) return x == 0.0f ? -__builtin_inff() : __builtin_nanf("");
  if (x > 3.402823466e+38f) return x;
  const bool subnormal = x < 1.17549435e-38f;
  const int bits = __builtin_bit_cast(int, subnormal ? x * 16777216.0f : x) - 0x3f3504f3;
  const float f = __builtin_bit_cast(float, (bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  const float k = (float)((bits >> 23) - (subnormal ? 24 : 0));
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float w = z * z;
  const float r = z * multiply_add(w, 0.28498786688f, 0.66666662693f) +
                  w * multiply_add(w, 0.24279078841f, 0.40000972152f);
  const float h = 0.5f * f * f;
  return multiply_add(k, 6.9313812256e-01f, -((h - (s * (h + r) + k * 9.0580006145e-06f)) - f));
}

ASSAY_INLINE float tanh(float x) {
  const float a = __builtin_fabsf(x);
  const float e = exp(2.0f * a);
  const float large = a > 9.0f ? 1.0f : 1.0f - 2.0f / (e + 1.0f);
  const float small = x * multiply_add(x * x, -0.333333333f, 1.0f);
  return a < 0.02f ? small : (x < 0.0f ? -large : large);
}

ASSAY_INLINE float sinh(float x) {
  const float small = x * multiply_add(x * x, 0.166666667f, 1.0f);
  return __builtin_fabsf(x) < 0.05f ? small : 0.5f * (exp(x) - exp(-x));
}

ASSAY_INLINE uint float_bits(float x) { return __builtin_bit_cast(uint, x); }

}  // namespace assay

// What clang calls for a power with an integer as its exponent.
extern "C" __attribute__((used, visibility("hidden"), nodebug)) inline float __powisf2(float base,
                                                                                       int exponent) {
  float power = 1.0f;
  for (uint left = exponent < 0 ? 0u - (uint)exponent : (uint)exponent; left; left >>= 1) {
    if (left & 1u) power *= base;
    base *= base;
  }
  return exponent < 0 ? 1.0f / power : power;
}

// One function of one argument, for scalars and vectors of float and half.
#define ASSAY_VECTOR_UNARY(name, T)                                               \
  ASSAY_INLINE T##2 name(T##2 v) { return T##2{name(v.x), name(v.y)}; }           \
  ASSAY_INLINE T##3 name(T##3 v) { return T##3{name(v.x), name(v.y), name(v.z)}; } \
  ASSAY_INLINE T##4 name(T##4 v) {                                                \
    return T##4{name(v.x), name(v.y), name(v.z), name(v.w)};                      \
  }
#define ASSAY_VECTOR_BINARY(name, T)                                                    \
  ASSAY_INLINE T##2 name(T##2 v, T##2 w) { return T##2{name(v.x, w.x), name(v.y, w.y)}; } \
  ASSAY_INLINE T##3 name(T##3 v, T##3 w) {                                              \
    return T##3{name(v.x, w.x), name(v.y, w.y), name(v.z, w.z)};                        \
  }                                                                                     \
  ASSAY_INLINE T##4 name(T##4 v, T##4 w) {                                              \
    return T##4{name(v.x, w.x), name(v.y, w.y), name(v.z, w.z), name(v.w, w.w)};        \
  }
#define ASSAY_VECTOR_TERNARY(name, T)                                                       \
  ASSAY_INLINE T##2 name(T##2 u, T##2 v, T##2 w) {                                          \
    return T##2{name(u.x, v.x, w.x), name(u.y, v.y, w.y)};                                  \
  }                                                                                         \
  ASSAY_INLINE T##3 name(T##3 u, T##3 v, T##3 w) {                                          \
    return T##3{name(u.x, v.x, w.x), name(u.y, v.y, w.y), name(u.z, v.z, w.z)};             \
  }                                                                                         \
  ASSAY_INLINE T##4 name(T##4 u, T##4 v, T##4 w) {                                          \
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

namespace metal {
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
ASSAY_UNARY(cosh, 0.5f * (assay::exp(x) + assay::exp(-x)))
ASSAY_UNARY(tanh, assay::tanh(x))
ASSAY_UNARY(asinh, __builtin_asinhf(x))
ASSAY_UNARY(acosh, __builtin_acoshf(x))
ASSAY_UNARY(atanh, __builtin_atanhf(x))
ASSAY_UNARY(exp, assay::exp(x))
ASSAY_UNARY(exp2, assay::exp2(x))
ASSAY_UNARY(exp10, assay::exp10(x))
ASSAY_UNARY(log, assay::log(x))
ASSAY_UNARY(log2, assay::log(x) * 1.44269504088896f)
ASSAY_UNARY(log10, assay::log(x) * 0.434294481903252f)
ASSAY_UNARY(sqrt, __builtin_sqrtf(x))
ASSAY_UNARY(rsqrt, 1.0f / __builtin_sqrtf(x))
ASSAY_UNARY(floor, __builtin_floorf(x))
ASSAY_UNARY(ceil, __builtin_ceilf(x))
ASSAY_UNARY(round, __builtin_roundf(x))
ASSAY_UNARY(rint, __builtin_rintf(x))
ASSAY_UNARY(trunc, __builtin_truncf(x))
ASSAY_UNARY(fract, x - __builtin_floorf(x))
ASSAY_UNARY(fabs, __builtin_fabsf(x))
ASSAY_UNARY(abs, __builtin_fabsf(x))
ASSAY_BINARY(atan2, __builtin_atan2f(x, y))
ASSAY_BINARY(pow, __builtin_powf(x, y))
ASSAY_BINARY(powr, assay::exp2(y * (assay::log(x) * 1.44269504088896f)))
ASSAY_BINARY(fmod, __builtin_fmodf(x, y))
ASSAY_BINARY(fmin, x != x ? y : (y < x ? y : x))
ASSAY_BINARY(fmax, x != x ? y : (y > x ? y : x))
ASSAY_BINARY(min, y < x ? y : x)
ASSAY_BINARY(max, x < y ? y : x)
ASSAY_BINARY(copysign, __builtin_copysignf(x, y))
ASSAY_BINARY(fdim, x > y ? x - y : 0.0f)
ASSAY_BINARY(divide, x / y)
ASSAY_BINARY(nextafter, __builtin_nextafterf(x, y))
ASSAY_TERNARY(fma, __builtin_fmaf(x, y, z))
ASSAY_TERNARY(mad, x * y + z)
ASSAY_TERNARY(min3, min(x, min(y, z)))
ASSAY_TERNARY(max3, max(x, max(y, z)))
ASSAY_TERNARY(median3, max(min(x, y), min(max(x, y), z)))
ASSAY_TERNARY(fmin3, fmin(x, fmin(y, z)))
ASSAY_TERNARY(fmax3, fmax(x, fmax(y, z)))
ASSAY_TERNARY(fmedian3, fmax(fmin(x, y), fmin(fmax(x, y), z)))

}  // namespace metal
