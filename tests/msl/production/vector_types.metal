// Vector types chosen by traits, pointers reinterpreted as vectors, and products with matrices.
#include <metal_stdlib>
using namespace metal;

template <typename T>
struct Four {};
template <>
struct Four<float> { using type = float4; };
template <>
struct Four<half> { using type = half4; };
template <>
struct Four<bfloat> { using type = bfloat4; };

template <typename T, unsigned group>
kernel void int4_product(constant T *a [[buffer(0)]], constant uchar *b [[buffer(1)]],
                         constant T *scales [[buffer(2)]], device T *out [[buffer(3)]],
                         constant uint3 &sizes [[buffer(4)]], uint n [[threadgroup_position_in_grid]],
                         uint lane [[thread_index_in_simdgroup]]) {
  using vec4 = typename Four<T>::type;
  const uint k = sizes.y;
  constant vec4 *a4 = reinterpret_cast<constant vec4 *>(a);
  float4 result = float4(0.0);
  for (uint at = lane * 4; at < k; at += 32 * 4) {
    const ushort packed = ((constant ushort *)(b + (n * k + at) / 2))[0];
    const float4 values = float4(a4[at / 4]);
    const float4 steps = {values[0], values[1] / 16.0f, values[2] / 256.f, values[3] / 4096.0f};
    float4x4 weights = float4x4(0.f);
    weights[0] = float4(float(packed & 0x000f), float(packed & 0x00f0), float(packed & 0x0f00),
                        float(packed & 0xf000));
    const float scale = float(scales[n * (k / group) + at / group]);
    result += (steps * weights) * scale;
  }
  result += simd_shuffle_down(result, 1);
  result += simd_shuffle_down(result, 2);
  result += simd_shuffle_down(result, 4);
  result += simd_shuffle_down(result, 8);
  result += simd_shuffle_down(result, 16);
  if (lane == 0) reinterpret_cast<device T *>(out)[n] = T(result[0]);
}
#define INSTANTIATE(DTYPE, GROUP)                                                          \
  template [[host_name("int4_product_" #GROUP "_" #DTYPE)]] kernel void                    \
  int4_product<DTYPE, GROUP>(constant DTYPE * a [[buffer(0)]], constant uchar * b [[buffer(1)]], \
      constant DTYPE * scales [[buffer(2)]], device DTYPE * out [[buffer(3)]],             \
      constant uint3 & sizes [[buffer(4)]], uint n [[threadgroup_position_in_grid]],       \
      uint lane [[thread_index_in_simdgroup]])
INSTANTIATE(float, 32);
INSTANTIATE(half, 64);
#if __METAL_VERSION__ >= 310
INSTANTIATE(bfloat, 64);
#endif
