// What the generated launch code of every kernel uses.
#pragma once

namespace assay {

// Type of parameter I of a function type.
template <int I, class F>
struct parameter_of;
template <int I, class R, class P, class... Rest>
struct parameter_of<I, R(P, Rest...)> : parameter_of<I - 1, R(Rest...)> {};
template <class R, class P, class... Rest>
struct parameter_of<0, R(P, Rest...)> {
  typedef P type;
};
template <int I, class F>
using parameter = typename parameter_of<I, F>::type;

template <class T>
struct without_reference {
  typedef T type;
};
template <class T>
struct without_reference<T &> {
  typedef T type;
};
template <class T>
using without_reference_t = typename without_reference<T>::type;

template <class T>
constexpr bool is_array = false;
template <class T, unsigned long N>
constexpr bool is_array<T[N]> = true;

// `constant T &` arguments are copied where that is cheap, so that the optimiser knows that stores
// to buffers do not change them.
template <class T>
using bound = typename metal::conditional<(sizeof(T) <= 64 && !is_array<T>), const T, const T &>::type;

template <class T>
ASSAY_INLINE T position(uint x, uint y, uint z) {
  if constexpr (shape<T>::size == 1) return (T)x;
  else if constexpr (shape<T>::size == 2) return construct<T>(x, y);
  else return construct<T>(x, y, z);
}

}  // namespace assay

#define ASSAY_TYPE(...) __VA_ARGS__
#define ASSAY_BIND_POINTER(T, name, source) auto const name = (ASSAY_TYPE T)source;
#define ASSAY_BIND_REFERENCE(T, name, source) \
  ASSAY_TYPE T name = *(assay::without_reference_t<ASSAY_TYPE T> *)source;
#if ASSAY_ADDRESS_SPACES
#define ASSAY_BIND_CONSTANT ASSAY_BIND_REFERENCE
#else
#define ASSAY_BIND_CONSTANT(T, name, source) \
  assay::bound<assay::without_reference_t<ASSAY_TYPE T>> name =  \
      *(assay::without_reference_t<ASSAY_TYPE T> *)source;
#endif

#define ASSAY_SLOT __attribute__((section("assay_slots"), used))

// Address of the threadgroup memory that the device gave to a slot.
#define ASSAY_THREADGROUP(T, memory, slot) \
  (*(threadgroup T *)(threadgroup void *)__builtin_assume_aligned((memory) + (slot).offset, 16))
