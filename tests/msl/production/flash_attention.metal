// One query tile of attention with an online softmax: 8 queries and 8 keys at a time, products in
// simdgroup matrices.
#include <metal_stdlib>
#include <metal_simdgroup_matrix>

#define instantiate_kernel(name, func, ...) \
  template [[host_name(name)]] [[kernel]] decltype(func<__VA_ARGS__>) func<__VA_ARGS__>;

struct AttentionParams {
  int queries;
  int keys;
  float scale;
};

constant bool causal [[function_constant(0)]];
constant constexpr short kTile = 8;

template <typename T, int D>
struct TileLoader {
  static constant constexpr const short per_row = D;
  const device T *source;
  const uint lane;

  METAL_FUNC TileLoader(const device T *s, int row, uint lane_)
      : source(s + row * per_row), lane(lane_) {}

  METAL_FUNC void load(threadgroup T (&tile)[kTile * D], int rows) const {
    for (int i = lane; i < kTile * D; i += 32) {
      tile[i] = i / D < rows ? source[i] : T(0);
    }
  }
};

METAL_FUNC static float row_max(threadgroup const float *row) {
  float m = row[0];
#pragma clang loop unroll(full)
  for (short j = 1; j < kTile; ++j) m = metal::max(m, row[j]);
  return m;
}

template <typename T, int D = 32>
[[kernel, max_total_threads_per_threadgroup(32)]] void attention(
    device const T *q [[buffer(0)]], device const T *k [[buffer(1)]],
    device const T *v [[buffer(2)]], device T *out [[buffer(3)]],
    constant AttentionParams &params [[buffer(4)]],
    uint tile [[threadgroup_position_in_grid]], uint lane [[thread_index_in_simdgroup]]) {
  using matrix_t = metal::simdgroup_matrix<float, 8, 8>;
  using operand_t = metal::simdgroup_matrix<T, 8, 8>;
  constexpr short C = D / kTile;
  threadgroup T queries[kTile * D];
  threadgroup T keys[kTile * D];
  threadgroup T values[kTile * D];
  threadgroup float scores[kTile * kTile];
  threadgroup T weights[kTile * kTile];
  threadgroup float diagonal[kTile * kTile];
  threadgroup float result[kTile * D];

  const int first = tile * kTile;
  const int rows = metal::min(int(kTile), params.queries - first);
  TileLoader<T, D>(q, first, lane).load(queries, rows);
  for (int i = lane; i < kTile * kTile; i += 32) diagonal[i] = 0;
  metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);

  matrix_t sum[C];
  for (short c = 0; c < C; ++c) sum[c] = metal::make_filled_simdgroup_matrix<float, 8>(0.0f);
  float largest = -INFINITY, total = 0;

  for (int start = 0; start < params.keys; start += kTile) {
    const int valid = metal::min(int(kTile), params.keys - start);
    TileLoader<T, D>(k, start, lane).load(keys, valid);
    TileLoader<T, D>(v, start, lane).load(values, valid);
    metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);

    matrix_t s = matrix_t(0);
    for (short c = 0; c < C; ++c) {
      operand_t a, b;
      metal::simdgroup_load(a, queries + c * kTile, D);
      metal::simdgroup_load(b, keys + c * kTile, D, 0, true);
      metal::simdgroup_multiply_accumulate(s, a, b, s);
    }
    metal::simdgroup_store(s, scores, kTile);
    metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);

    if (lane < uint(kTile)) {
      threadgroup float *row = scores + lane * kTile;
      for (short j = 0; j < kTile; ++j) {
        const bool hidden = j >= valid || (causal && start + j > first + int(lane));
        row[j] = hidden ? -INFINITY : row[j] * params.scale;
      }
      const float new_largest = metal::max(largest, row_max(row));
      const float factor = metal::fast::exp(largest - new_largest);
      total *= factor;
      for (short j = 0; j < kTile; ++j) {
        const float w = metal::fast::exp(row[j] - new_largest);
        total += w;
        weights[lane * kTile + j] = T(w);
      }
      diagonal[lane * kTile + lane] = factor;
      largest = new_largest;
    }
    metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);

    matrix_t d;
    operand_t w;
    metal::simdgroup_load(d, diagonal, kTile);
    metal::simdgroup_load(w, weights, kTile);
    for (short c = 0; c < C; ++c) {
      operand_t b;
      metal::simdgroup_load(b, values + c * kTile, D);
      metal::simdgroup_multiply(sum[c], d, sum[c]);
      metal::simdgroup_multiply_accumulate(sum[c], w, b, sum[c]);
    }
    metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);
  }

  for (short c = 0; c < C; ++c) metal::simdgroup_store(sum[c], result + c * kTile, D);
  metal::simdgroup_barrier(metal::mem_flags::mem_threadgroup);
  for (int r = 0; r < rows; ++r) {
    const float t = metal::simd_shuffle(total, ushort(r));
    out[(first + r) * D + lane] = T(result[r * D + lane] / t);
  }
}

instantiate_kernel("attention_f32", attention, float)
instantiate_kernel("attention_f16", attention, half, 32)
instantiate_kernel("attention_bf16", attention, bfloat)
