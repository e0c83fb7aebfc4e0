// Class templates specialised for pointers into each address space, and code that asks them.
#include <metal_stdlib>
#pragma METAL internals : enable
namespace metal {
template <typename T>
struct is_empty : bool_constant<__is_empty(T)> {};
}  // namespace metal
#pragma METAL internals : disable
using namespace metal;

template <typename P>
struct pointee {};
template <typename T>
struct pointee<thread T *> { using type = remove_cv_t<T>; };
template <typename T>
struct pointee<device T *> { using type = remove_cv_t<T>; };
template <typename T>
struct pointee<constant T *> { using type = remove_cv_t<T>; };
template <typename T>
struct pointee<threadgroup T *> { using type = remove_cv_t<T>; };
template <typename P>
using pointee_t = typename pointee<remove_cv_t<P>>::type;

struct None {};

template <typename From, typename To>
METAL_FUNC void convert(From from, To to, short count) {
  static_assert(metal::is_empty<None>::value, "an empty class");
  for (short i = 0; i < count; ++i) to[i] = static_cast<pointee_t<To>>(from[i]);
}

struct Pair {
  half low, high;
  Pair() thread = default;
  Pair() threadgroup = default;
  Pair() device = default;
  float sum() const thread { return float(low) + float(high); }
  float sum() const device { return float(low) + float(high); }
  float sum() const threadgroup { return float(low) + float(high); }
  METAL_FUNC void set(const device float *from) thread { low = half(from[0]); high = half(from[1]); }
  METAL_FUNC void set(const threadgroup float *from) thread {
    low = half(from[0]);
    high = half(from[1]);
  }
};

kernel void sums(const device Pair *pairs, device float *out, uint i [[thread_position_in_grid]],
                 ushort l [[thread_index_in_threadgroup]]) {
  threadgroup float shared[64];
  float own[2];
  const device half *halves = reinterpret_cast<const device half *>(pairs + i);
  convert(halves, &own[0], 2);
  convert(&own[0], &shared[2 * l], 2);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  Pair a, b;
  a.set(&shared[2 * l]);
  b = pairs[i];
  out[i] = pairs[i].sum() + 10 * a.sum() + 100 * b.sum();
}
