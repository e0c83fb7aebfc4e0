// Block formats behind function pointers in template parameters, as inference libraries do it.
#include <metal_stdlib>
using namespace metal;

#define BLOCK 32
typedef half scale_t;
typedef struct { scale_t d; uint8_t q[BLOCK / 2]; } block_4;
typedef struct {
  union {
    struct { scale_t d, m; };
    half2 dm;
  };
  int8_t q[BLOCK];
} block_8;
static_assert(sizeof(block_4) == sizeof(scale_t) + BLOCK / 2, "no padding");
static_assert(sizeof(block_8) == 2 * sizeof(scale_t) + BLOCK, "no padding");

static const constant float levels[16] = {
  -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7,
};

template <typename M>
void from_4(device const block_4 *b, short part, thread M &reg) {
  device const uint16_t *q = (device const uint16_t *)b + 1;
  const float d = b->d;
  for (short i = 0; i < 16; ++i) {
    const ushort word = q[part * 4 + i / 4];
    reg[i / 4][i % 4] = d * levels[(word >> 4 * (i % 4)) & 0xF];
  }
}
template <typename M>
void from_8(device const block_8 *b, short part, thread M &reg) {
  device const int8_t *q = b->q + 16 * part;
  for (short i = 0; i < 16; ++i) reg[i / 4][i % 4] = float(b->dm.x) * q[i] + float(b->m);
}
template <typename M>
void from_f16(device const half4x4 *b, short, thread M &reg) { reg = (M)(*b); }

template <typename M, typename block_t, short parts,
          void (*dequantise)(device const block_t *, short, thread M &)>
kernel void kernel_get_rows(device const void *source [[buffer(0)]],
                            device const int32_t *rows [[buffer(1)]],
                            device float *out [[buffer(2)]],
                            constant uint64_t &row_bytes [[buffer(3)]],
                            uint i [[threadgroup_position_in_grid]],
                            uint t [[thread_index_in_threadgroup]],
                            uint n [[threads_per_threadgroup]]) {
  device const block_t *row =
      (device const block_t *)((device const char *)source + rows[i] * row_bytes);
  M reg;
  dequantise(row + t / parts, t % parts, reg);
  *(((device float4x4 *)out) + i * n + t) = (float4x4)reg;
}

typedef decltype(kernel_get_rows<float4x4, block_4, 2, from_4>) get_rows_t;
template [[host_name("get_rows_q4")]] kernel get_rows_t kernel_get_rows<float4x4, block_4, 2, from_4>;
template [[host_name("get_rows_q8")]] kernel get_rows_t kernel_get_rows<float4x4, block_8, 2, from_8>;
template [[host_name("get_rows_f16")]] kernel get_rows_t kernel_get_rows<half4x4, half4x4, 1, from_f16>;
