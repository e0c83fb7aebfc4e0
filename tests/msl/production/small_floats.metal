// Numbers of 8 and 4 bits as classes with conversions, and blocks of them with a shared scale.
#include <metal_stdlib>
using namespace metal;

// Sign, E bits of exponent, the rest significand; the formats differ in what they keep for NaN.
template <uint E, bool HasInfinity>
struct float8 {
  static constexpr constant uint M = 7 - E;
  static constexpr constant int bias = (1 << (E - 1)) - 1;
  uint8_t bits;

  float8() thread = default;
  constexpr float8(uint8_t b) thread : bits(b) {}
  operator float() const thread { return value(bits); }
  operator float() const device { return value(bits); }
  static float value(uint8_t bits) {
    const uint exponent = (bits >> M) & ((1u << E) - 1), fraction = bits & ((1u << M) - 1);
    const uint all = (1u << E) - 1;
    float magnitude;
    if (HasInfinity && exponent == all) {
      magnitude = fraction ? NAN : INFINITY;
    } else if (!HasInfinity && (bits & 0x7f) == 0x7f) {
      magnitude = numeric_limits<float>::quiet_NaN();
    } else if (exponent == 0) {
      magnitude = ldexp(float(fraction), 1 - bias - int(M));
    } else {
      magnitude = as_type<float>((exponent + 127 - bias) << 23 | fraction << (23 - M));
    }
    return bits & 0x80 ? -magnitude : magnitude;
  }
};
using e4m3 = float8<4, false>;
using e5m2 = float8<5, true>;

constexpr constant static float e2m1[16] = {0,   .5f,  1.f,  1.5f,  2.f,  3.f,  4.f,  6.f,
                                            -0., -.5f, -1.f, -1.5f, -2.f, -3.f, -4.f, -6.f};

typedef struct {
  uint8_t scale;  // a power of two
  uint8_t nibbles[16];
} block_mx4;
static_assert(sizeof(block_mx4) == 17, "blocks are packed");

template <typename T, typename F>
kernel void decode(device const F *in, device T *out, uint i [[thread_position_in_grid]]) {
  out[i] = T(static_cast<float>(in[i]));
}
typedef decltype(decode<float, e4m3>) decode_e4m3_t;
template [[host_name("decode_e4m3_float")]] kernel decode_e4m3_t decode<float, e4m3>;
template [[host_name("decode_e5m2_half"), host_name("decode_e5m2")]] kernel void decode<half, e5m2>(
    device const e5m2 *, device half *, uint);

template <typename type4x4>
void dequantize_mx4(device const block_mx4 *block, short part, thread type4x4 &reg) {
  const float d = as_type<float>(uint(block->scale) << 23);
  const uint8_t shift = part ? 4 : 0;
  for (short i = 0; i < 16; ++i) reg[i / 4][i % 4] = d * e2m1[(block->nibbles[i] >> shift) & 0x0F];
}

template <typename block_t, typename T4x4, void (*dequantize)(device const block_t *, short, thread T4x4 &)>
kernel void expand(device const void *in [[buffer(0)]], device T4x4 *out [[buffer(1)]],
                   uint i [[thread_position_in_grid]]) {
  T4x4 reg;
  dequantize(reinterpret_cast<device const block_t *>(in) + i / 2, i % 2, reg);
  out[i] = reg;
}
template [[host_name("expand_mx4_f32")]] kernel decltype(
    expand<block_mx4, float4x4, dequantize_mx4>) expand<block_mx4, float4x4, dequantize_mx4>;
template [[host_name("expand_mx4_f16")]] kernel decltype(
    expand<block_mx4, half4x4, dequantize_mx4>) expand<block_mx4, half4x4, dequantize_mx4>;
