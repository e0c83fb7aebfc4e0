// Conversions between half and float for processors without instructions for them. The compiler
// calls them by these names; denormal floats count as zero.
#pragma once

#if defined(__x86_64__) && !defined(__F16C__)
#define ASSAY_CONVERSION extern "C" ASSAY_EMITTED __attribute__((weak, nodebug))

ASSAY_CONVERSION float __extendhfsf2(_Float16 value) {
  const uint bits = __builtin_bit_cast(ushort, value);
  const uint sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31u, mantissa = bits & 0x3ffu;
  if (exponent == 0) {
    const uint magnitude = __builtin_bit_cast(uint, (float)mantissa * 0x1p-24f);
    return __builtin_bit_cast(float, sign | magnitude);
  }
  const uint wide = exponent == 31 ? 255u : exponent + 112u;
  return __builtin_bit_cast(float, sign | wide << 23 | mantissa << 13);
}

ASSAY_CONVERSION _Float16 __truncsfhf2(float value) {
  const uint bits = __builtin_bit_cast(uint, value), sign = bits >> 16 & 0x8000u;
  uint magnitude = bits & 0x7fffffffu, result = 0;
  if (magnitude > 0x7f800000u) {
    result = 0x7e00u | (magnitude >> 13 & 0x3ffu);  // NaN
  } else if (magnitude >= 0x477ff000u) {
    result = 0x7c00u;  // rounds to infinity
  } else if (magnitude >= 0x38800000u) {
    magnitude += 0xfffu + (magnitude >> 13 & 1u);  // to nearest, ties to even
    result = (magnitude - 0x38000000u) >> 13;
  } else if (magnitude >= 0x33000000u) {  // a denormal half
    const uint shift = 126u - (magnitude >> 23);
    const uint mantissa = (magnitude & 0x7fffffu) | 0x800000u;
    const uint rest = mantissa & ((1u << shift) - 1u), middle = 1u << (shift - 1u);
    result = mantissa >> shift;
    result += rest > middle || (rest == middle && (result & 1u));
  }
  return __builtin_bit_cast(_Float16, (ushort)(sign | result));
}
#undef ASSAY_CONVERSION
#endif
