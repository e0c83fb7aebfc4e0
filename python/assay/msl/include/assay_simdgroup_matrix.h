// 8 x 8 matrices spread over the lanes of a simdgroup (specification, section 6.7 on SIMD-group
// matrices). Each lane holds two neighbouring elements of one row.
#pragma once

namespace assay {
struct place {
  uint row, column;
};

// Where the elements of a lane lie; column is that of the first of the two.
ASSAY_INLINE place place_of(uint lane) {
  const uint quad = lane >> 2;
  return {(quad & 4u) + ((lane >> 1) & 3u), (quad & 2u) * 2u + (lane & 1u) * 2u};
}

ASSAY_INLINE uint lane_of(uint row, uint column) {
  return ((row & 4u) << 2) | ((column & 4u) << 1) | ((row & 3u) << 1) | ((column >> 1) & 1u);
}
}  // namespace assay

namespace metal {

template <class T, int C, int R = C>
struct simdgroup_matrix {
  static_assert(C == 8 && R == 8, "simdgroup matrices are 8 x 8");
  static_assert(is_floating_point_v<T>, "simdgroup matrices are of float, half or bfloat");
  vec<T, 2> elements;
  simdgroup_matrix() = default;
  // A diagonal matrix.
  explicit simdgroup_matrix(T s) {
    const assay::place at = assay::place_of(assay_runtime_table->lane());
    elements = vec<T, 2>{at.row == at.column ? s : T(0), at.row == at.column + 1u ? s : T(0)};
  }
  thread vec<T, 2> &thread_elements() { return elements; }
};
typedef simdgroup_matrix<float, 8, 8> simdgroup_float8x8;
typedef simdgroup_matrix<half, 8, 8> simdgroup_half8x8;
typedef simdgroup_matrix<bfloat, 8, 8> simdgroup_bfloat8x8;

template <class T, int C, int R = C>
ASSAY_INLINE simdgroup_matrix<T, C, R> make_filled_simdgroup_matrix(T value) {
  simdgroup_matrix<T, C, R> m;
  m.elements = vec<T, 2>{value, value};
  return m;
}
template <class T, int C, int R = C>
ASSAY_INLINE simdgroup_matrix<T, C, R> make_diagonal_simdgroup_matrix(T value) {
  return simdgroup_matrix<T, C, R>(value);
}

#define ASSAY_SIMDGROUP_MEMORY(SPACE)                                                        \
  template <class T>                                                                         \
  ASSAY_CALL void simdgroup_load(thread simdgroup_matrix<T, 8, 8> &m, const SPACE T *source, \
                                 ulong per_row = 8, ulong2 origin = ulong2{0, 0},            \
                                 bool transposed = false, ASSAY_SITE) {                      \
    assay_runtime_table->simd_exchange(nullptr, 0, site);                                    \
    const assay::place at = assay::place_of(assay_runtime_table->lane());                    \
    const SPACE T *first = source + origin.y * per_row + origin.x;                           \
    for (uint i = 0; i < 2; ++i)                                                             \
      m.elements[i] = transposed ? first[(at.column + i) * per_row + at.row]                 \
                                 : first[at.row * per_row + at.column + i];                  \
  }                                                                                          \
  template <class T>                                                                         \
  ASSAY_CALL void simdgroup_store(simdgroup_matrix<T, 8, 8> m, SPACE T *target,              \
                                  ulong per_row = 8, ulong2 origin = ulong2{0, 0},           \
                                  bool transposed = false, ASSAY_SITE) {                     \
    const assay::place at = assay::place_of(assay_runtime_table->lane());                    \
    SPACE T *first = target + origin.y * per_row + origin.x;                                 \
    for (uint i = 0; i < 2; ++i)                                                             \
      (transposed ? first[(at.column + i) * per_row + at.row]                                \
                  : first[at.row * per_row + at.column + i]) = m.elements[i];                \
    assay_runtime_table->simd_exchange(nullptr, 0, site);                                    \
  }
ASSAY_SHARED_SPACES(ASSAY_SIMDGROUP_MEMORY)

// d = a b + c. The products are summed in float, as the hardware does.
template <class D, class A, class B, class C>
ASSAY_CALL void simdgroup_multiply_accumulate(thread simdgroup_matrix<D, 8, 8> &d,
                                              simdgroup_matrix<A, 8, 8> a,
                                              simdgroup_matrix<B, 8, 8> b,
                                              simdgroup_matrix<C, 8, 8> c, ASSAY_SITE) {
  const float4 own = float4{(float)a.elements[0], (float)a.elements[1], (float)b.elements[0],
                            (float)b.elements[1]};
  const assay_exchange e = assay::publish(own, site);
  const assay::place at = assay::place_of(e.lane);
  float2 sum = float2{(float)c.elements[0], (float)c.elements[1]};
  for (uint k = 0; k < 8u; ++k) {
    const float left = assay::value_of<float4>(e, assay::lane_of(at.row, k))[k & 1u];
    sum += left * assay::value_of<float4>(e, assay::lane_of(k, at.column)).zw;
  }
  d.elements = vec<D, 2>{(D)sum.x, (D)sum.y};
}
template <class D, class A, class B>
ASSAY_INLINE void simdgroup_multiply(thread simdgroup_matrix<D, 8, 8> &d,
                                     simdgroup_matrix<A, 8, 8> a, simdgroup_matrix<B, 8, 8> b,
                                     ASSAY_SITE) {
  simdgroup_multiply_accumulate(d, a, b, make_filled_simdgroup_matrix<D, 8, 8>(D(0)), site);
}
}  // namespace metal
