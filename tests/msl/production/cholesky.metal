// Factors of small symmetric matrices: static members, arrays as members, two-dimensional arrays.
#include <metal_array>
#include <metal_limits>
#include <metal_stdlib>
#include <metal_type_traits>
using namespace metal;

template <typename T, ushort N>
struct Layout {
  static constexpr constant ushort order = N;
  static constexpr constant ushort stride = N + 1;  // no two rows in one bank
  static constexpr constant T tiny = numeric_limits<T>::epsilon();
  static METAL_CONST ushort index(ushort row, ushort column) { return row * stride + column; }
  typedef array<T, N> row_type;
};

template <typename L, typename T>
METAL_FUNC void factor(threadgroup T *a, ushort lane) {
  for (ushort k = 0; k < L::order; ++k) {
    if (lane == k) a[L::index(k, k)] = sqrt(max(a[L::index(k, k)], L::tiny));
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (lane > k && lane < L::order) a[L::index(lane, k)] /= a[L::index(k, k)];
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (lane > k && lane < L::order)
      for (ushort j = k + 1; j <= lane; ++j)
        a[L::index(lane, j)] -= a[L::index(lane, k)] * a[L::index(j, k)];
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
}

// A row is an array, by which it is copied as a whole.
template <typename T, ushort N, typename L = Layout<T, N>>
[[kernel]] void cholesky(
    device const typename L::row_type *in [[buffer(0)]],
    device typename L::row_type *out [[buffer(1)]], uint group [[threadgroup_position_in_grid]],
    ushort lane [[thread_index_in_threadgroup]]) {
  threadgroup T a[L::order * L::stride];
  if (lane < N) {
    const typename L::row_type row = in[group * N + lane];
    for (ushort j = 0; j < N; ++j) a[L::index(lane, j)] = row[j];
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  factor<L>(a, lane);
  if (lane < N) {
    typename L::row_type row = {};
    for (size_t j = 0; j <= lane; ++j) row[j] = a[L::index(lane, j)];
    out[group * N + lane] = row;
  }
}
template [[host_name("cholesky_8")]] [[host_name("cholesky_small")]]
[[kernel]] decltype(cholesky<float, 8>) cholesky<float, 8>;
template [[host_name("cholesky_17")]] [[kernel]] decltype(cholesky<float, 17>) cholesky<float, 17>;
