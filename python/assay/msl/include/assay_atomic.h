// Atomic functions, memory flags and fences (specification, sections 6.9 and 6.15).
#pragma once

namespace metal {
enum class mem_flags : uint {
  mem_none = 0,
  mem_device = 1,
  mem_threadgroup = 2,
  mem_texture = 4,
  mem_threadgroup_imageblock = 8,
  mem_object_data = 16,
};
ASSAY_INLINE constexpr mem_flags operator|(mem_flags a, mem_flags b) {
  return mem_flags((uint)a | (uint)b);
}
enum memory_order : uint {
  memory_order_relaxed = 0,
  memory_order_acquire = 2,
  memory_order_release = 3,
  memory_order_acq_rel = 4,
  memory_order_seq_cst = 5,
};
enum thread_scope : uint {
  thread_scope_thread,
  thread_scope_simdgroup,
  thread_scope_threadgroup,
  thread_scope_device,
};

template <class T>
struct _atomic {
  T value;
};
template <class T>
using atomic = _atomic<T>;
typedef _atomic<int> atomic_int;
typedef _atomic<uint> atomic_uint;
typedef _atomic<ulong> atomic_ulong;
typedef _atomic<float> atomic_float;
typedef _atomic<bool> atomic_bool;

ASSAY_INLINE void atomic_thread_fence(mem_flags, memory_order = memory_order_relaxed,
                                      thread_scope = thread_scope_device) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
}  // namespace metal

namespace assay {
template <int N>
struct word_of;
template <>
struct word_of<1> {
  typedef uchar type;
};
template <>
struct word_of<4> {
  typedef uint type;
};
template <>
struct word_of<8> {
  typedef ulong type;
};
template <class T>
using word = typename word_of<sizeof(T)>::type;

// The types that read-modify-write operations take.
template <class T>
constexpr bool atomic_integer = metal::is_same_v<T, int> || metal::is_same_v<T, uint>;
template <class T>
constexpr bool atomic_number = atomic_integer<T> || metal::is_same_v<T, float>;
}  // namespace assay

// Fences order memory; what is done to an atomic is relaxed (specification, section 6.15.1).
#define ASSAY_RELAXED(order)                                                                  \
  __attribute__((diagnose_if(order != memory_order_relaxed,                                   \
                             "operations on atomics take memory_order_relaxed only", "error")))
#define ASSAY_ATOMIC_FETCH(SPACE, name, builtin, ALLOWED)                                     \
  template <class T, class = enable_if_t<assay::ALLOWED<T>>>                                  \
  ASSAY_INLINE T atomic_fetch_##name##_explicit(volatile SPACE _atomic<T> *p,                 \
                                                assay::operand<T> v, memory_order order)      \
      ASSAY_RELAXED(order) {                                                                  \
    return builtin(&((SPACE _atomic<T> *)p)->value, v, __ATOMIC_RELAXED);                     \
  }
#define ASSAY_ATOMICS(SPACE)                                                                  \
  template <class T>                                                                          \
  ASSAY_INLINE T atomic_load_explicit(const volatile SPACE _atomic<T> *p, memory_order order) \
      ASSAY_RELAXED(order) {                                                                  \
    using W = assay::word<T>;                                                                 \
    return __builtin_bit_cast(T, __atomic_load_n((const volatile SPACE W *)p, __ATOMIC_RELAXED)); \
  }                                                                                           \
  template <class T>                                                                          \
  ASSAY_INLINE void atomic_store_explicit(volatile SPACE _atomic<T> *p, assay::operand<T> v,  \
                                          memory_order order) ASSAY_RELAXED(order) {          \
    using W = assay::word<T>;                                                                 \
    __atomic_store_n((volatile SPACE W *)p, __builtin_bit_cast(W, v), __ATOMIC_RELAXED);      \
  }                                                                                           \
  template <class T>                                                                          \
  ASSAY_INLINE T atomic_exchange_explicit(volatile SPACE _atomic<T> *p, assay::operand<T> v,  \
                                          memory_order order) ASSAY_RELAXED(order) {          \
    using W = assay::word<T>;                                                                 \
    return __builtin_bit_cast(T, __atomic_exchange_n((volatile SPACE W *)p,                   \
                                                     __builtin_bit_cast(W, v),                \
                                                     __ATOMIC_RELAXED));                      \
  }                                                                                           \
  template <class T>                                                                          \
  ASSAY_INLINE bool atomic_compare_exchange_weak_explicit(                                    \
      volatile SPACE _atomic<T> *p, thread T *expected, assay::operand<T> desired,            \
      memory_order order, memory_order failure) ASSAY_RELAXED(order)                          \
      ASSAY_RELAXED(failure) {                                                                \
    using W = assay::word<T>;                                                                 \
    W old = __builtin_bit_cast(W, *expected);                                                 \
    const bool done = __atomic_compare_exchange_n((volatile SPACE W *)p, &old,                \
                                                  __builtin_bit_cast(W, desired), false,      \
                                                  __ATOMIC_RELAXED, __ATOMIC_RELAXED);        \
    *expected = __builtin_bit_cast(T, old);                                                   \
    return done;                                                                              \
  }                                                                                           \
  ASSAY_ATOMIC_FETCH(SPACE, add, __atomic_fetch_add, atomic_number)                           \
  ASSAY_ATOMIC_FETCH(SPACE, sub, __atomic_fetch_sub, atomic_number)                           \
  ASSAY_ATOMIC_FETCH(SPACE, and, __atomic_fetch_and, atomic_integer)                          \
  ASSAY_ATOMIC_FETCH(SPACE, or, __atomic_fetch_or, atomic_integer)                            \
  ASSAY_ATOMIC_FETCH(SPACE, xor, __atomic_fetch_xor, atomic_integer)                          \
  ASSAY_ATOMIC_FETCH(SPACE, min, __atomic_fetch_min, atomic_integer)                          \
  ASSAY_ATOMIC_FETCH(SPACE, max, __atomic_fetch_max, atomic_integer)

// 64-bit integers have these two, in device memory, without a result.
#define ASSAY_ATOMIC_64_BIT(name, builtin)                                                    \
  ASSAY_INLINE void atomic_##name##_explicit(volatile device _atomic<ulong> *p, ulong v,      \
                                             memory_order order) ASSAY_RELAXED(order) {       \
    builtin(&((device _atomic<ulong> *)p)->value, v, __ATOMIC_RELAXED);                       \
  }

namespace metal {
ASSAY_SHARED_SPACES(ASSAY_ATOMICS)
ASSAY_ATOMIC_64_BIT(min, __atomic_fetch_min)
ASSAY_ATOMIC_64_BIT(max, __atomic_fetch_max)
}
