// Scalar, vector and packed vector types (Metal Shading Language specification, section 2).
#pragma once

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long int64_t;
typedef unsigned long uint64_t;
typedef __bf16 bfloat;
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;

#define ASSAY_VECTORS(T, E)                                \
  typedef E T##2 __attribute__((ext_vector_type(2)));      \
  typedef E T##3 __attribute__((ext_vector_type(3)));      \
  typedef E T##4 __attribute__((ext_vector_type(4)));
#define ASSAY_INTEGER_TYPES(F) \
  F(char) F(uchar) F(short) F(ushort) F(int) F(uint) F(long) F(ulong)

#define ASSAY_NAMED_VECTORS(T) ASSAY_VECTORS(T, T)
ASSAY_INTEGER_TYPES(ASSAY_NAMED_VECTORS)
ASSAY_NAMED_VECTORS(float)
ASSAY_NAMED_VECTORS(bfloat)
// `half` is a macro by now, so its vectors are spelt out.
typedef _Float16 half2 __attribute__((ext_vector_type(2)));
typedef _Float16 half3 __attribute__((ext_vector_type(3)));
typedef _Float16 half4 __attribute__((ext_vector_type(4)));

namespace metal {
template <class T, int N>
using vec = T __attribute__((ext_vector_type(N)));
}

// Packed vectors have the alignment of their elements and no padding.
template <class T>
struct assay_packed3 {
  T x, y, z;
  assay_packed3() = default;
  constexpr assay_packed3(metal::vec<T, 3> v) : x(v[0]), y(v[1]), z(v[2]) {}
  constexpr explicit assay_packed3(T s) : x(s), y(s), z(s) {}
  constexpr assay_packed3(T a, T b, T c) : x(a), y(b), z(c) {}
  constexpr operator metal::vec<T, 3>() const { return metal::vec<T, 3>{x, y, z}; }
  typedef metal::vec<T, 3> unpacked;
  // Of these operators those on integers fail to compile for floats, as they should.
#define ASSAY_PACKED_OPERATOR(OP)                                                           \
  assay_packed3 &operator OP##=(unpacked v) { return *this = unpacked(*this) OP v; }        \
  friend unpacked operator OP(assay_packed3 a, T b) { return unpacked(a) OP b; }            \
  friend unpacked operator OP(T a, assay_packed3 b) { return a OP unpacked(b); }
  ASSAY_PACKED_OPERATOR(+) ASSAY_PACKED_OPERATOR(-) ASSAY_PACKED_OPERATOR(*)
  ASSAY_PACKED_OPERATOR(/) ASSAY_PACKED_OPERATOR(%) ASSAY_PACKED_OPERATOR(&)
  ASSAY_PACKED_OPERATOR(|) ASSAY_PACKED_OPERATOR(^) ASSAY_PACKED_OPERATOR(<<)
  ASSAY_PACKED_OPERATOR(>>)
#undef ASSAY_PACKED_OPERATOR
  T &operator[](int i) { return (&x)[i]; }
  const T &operator[](int i) const { return (&x)[i]; }
#define ASSAY_COMPONENT_IN(SPACE) \
  SPACE T &operator[](this SPACE assay_packed3 &self, int i) { return (&self.x)[i]; }
  ASSAY_IN_MEMORY(ASSAY_COMPONENT_IN)
  typedef metal::vec<T, 2> pair;
  ASSAY_SWIZZLES_3(T, pair, unpacked)
};

#define ASSAY_PACKED(T, E)                                                           \
  typedef E packed_##T##2 __attribute__((ext_vector_type(2), aligned(sizeof(E))));   \
  typedef assay_packed3<E> packed_##T##3;                                            \
  typedef E packed_##T##4 __attribute__((ext_vector_type(4), aligned(sizeof(E))));
#define ASSAY_NAMED_PACKED(T) ASSAY_PACKED(T, T)
ASSAY_INTEGER_TYPES(ASSAY_NAMED_PACKED)
ASSAY_NAMED_PACKED(float)
ASSAY_NAMED_PACKED(bfloat)
typedef _Float16 packed_half2 __attribute__((ext_vector_type(2), aligned(2)));
typedef assay_packed3<_Float16> packed_half3;
typedef _Float16 packed_half4 __attribute__((ext_vector_type(4), aligned(2)));

namespace metal {
#define ASSAY_EXPORT(T)                                                                   \
  using ::T##2;                                                                           \
  using ::T##3;                                                                           \
  using ::T##4;
#define ASSAY_EXPORT_PACKED(T) ASSAY_EXPORT(packed_##T)
ASSAY_INTEGER_TYPES(ASSAY_EXPORT)
ASSAY_EXPORT(float)
ASSAY_EXPORT(bfloat)
ASSAY_INTEGER_TYPES(ASSAY_EXPORT_PACKED)
ASSAY_EXPORT_PACKED(float)
ASSAY_EXPORT_PACKED(bfloat)
using ::half2;
using ::half3;
using ::half4;
using ::packed_half2;
using ::packed_half3;
using ::packed_half4;
using ::bfloat;
using ::uchar;
using ::ushort;
using ::uint;
using ::ulong;
using ::size_t;
using ::ptrdiff_t;
using ::int8_t;
using ::uint8_t;
using ::int16_t;
using ::uint16_t;
using ::int32_t;
using ::uint32_t;
using ::int64_t;
using ::uint64_t;

template <class T, T V>
struct integral_constant {
  static constexpr T value = V;
  typedef T value_type;
  typedef integral_constant type;
  constexpr operator T() const { return V; }
  constexpr T operator()() const { return V; }
};
template <bool B>
using bool_constant = integral_constant<bool, B>;
typedef bool_constant<true> true_type;
typedef bool_constant<false> false_type;

template <class A, class B>
struct is_same : false_type {};
template <class A>
struct is_same<A, A> : true_type {};
template <class A, class B>
constexpr bool is_same_v = is_same<A, B>::value;
template <bool C, class T = void>
struct enable_if {};
template <class T>
struct enable_if<true, T> {
  typedef T type;
};
template <bool C, class T = void>
using enable_if_t = typename enable_if<C, T>::type;
template <bool C, class A, class B>
struct conditional {
  typedef A type;
};
template <class A, class B>
struct conditional<false, A, B> {
  typedef B type;
};
template <bool C, class A, class B>
using conditional_t = typename conditional<C, A, B>::type;

}  // namespace metal

template <class T, class U>
ASSAY_INLINE T as_type(U value) {
  static_assert(sizeof(T) == sizeof(U), "as_type needs types of the same size");
  return __builtin_bit_cast(T, value);
}
namespace metal {
using ::as_type;
}

#if !defined(__AVX512BF16__) && !defined(__ARM_FEATURE_BF16)
// What clang calls where the processor cannot round a float to a bfloat: to nearest, ties to even.
extern "C" ASSAY_EMITTED inline bfloat __truncsfbf2(float value) {
  const uint bits = __builtin_bit_cast(uint, value);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  const uint rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  return __builtin_bit_cast(bfloat, (ushort)(is_nan ? 0x7fc0u : rounded));
}
#endif
