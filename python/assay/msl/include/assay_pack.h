// Pack and unpack functions (specification, section 6.14): vectors of numbers in [0, 1] or [-1, 1]
// in one integer. The first component has the lowest bits.
#pragma once

namespace assay {
// To nearest, ties to even. NaN becomes 0.
ASSAY_INLINE uint to_unorm(float x, float largest) {
  return (uint)(int)__builtin_rintf((x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f) * largest);
}
ASSAY_INLINE uint to_snorm(float x, float largest) {
  const float bounded = x > -1.0f ? (x < 1.0f ? x : 1.0f) : (x <= -1.0f ? -1.0f : 0.0f);
  return (uint)(int)__builtin_rintf(bounded * largest);
}
ASSAY_INLINE float from_snorm(int x, float largest) {
  const float v = (float)x / largest;
  return v < -1.0f ? -1.0f : v;
}
ASSAY_INLINE float to_linear(float s) {
  return s <= 0.04045f ? s / 12.92f : metal::powr((s + 0.055f) / 1.055f, 2.4f);
}
ASSAY_INLINE float to_srgb(float x) {
  const float l = x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f;
  return l <= 0.0031308f ? l * 12.92f : 1.055f * metal::powr(l, 1.0f / 2.4f) - 0.055f;
}
}  // namespace assay

namespace metal {
ASSAY_INLINE float4 unpack_unorm4x8_to_float(uint x) {
  return float4{(float)(x & 255u), (float)(x >> 8 & 255u), (float)(x >> 16 & 255u),
                (float)(x >> 24)} / 255.0f;
}
ASSAY_INLINE float4 unpack_snorm4x8_to_float(uint x) {
  return float4{assay::from_snorm((char)x, 127.0f), assay::from_snorm((char)(x >> 8), 127.0f),
                assay::from_snorm((char)(x >> 16), 127.0f),
                assay::from_snorm((char)(x >> 24), 127.0f)};
}
ASSAY_INLINE float4 unpack_unorm4x8_srgb_to_float(uint x) {
  const float4 s = unpack_unorm4x8_to_float(x);
  return float4{assay::to_linear(s.x), assay::to_linear(s.y), assay::to_linear(s.z), s.w};
}
ASSAY_INLINE float2 unpack_unorm2x16_to_float(uint x) {
  return float2{(float)(x & 65535u), (float)(x >> 16)} / 65535.0f;
}
ASSAY_INLINE float2 unpack_snorm2x16_to_float(uint x) {
  return float2{assay::from_snorm((short)x, 32767.0f), assay::from_snorm((short)(x >> 16), 32767.0f)};
}
ASSAY_INLINE float4 unpack_unorm10a2_to_float(uint x) {
  return float4{(float)(x & 1023u), (float)(x >> 10 & 1023u), (float)(x >> 20 & 1023u),
                (float)(x >> 30)} / float4{1023.0f, 1023.0f, 1023.0f, 3.0f};
}

ASSAY_INLINE uint pack_float_to_unorm4x8(float4 v) {
  return assay::to_unorm(v.x, 255.0f) | assay::to_unorm(v.y, 255.0f) << 8 |
         assay::to_unorm(v.z, 255.0f) << 16 | assay::to_unorm(v.w, 255.0f) << 24;
}
ASSAY_INLINE uint pack_float_to_snorm4x8(float4 v) {
  return (assay::to_snorm(v.x, 127.0f) & 255u) | (assay::to_snorm(v.y, 127.0f) & 255u) << 8 |
         (assay::to_snorm(v.z, 127.0f) & 255u) << 16 | assay::to_snorm(v.w, 127.0f) << 24;
}
ASSAY_INLINE uint pack_float_to_srgb_unorm4x8(float4 v) {
  return pack_float_to_unorm4x8(
      float4{assay::to_srgb(v.x), assay::to_srgb(v.y), assay::to_srgb(v.z), v.w});
}
ASSAY_INLINE uint pack_float_to_unorm2x16(float2 v) {
  return assay::to_unorm(v.x, 65535.0f) | assay::to_unorm(v.y, 65535.0f) << 16;
}
ASSAY_INLINE uint pack_float_to_snorm2x16(float2 v) {
  return (assay::to_snorm(v.x, 32767.0f) & 65535u) | assay::to_snorm(v.y, 32767.0f) << 16;
}
ASSAY_INLINE uint pack_float_to_unorm10a2(float4 v) {
  return assay::to_unorm(v.x, 1023.0f) | assay::to_unorm(v.y, 1023.0f) << 10 |
         assay::to_unorm(v.z, 1023.0f) << 20 | assay::to_unorm(v.w, 3.0f) << 30;
}

// Three numbers in 5, 6 and 5 bits, the first in the highest.
ASSAY_INLINE float3 unpack_unorm565_to_float(ushort x) {
  return float3{(float)(x >> 11), (float)(x >> 5 & 63u), (float)(x & 31u)} /
         float3{31.0f, 63.0f, 31.0f};
}
ASSAY_INLINE half3 unpack_unorm565_to_half(ushort x) {
  return __builtin_convertvector(unpack_unorm565_to_float(x), half3);
}
ASSAY_INLINE ushort pack_float_to_unorm565(float3 v) {
  return (ushort)(assay::to_unorm(v.x, 31.0f) << 11 | assay::to_unorm(v.y, 63.0f) << 5 |
                  assay::to_unorm(v.z, 31.0f));
}
ASSAY_INLINE ushort pack_half_to_unorm565(half3 v) {
  return pack_float_to_unorm565(__builtin_convertvector(v, float3));
}

// The same with half.
#define ASSAY_UNPACK_HALF(form, N)                                            \
  ASSAY_INLINE half##N unpack_##form##_to_half(uint x) {                      \
    return __builtin_convertvector(unpack_##form##_to_float(x), half##N);     \
  }
#define ASSAY_PACK_HALF(form, N)                                              \
  ASSAY_INLINE uint pack_half_to_##form(half##N v) {                          \
    return pack_float_to_##form(__builtin_convertvector(v, float##N));        \
  }
ASSAY_UNPACK_HALF(unorm4x8, 4) ASSAY_UNPACK_HALF(snorm4x8, 4) ASSAY_UNPACK_HALF(unorm4x8_srgb, 4)
ASSAY_UNPACK_HALF(unorm2x16, 2) ASSAY_UNPACK_HALF(snorm2x16, 2) ASSAY_UNPACK_HALF(unorm10a2, 4)
ASSAY_PACK_HALF(unorm4x8, 4) ASSAY_PACK_HALF(snorm4x8, 4) ASSAY_PACK_HALF(srgb_unorm4x8, 4)
ASSAY_PACK_HALF(unorm2x16, 2) ASSAY_PACK_HALF(snorm2x16, 2) ASSAY_PACK_HALF(unorm10a2, 4)
}  // namespace metal
