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
struct without_constant {
  typedef T type;
};
template <class T>
struct without_constant<constant T> {
  typedef T type;
};
template <class T>
using bound = typename metal::conditional<(sizeof(T) <= 64 && !is_array<T>),
                                          const typename without_constant<T>::type, T &>::type;

template <class T>
ASSAY_INLINE T position(uint x, uint y, uint z) {
  if constexpr (shape<T>::size == 1) return (T)x;
  else if constexpr (shape<T>::size == 2) return construct<T>(x, y);
  else return construct<T>(x, y, z);
}

// What a reference is bound to whose argument is not there: a constant is read before the kernel
// runs.
alignas(64) static const char absent[64] = {};
ASSAY_INLINE void *if_given(bool given, void *memory) { return given ? memory : (void *)absent; }

// Number of a type of function constants, as the device counts them.
template <class T>
constexpr uint scalar_number = ~0u;
template <> constexpr uint scalar_number<bool> = 0;
template <> constexpr uint scalar_number<char> = 1;
template <> constexpr uint scalar_number<int8_t> = 1;
template <> constexpr uint scalar_number<uchar> = 2;
template <> constexpr uint scalar_number<short> = 3;
template <> constexpr uint scalar_number<ushort> = 4;
template <> constexpr uint scalar_number<int> = 5;
template <> constexpr uint scalar_number<uint> = 6;
template <> constexpr uint scalar_number<long> = 7;
template <> constexpr uint scalar_number<ulong> = 8;
template <> constexpr uint scalar_number<half> = 9;
template <> constexpr uint scalar_number<bfloat> = 10;
template <> constexpr uint scalar_number<float> = 11;

template <class T>
struct constant_type {
  static constexpr uint width = shape<T>::size;
  static constexpr uint scalar = scalar_number<typename shape<T>::element>;
};
template <int N>
struct bool_type {
  static constexpr uint width = N;
  static constexpr uint scalar = 0;
};
template <> struct constant_type<metal::bool2> : bool_type<2> {};
template <> struct constant_type<metal::bool3> : bool_type<3> {};
template <> struct constant_type<metal::bool4> : bool_type<4> {};

// Stands for a value that is not known yet; 1, because it may be a divisor.
struct unknown {
  template <class T>
  constexpr operator T() const {
    if constexpr (constant_type<T>::scalar != ~0u) return (T)1;
    else return T{};
  }
};

template <class T>
constant_type<T> constant_type_of(T);  // by value: without address space

}  // namespace assay

#define ASSAY_CHECK_CONSTANT(variable)                                  \
  static_assert(decltype(assay::constant_type_of(variable))::scalar != ~0u, \
                "a function constant has a scalar or a vector type")
#define ASSAY_FUNCTION_CONSTANT(variable, name, index, optional) \
  {name, index, decltype(assay::constant_type_of(variable))::scalar, \
   decltype(assay::constant_type_of(variable))::width, optional}

#define ASSAY_TYPE(...) __VA_ARGS__
#define ASSAY_IN_SLOTS __attribute__((section("assay_slots"), used))
#define ASSAY_BIND_POINTER(T, name, source) auto const name = (ASSAY_TYPE T)source;
#define ASSAY_BIND_REFERENCE(T, name, source) \
  ASSAY_TYPE T name = *(assay::without_reference_t<ASSAY_TYPE T> *)source;
#if ASSAY_STRICT_ADDRESS_SPACES
#define ASSAY_BIND_CONSTANT ASSAY_BIND_REFERENCE
#else
#define ASSAY_BIND_CONSTANT(T, name, source)                        \
  assay::bound<assay::without_reference_t<ASSAY_TYPE T>> name##_copy = \
      *(assay::without_reference_t<ASSAY_TYPE T> *)source;          \
  auto &name = (ASSAY_TYPE T)name##_copy;
#endif

namespace assay {
template <class T, const char *Tag>
struct slot {
  static assay_threadgroup_slot value;
};
template <class T, const char *Tag>
ASSAY_IN_SLOTS assay_threadgroup_slot slot<T, Tag>::value = {Tag, sizeof(T), 0};
template <class T, const char *Tag>
ASSAY_EMITTED assay_threadgroup_slot &listed_slot() { return slot<T, Tag>::value; }
}  // namespace assay

// The place of one declaration of threadgroup memory, which is there if code reaches it. Where
// kernels are only listed no code is made: the member of a template is there for each of them that is
// instantiated.
#define ASSAY_SLOT(T, name, ...) \
  static ASSAY_IN_SLOTS assay_threadgroup_slot name = {__VA_ARGS__, sizeof(T), 0};
#define ASSAY_LISTED_SLOT(T, name, ...) \
  assay_threadgroup_slot &name = assay::listed_slot<T, __VA_ARGS__>();

// Address of the threadgroup memory that the device gave to a slot.
#define ASSAY_THREADGROUP(T, memory, slot) \
  (*(threadgroup T *)(threadgroup void *)__builtin_assume_aligned((memory) + (slot).offset, 16))
