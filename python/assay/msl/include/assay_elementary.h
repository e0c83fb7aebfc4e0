// Elementary functions of floats, as polynomials written inline, so that loops over threads vectorise.
// Their error is at most 4 units in the last place, subnormal results are zero.
#pragma once

namespace assay {

ASSAY_INLINE float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
// Rounded once also where the processor has no instruction for it.
ASSAY_INLINE float fma(float a, float b, float c) {
#pragma float_control(precise, on)
  return __builtin_fmaf(a, b, c);
}
ASSAY_INLINE uint float_bits(float x) { return __builtin_bit_cast(uint, x); }

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

// Argument reduction by pi/2 in three parts (Cody and Waite). Of very large arguments the remainder
// is wrong, but the results stay in [-1, 1].
ASSAY_INLINE sine_cosine sincos(float x) {
  const float k = __builtin_rintf(x * 0.636619772367581343f);
  float r = multiply_add(k, -1.5703125f, x);
  r = multiply_add(k, -4.837512969970703125e-4f, r);
  r = multiply_add(k, -7.54978995489188216e-8f, r);
  r = r > 0.7854f ? 0.7854f : (r < -0.7854f ? -0.7854f : r);
  const float turns = k * 0.25f;
  return sincos_in_quadrant(r, (int)((turns - __builtin_floorf(turns)) * 4.0f));
}

// The reduction of a multiple of pi is exact. Large floats are even integers; NaN comes of infinity.
ASSAY_INLINE sine_cosine sincospi(float x) {
  const float bounded = __builtin_fabsf(x) < 16777216.0f ? x : x * 0.0f;
  const float k = __builtin_rintf(2.0f * bounded);
  return sincos_in_quadrant(multiply_add(k, -0.5f, bounded) * 3.14159265358979f, (int)k);
}

// 2^k * value by the exponent's bits, for a value between 1/2 and 2 and a result that is a normal
// number.
ASSAY_INLINE float times_power(float value, float k) {
  return __builtin_bit_cast(float, float_bits(value) + ((uint)(int)k << 23));
}

// The result of an exponential function, with what becomes of arguments beyond its domain.
ASSAY_INLINE float exponential(float x, float low, float high, float result) {
  const float bounded = x > high ? __builtin_inff() : (x < low ? 0.0f : result);
  return x == x ? bounded : x;
}

// e^f for f in [-ln(2)/2, ln(2)/2].
ASSAY_INLINE float exp_near_zero(float f) {
  return polynomial(f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f,
                    5.0000000000e-1f, 1.0f, 1.0f);
}

// e^x * 2^scale
ASSAY_INLINE float exp_scaled(float x, float scale) {
  const float k = __builtin_rintf(x * 1.44269504088896340736f);
  float f = multiply_add(k, -0.693145751953125f, x);
  f = multiply_add(k, -1.428606765330187045e-06f, f);
  return times_power(exp_near_zero(f), k + scale);
}
ASSAY_INLINE float exp(float x) {
  return exponential(x, -87.3365402f, 88.7228394f, exp_scaled(x, 0.0f));
}

ASSAY_INLINE float exp10(float x) {
  const float k = __builtin_rintf(x * 3.32192809488736f);
  float f = multiply_add(k, -0.301025390625f, x);
  f = multiply_add(k, -4.605038981195e-6f, f);
  return exponential(x, -37.9297752f, 38.5318375f,
                     times_power(exp_near_zero(f * 2.30258509299405f), k));
}

ASSAY_INLINE float exp2(float x) {
  const float k = __builtin_rintf(x);
  const float p = polynomial(x - k, 1.535336188319500e-4f, 1.339887440266574e-3f,
                             9.618437357674640e-3f, 5.550332471162809e-2f, 2.402264791363012e-1f,
                             6.931472028550421e-1f, 1.0f);
  return exponential(x, -126.0f, 127.999992f, times_power(p, k));
}

struct logarithm {
  float exponent, mantissa;  // of x: the exponent in base 2, and ln of x / 2^exponent
};

// Of a positive normal number; reduction to [sqrt(1/2), sqrt(2)) and a series in f / (2 + f).
ASSAY_INLINE logarithm log_parts(float x) {
  const int bits = __builtin_bit_cast(int, x) - 0x3f3504f3;
  const float f = __builtin_bit_cast(float, (bits & 0x007fffff) + 0x3f3504f3) - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float w = z * z;
  const float r = z * multiply_add(w, 0.28498786688f, 0.66666662693f) +
                  w * multiply_add(w, 0.24279078841f, 0.40000972152f);
  const float h = 0.5f * f * f;
  return {(float)(bits >> 23), f - (h - s * (h + r))};
}

// What a logarithm is of numbers that have no exponent.
ASSAY_INLINE float logarithm_of(float x, float result) {
  const float finite = x < 1.17549435e-38f ? -__builtin_inff() : result;
  const float positive = x >= 0.0f ? finite : __builtin_nanf("");
  return x > 3.402823466e+38f ? x : positive;
}

ASSAY_INLINE float log(float x) {
  const logarithm l = log_parts(x);
  const float low = multiply_add(l.exponent, 9.0580006145e-06f, l.mantissa);
  return logarithm_of(x, multiply_add(l.exponent, 6.9313812256e-01f, low));
}
// Exact for powers of two.
ASSAY_INLINE float log2(float x) {
  const logarithm l = log_parts(x);
  return logarithm_of(x, multiply_add(l.mantissa, 1.44269504088896f, l.exponent));
}
ASSAY_INLINE float log10(float x) {
  const logarithm l = log_parts(x);
  const float low = multiply_add(l.exponent, 4.605038981195e-6f, l.mantissa * 0.434294481903252f);
  return logarithm_of(x, multiply_add(l.exponent, 0.301025390625f, low));
}

// An odd function x + x^3 P(x^2) near zero.
template <class... C>
ASSAY_INLINE float odd_polynomial(float x, C... c) {
  const float z = x * x;
  return multiply_add(polynomial(z, c...) * z, x, x);
}

ASSAY_INLINE float tanh(float x) {
  const float a = __builtin_fabsf(x);
  const float large = 1.0f - 2.0f / (exp(2.0f * a) + 1.0f);
  const float small = odd_polynomial(x, -5.895157810e-03f, 2.079597116e-02f, -5.378383026e-02f,
                                     1.333192438e-01f, -3.333329856e-01f);
  return a < 0.6f ? small : __builtin_copysignf(large, x);
}

// Half of e^a, which is finite where cosh is.
ASSAY_INLINE float half_exp(float a) {
  return exponential(a, -87.0f, 89.4159851f, exp_scaled(a, -1.0f));
}
ASSAY_INLINE float sinh(float x) {
  const float a = __builtin_fabsf(x), e = half_exp(a);
  const float small = odd_polynomial(x, 2.816951337e-06f, 1.983615948e-04f, 8.333349600e-03f,
                                     1.666666716e-01f);
  return a < 1.0f ? small : __builtin_copysignf(e - 0.25f / e, x);
}
ASSAY_INLINE float cosh(float x) {
  const float e = half_exp(__builtin_fabsf(x));
  return e + 0.25f / e;
}

// A reciprocal square root is estimated, which makes NaN of zero and infinity.
ASSAY_INLINE float rsqrt(float x) {
  const float estimate = 1.0f / __builtin_sqrtf(x);
  const float limit = x == 0.0f ? __builtin_inff() : 0.0f;
  return x == 0.0f || x > 3.402823466e+38f ? limit : estimate;
}

}  // namespace assay
