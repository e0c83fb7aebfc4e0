// Reductions that carry an index along, chosen by block size at run time.
#include <metal_limits>
#include <metal_stdlib>
using namespace metal;

template <typename T, typename _E = typename enable_if<is_scalar<T>::value>::type>
struct indexed {
  uint i;
  T val;
  constexpr indexed<T>() threadgroup = default;
};
template <typename T> struct is_indexed_type { static constant constexpr bool value = false; };
template <typename T> struct is_indexed_type<indexed<T>> {
  static constant constexpr bool value = true;
};
template <typename T> constexpr constant bool is_indexed_t = is_indexed_type<T>::value;
template <typename T> constexpr constant bool is_simd_t = __is_valid_simdgroup_type<T>::value;

template <typename T> constexpr METAL_FUNC bool operator<(indexed<T> lhs, indexed<T> rhs) {
  return lhs.val < rhs.val || (lhs.val == rhs.val && lhs.i < rhs.i);
}
template <typename T> constexpr METAL_FUNC bool operator>(indexed<T> lhs, indexed<T> rhs) {
  return lhs.val > rhs.val || (lhs.val == rhs.val && lhs.i < rhs.i);
}
template <typename T> struct _numeric_limits_impl<indexed<T>> {
  static constexpr METAL_FUNC indexed<T> lowest() { return indexed<T>{0, numeric_limits<T>::lowest()}; }
  static constexpr METAL_FUNC indexed<T> max() { return indexed<T>{0, numeric_limits<T>::max()}; }
};

METAL_FUNC int64_t simd_shuffle_down(int64_t data, uint16_t delta) {
  return as_type<int64_t>(simd_shuffle_down(as_type<uint2>(data), delta));
}
template <typename T> METAL_FUNC indexed<T> simd_shuffle_down(indexed<T> iv, ushort delta) {
  return indexed<T>{simd_shuffle_down(iv.i, delta), simd_shuffle_down(iv.val, delta)};
}

template <typename T> struct Sum {
  static constexpr METAL_FUNC T init() { return 0; }
  static METAL_FUNC T simd_op(T a) { return simd_sum(a); }
  template <typename V> METAL_FUNC V operator()(V a, V b) { return a + b; }
};
template <typename T> struct Min {
  static constexpr METAL_FUNC T init() { return numeric_limits<T>::max(); }
  static METAL_FUNC T simd_op(T a) { return simd_min(a); }
  template <typename V> METAL_FUNC V operator()(V a, V b) { return a < b ? a : b; }
};
template <typename T> struct Max {
  static constexpr METAL_FUNC T init() { return numeric_limits<T>::lowest(); }
  static METAL_FUNC T simd_op(T a) { return simd_max(a); }
  template <typename V> METAL_FUNC V operator()(V a, V b) { return a > b ? a : b; }
};

template <typename T, typename OP, ushort BLOCKSIZE, typename _E = void> struct simdgroup_reducer;
template <typename T, typename OP, ushort BLOCKSIZE>
struct simdgroup_reducer<T, OP, BLOCKSIZE, typename enable_if<is_simd_t<T>>::type> {
  METAL_FUNC T operator()(T value) { return OP::simd_op(value); }
};
template <typename T, typename OP, ushort BLOCKSIZE>
struct simdgroup_reducer<T, OP, BLOCKSIZE, typename enable_if<!is_simd_t<T>>::type> {
  OP op;
  METAL_FUNC T operator()(T value) {
    for (ushort s = 16; s > 0; s >>= 1) value = op(value, simd_shuffle_down(value, s));
    return value;
  }
};

template <typename T, typename OP, ushort BLOCKSIZE> struct block_reducer {
  simdgroup_reducer<T, OP, BLOCKSIZE> simd_reduce;
  OP operate;
  threadgroup T *shared;
  block_reducer(threadgroup T shared[BLOCKSIZE]) { this->shared = shared; }

  METAL_FUNC T operator()(T value, const uint tid) {
    shared[tid] = value;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    #pragma clang loop unroll(full)
    for (ushort s = BLOCKSIZE / 2; s >= 32; s >>= 1) {
      if (tid < s) shared[tid] = operate(shared[tid], shared[tid + s]);
      threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (tid < 32) value = simd_reduce(shared[tid]);
    return value;
  }
};

struct contiguous_indexer {
  const size_t last_dim;
  METAL_FUNC uint operator()(uint i) const { return i; }
};
typedef contiguous_indexer indexer_t;

template <typename T, typename R, typename OP, typename _E = void> struct loader;
template <typename T, typename R, typename OP>
struct loader<T, R, OP, typename enable_if<!is_indexed_t<R>>::type> {
  OP operate;
  template <typename INDEXER>
  METAL_FUNC R operator()(R value, INDEXER at, device const T *src, uint n, uint row, uint tid, uint step) {
    for (uint i = tid; i < n; i += step) value = operate(value, src[at(row * n + i)]);
    return value;
  }
};
template <typename T, typename R, typename OP>
struct loader<T, R, OP, typename enable_if<is_indexed_t<R>>::type> {
  OP operate;
  template <typename INDEXER>
  METAL_FUNC R operator()(R value, INDEXER at, device const T *src, uint n, uint row, uint tid, uint step) {
    for (uint i = tid; i < n; i += step) {
      value = operate(value, R{uint(i % at.last_dim), src[at(row * n + i)]});
    }
    return value;
  }
};

template <typename T, typename R, typename OP, ushort BLOCKSIZE, typename INDEXER>
METAL_FUNC void reduce(INDEXER at, constant uint &n, device const T *src, device R *dst,
                       threadgroup R shared[BLOCKSIZE], uint tid, uint row) {
  loader<T, R, OP> load;
  block_reducer<R, OP, BLOCKSIZE> reduce(shared);
  R value = load(OP::init(), at, src, n, row, tid, BLOCKSIZE);
  R result = reduce(value, tid);
  if (tid == 0) dst[row] = result;
}

#define ARG(...) __VA_ARGS__
#define reduce_case(OP, T, R, N)                                                    \
  case N: {                                                                         \
    threadgroup R shared[N];                                                        \
    reduce<T, R, OP<R>, N>(indexer_t({n}), n, src, dst, shared, tid, row);          \
    break;                                                                          \
  }
#define impl_reduce(OP, NAME, T, R)                                                 \
  kernel void NAME(constant uint &n, device const T *src, device R *dst,            \
                   uint tid [[thread_index_in_threadgroup]],                        \
                   uint row [[threadgroup_position_in_grid]],                       \
                   uint block_dim [[threads_per_threadgroup]]) {                    \
    switch (block_dim) {                                                            \
      reduce_case(OP, ARG(T), ARG(R), 256);                                         \
      reduce_case(OP, ARG(T), ARG(R), 64);                                          \
      reduce_case(OP, ARG(T), ARG(R), 32);                                          \
    }                                                                               \
  }

impl_reduce(Sum, fast_sum_f32, float, float)
impl_reduce(Sum, fast_sum_i64, int64_t, int64_t)
impl_reduce(Max, fast_max_f16, half, half)
impl_reduce(Min, fast_argmin_f32, float, indexed<float>)
impl_reduce(Max, fast_argmax_u32, uint, indexed<uint>)
