// Properties of numbers (specification, section 6.18).
#pragma once

namespace metal {
enum float_round_style { round_indeterminate = -1, round_toward_zero, round_to_nearest };
enum float_denorm_style { denorm_indeterminate = -1, denorm_absent, denorm_present };
}  // namespace metal

namespace assay {
template <class T, int DIGITS>
struct integer_limits {
  static constexpr bool is_specialized = true, is_integer = true, is_exact = true;
  static constexpr bool is_signed = T(-1) < T(0), is_modulo = !is_signed && DIGITS > 1;
  static constexpr bool is_bounded = true, has_infinity = false, is_iec559 = false;
  static constexpr bool has_quiet_NaN = false, has_signaling_NaN = false;
  static constexpr bool has_denorm_loss = false, traps = false, tinyness_before = false;
  static constexpr metal::float_denorm_style has_denorm = metal::denorm_absent;
  static constexpr metal::float_round_style round_style = metal::round_toward_zero;
  static constexpr int radix = 2, digits = DIGITS, digits10 = DIGITS * 643 / 2136;
  static constexpr int max_digits10 = 0, min_exponent = 0, min_exponent10 = 0;
  static constexpr int max_exponent = 0, max_exponent10 = 0;
  static constexpr T max() { return T(~0ul >> (64 - DIGITS)); }
  static constexpr T min() { return is_signed ? T(-max() - 1) : T(0); }
  static constexpr T lowest() { return min(); }
  static constexpr T epsilon() { return T(0); }
  static constexpr T round_error() { return T(0); }
  static constexpr T infinity() { return T(0); }
  static constexpr T quiet_NaN() { return T(0); }
  static constexpr T signaling_NaN() { return T(0); }
  static constexpr T denorm_min() { return T(0); }
};
}  // namespace assay

namespace metal {

// Libraries with number types of their own specialise this one.
template <class T>
struct _numeric_limits_impl {
  static constexpr bool is_specialized = false;
};
struct _fp_numeric_limits_impl_base {
  static constexpr bool is_specialized = true, is_integer = false, is_exact = false;
  static constexpr bool is_signed = true, is_bounded = true, is_modulo = false;
  static constexpr bool has_infinity = true, has_quiet_NaN = true;
  static constexpr bool has_signaling_NaN = true, is_iec559 = true;
  static constexpr bool has_denorm_loss = false, traps = false, tinyness_before = false;
  static constexpr float_denorm_style has_denorm = denorm_present;
  static constexpr int radix = 2;
  static constexpr float_round_style round_style = round_to_nearest;
};
template <class T>
struct numeric_limits : _numeric_limits_impl<__remove_cv(T)> {};

#define ASSAY_INTEGER_LIMITS(T) \
  template <>                     \
  struct _numeric_limits_impl<T> : assay::integer_limits<T, int(sizeof(T)) * 8 - (T(-1) < T(0))> {};
ASSAY_INTEGER_TYPES(ASSAY_INTEGER_LIMITS)
ASSAY_INTEGER_LIMITS(int8_t)  // a type of its own beside char
template <>
struct _numeric_limits_impl<bool> : assay::integer_limits<bool, 1> {};

// DIGITS of the significand in base 2, DIGITS10 decimal digits that survive, decimal digits that tell
// all values apart, exponents in base 2 and in base 10 as in C.
#define ASSAY_FLOAT_LIMITS(T, MAX, MIN, DENORM, EPSILON, DIGITS, DIGITS10, DECIMAL, LOW, HIGH, LOW10, \
                           HIGH10)                                                   \
  template <>                                                                        \
  struct _numeric_limits_impl<T> : _fp_numeric_limits_impl_base {                    \
    static constexpr int digits = DIGITS, digits10 = DIGITS10, max_digits10 = DECIMAL; \
    static constexpr int min_exponent = LOW, max_exponent = HIGH;                    \
    static constexpr int min_exponent10 = LOW10, max_exponent10 = HIGH10;            \
    static constexpr T max() { return T(MAX); }                                      \
    static constexpr T min() { return T(MIN); }                                      \
    static constexpr T lowest() { return T(-MAX); }                                  \
    static constexpr T denorm_min() { return T(DENORM); }                            \
    static constexpr T epsilon() { return T(EPSILON); }                              \
    static constexpr T round_error() { return T(0.5f); }                             \
    static constexpr T infinity() { return T(__builtin_inff()); }                    \
    static constexpr T quiet_NaN() { return T(__builtin_nanf("")); }                 \
    static constexpr T signaling_NaN() { return T(__builtin_nansf("")); }            \
  };
ASSAY_FLOAT_LIMITS(float, 0x1.fffffep127f, 0x1.0p-126f, 0x1.0p-149f, 0x1.0p-23f, 24, 6, 9, -125, 128,
                   -37, 38)
ASSAY_FLOAT_LIMITS(bfloat, 0x1.fep127f, 0x1.0p-126f, 0x1.0p-133f, 0x1.0p-7f, 8, 2, 4, -125, 128, -37,
                   38)
ASSAY_FLOAT_LIMITS(half, 0x1.ffcp15f, 0x1.0p-14f, 0x1.0p-24f, 0x1.0p-10f, 11, 3, 5, -13, 16, -4, 4)
}  // namespace metal
