// Threads that speak through memory: orders, fences, flags of every atomic type.
#include <metal_atomic>
#include <metal_compute>
#include <metal_stdlib>
#pragma METAL internals : enable
#ifndef __METAL_MEMORY_SCOPE_SYSTEM__
namespace metal {
constexpr constant thread_scope thread_scope_everyone = static_cast<thread_scope>(thread_scope_device);
}
#endif
#pragma METAL internals : disable
using namespace metal;

template <typename T, enable_if_t<is_same_v<T, float>, bool> = true>
METAL_FUNC void fold(device atomic<T> *total, T value) {
  T seen = atomic_load_explicit(total, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(total, &seen, max(seen, value), memory_order_relaxed,
                                                memory_order_relaxed)) {
  }
}
template <typename T, enable_if_t<is_integral_v<T>, bool> = true>
METAL_FUNC void fold(device atomic<T> *total, T value) {
  atomic_fetch_max_explicit(total, value, memory_order_relaxed);
}

// The threadgroup that arrives last adds up what all have written.
kernel void last_one_adds(volatile coherent(device) device uint *parts [[buffer(0)]],
                          device atomic_uint &arrived [[buffer(1)]], device uint *total [[buffer(2)]],
                          const device uint *x [[buffer(3)]], uint i [[thread_position_in_grid]],
                          uint group [[threadgroup_position_in_grid]],
                          uint groups [[threadgroups_per_grid]],
                          uint l [[thread_index_in_threadgroup]]) {
  threadgroup atomic_uint sum;
  threadgroup bool is_last;
  if (l == 0) atomic_store_explicit(&sum, 0u, memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  atomic_fetch_add_explicit(&sum, x[i], memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup | mem_flags::mem_device);
  if (l == 0) {
    parts[group] = atomic_load_explicit(&sum, memory_order_relaxed);
    atomic_thread_fence(mem_flags::mem_device, memory_order_seq_cst, thread_scope_everyone);
    is_last = atomic_fetch_add_explicit(&arrived, 1u, memory_order_relaxed) == groups - 1;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (!is_last || l != 0) return;
  atomic_thread_fence(mem_flags::mem_device, memory_order_seq_cst);
  uint all = 0;
  for (uint g = 0; g < groups; ++g) all += parts[g];
  *total = all;
}

struct Extremes {
  atomic_int low;
  atomic<int> high;
  atomic_float largest;
  atomic_bool any_negative;
  atomic_uint bits, mask, parity;
};
kernel void extremes(device Extremes &e [[buffer(0)]], const device int *x [[buffer(1)]],
                     device atomic_ulong *wide [[buffer(2)]], uint i [[thread_position_in_grid]]) {
  atomic_fetch_min_explicit(&e.low, x[i], memory_order_relaxed);
  fold(&e.high, x[i]);
  fold(&e.largest, float(x[i]) / 2);
  if (x[i] < 0) atomic_store_explicit(&e.any_negative, true, memory_order_relaxed);
  atomic_fetch_or_explicit(&e.bits, uint(x[i]), memory_order_relaxed);
  atomic_fetch_and_explicit(&e.mask, uint(x[i]), memory_order_relaxed);
  atomic_fetch_xor_explicit(&e.parity, uint(x[i]), memory_order_relaxed);
  atomic_max_explicit(wide, ulong(x[i] * x[i]) << 32 | i, memory_order_relaxed);
  atomic_min_explicit(wide + 1, ulong(x[i] * x[i]) << 32 | i, memory_order_relaxed);
}
