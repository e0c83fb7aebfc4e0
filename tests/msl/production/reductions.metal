// Reductions of any type by any operation: functors, traits, and one function template for pointers
// into each address space.
#include <metal_stdlib>
#include <metal_limits>
#include <metal_type_traits>
using namespace metal;

template <typename T, typename = void>
struct Accumulator {
  using type = T;
};
template <typename T>
struct Accumulator<T, enable_if_t<is_same_v<T, half> || is_same_v<T, bfloat>>> {
  using type = float;
};

template <typename U>
struct Sum {
  static constexpr constant U init = U(0);
  U operator()(U a, U b) { return a + b; }
  U simd_reduce(U v) { return simd_sum(v); }
};
template <typename U>
struct Max {
  static constexpr constant U init = numeric_limits<U>::lowest();
  U operator()(U a, U b) { return a < b ? b : a; }
  U simd_reduce(U v) { return simd_max(v); }
};
// 64-bit integers have no simdgroup reductions: shuffle their halves.
template <>
struct Max<int64_t> {
  static constexpr constant int64_t init = numeric_limits<int64_t>::lowest();
  int64_t operator()(int64_t a, int64_t b) { return metal::max(a, b); }
  int64_t simd_reduce(int64_t v) {
    for (ushort step = 16; step > 0; step >>= 1) {
      const uint2 halves = as_type<uint2>(v);
      const uint2 other = uint2(simd_shuffle_xor(halves.x, step), simd_shuffle_xor(halves.y, step));
      v = metal::max(v, as_type<int64_t>(other));
    }
    return v;
  }
};

template <typename T, typename U, typename Op, int N>
METAL_FUNC U reduce_some(const device T *from, Op op) {
  U total = Op::init;
  for (int i = 0; i < N; ++i) total = op(total, static_cast<U>(from[i]));
  return total;
}
template <typename T, typename U, typename Op, int N>
METAL_FUNC U reduce_some(const threadgroup T *from, Op op) {
  U total = Op::init;
  for (int i = 0; i < N; ++i) total = op(total, static_cast<U>(from[i]));
  return total;
}

template <typename T, template <typename> class OpT, int N_READS = 4>
[[kernel]] void reduce_all(const device T *in [[buffer(0)]], device T *out [[buffer(1)]],
                           const constant size_t &size [[buffer(2)]],
                           uint l [[thread_position_in_threadgroup]],
                           uint n [[threads_per_threadgroup]],
                           uint lane [[thread_index_in_simdgroup]],
                           uint group [[simdgroup_index_in_threadgroup]]) {
  using U = typename Accumulator<T>::type;
  using Op = OpT<U>;
  Op op;
  threadgroup U partial[32];
  if (group == 0) partial[lane] = Op::init;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  U total = Op::init;
  const size_t whole = size / N_READS;
  for (size_t block = l; block < whole; block += n) {
    total = op(total, reduce_some<T, U, Op, N_READS>(in + block * N_READS, op));
  }
  for (size_t i = whole * N_READS + l; i < size; i += n) total = op(total, U(in[i]));
  total = op.simd_reduce(total);
  if (lane == 0) partial[group] = total;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (l == 0) out[0] = static_cast<T>(reduce_some<U, U, Op, 32>(partial, op));
}

#define instantiate_reduce(op, tname, type)                            \
  template [[host_name("reduce_" #op "_" #tname)]] [[kernel]] void     \
  reduce_all<type, op>(const device type *, device type *, const constant size_t &, uint, uint, \
                       uint, uint);
#define instantiate_both(tname, type) \
  instantiate_reduce(Sum, tname, type) instantiate_reduce(Max, tname, type)
instantiate_both(float32, float)
instantiate_both(float16, half)
instantiate_both(bfloat16, bfloat)
instantiate_both(int32, int32_t)
instantiate_both(uint8, uint8_t)
instantiate_reduce(Max, int64, int64_t)

// The extremes of 64-bit numbers, through atomics; min works on complements.
kernel void extremes(device const ulong *in [[buffer(0)]], device atomic_ulong *high [[buffer(1)]],
                     device atomic_ulong *low [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  atomic_max_explicit(high, in[i], memory_order_relaxed);
  atomic_min_explicit(low, in[i], memory_order_relaxed);
}
