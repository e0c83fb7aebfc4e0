// Integer functions (specification, section 6.4).
#pragma once

namespace assay {
template <class T>
struct integer_traits;
#define ASSAY_INTEGER_TRAITS(T, U, WIDE)       \
  template <>                                  \
  struct integer_traits<T> {                   \
    typedef U unsigned_type;                   \
    typedef WIDE wide_type;                    \
  };
ASSAY_INTEGER_TRAITS(char, uchar, int)
ASSAY_INTEGER_TRAITS(uchar, uchar, uint)
ASSAY_INTEGER_TRAITS(short, ushort, int)
ASSAY_INTEGER_TRAITS(ushort, ushort, uint)
ASSAY_INTEGER_TRAITS(int, uint, long)
ASSAY_INTEGER_TRAITS(uint, uint, ulong)
ASSAY_INTEGER_TRAITS(long, ulong, __int128)
ASSAY_INTEGER_TRAITS(ulong, ulong, unsigned __int128)

template <class T>
using unsigned_of = typename integer_traits<T>::unsigned_type;
template <class T>
using wide_of = typename integer_traits<T>::wide_type;
template <class T>
constexpr uint bits_of = sizeof(T) * 8;

template <class T>
ASSAY_INLINE T saturated(wide_of<T> value) {
  const wide_of<T> high = metal::numeric_limits<T>::max();
  const wide_of<T> low = metal::numeric_limits<T>::min();
  return (T)(value > high ? high : (value < low ? low : value));
}

template <class T>
ASSAY_INLINE T reverse_bits(T x) {
  if constexpr (sizeof(T) == 1) return (T)__builtin_bitreverse8((uchar)x);
  else if constexpr (sizeof(T) == 2) return (T)__builtin_bitreverse16((ushort)x);
  else if constexpr (sizeof(T) == 4) return (T)__builtin_bitreverse32((uint)x);
  else return (T)__builtin_bitreverse64((ulong)x);
}

template <class T>
ASSAY_INLINE T rotate(T value, T count) {
  using U = unsigned_of<T>;
  const uint n = (uint)(U)count & (bits_of<T> - 1u);
  return (T)(n ? (U)(((U)value << n) | ((U)value >> (bits_of<T> - n))) : (U)value);
}

template <class T>
ASSAY_INLINE T extract_bits(T value, uint offset, uint count) {
  if (count == 0u) return T(0);
  const uint left = bits_of<T> - offset - count;
  return (T)((T)((unsigned_of<T>)value << left) >> (bits_of<T> - count));
}

template <class T>
ASSAY_INLINE T insert_bits(T base, T insert, uint offset, uint count) {
  using U = unsigned_of<T>;
  const U ones = count >= bits_of<T> ? (U)~(U)0 : (U)((((U)1) << count) - 1);
  const U mask = (U)(ones << offset);
  return (T)(((U)base & ~mask) | (((U)insert << offset) & mask));
}
}  // namespace assay

// Functions on integers by name, arity and expression; vectors by component.
#define ASSAY_INTEGER_VECTORS(MACRO, name, T) MACRO(name, T)
#define ASSAY_INTEGER_UNARY(name, T, ...)              \
  ASSAY_REPLACEABLE T name(T x) { return (T)(__VA_ARGS__); } \
  ASSAY_VECTOR_UNARY(name, T)
#define ASSAY_INTEGER_BINARY(name, T, ...)                  \
  ASSAY_REPLACEABLE T name(T x, T y) { return (T)(__VA_ARGS__); } \
  ASSAY_VECTOR_BINARY(name, T)
#define ASSAY_INTEGER_TERNARY(name, T, ...)                      \
  ASSAY_REPLACEABLE T name(T x, T y, T z) { return (T)(__VA_ARGS__); } \
  ASSAY_VECTOR_TERNARY(name, T)

#define ASSAY_INTEGER_FUNCTIONS(T)                                                            \
  ASSAY_INTEGER_BINARY(min, T, y < x ? y : x)                                                 \
  ASSAY_INTEGER_BINARY(max, T, x < y ? y : x)                                                 \
  ASSAY_INTEGER_TERNARY(clamp, T, min(max(x, y), z))                                          \
  ASSAY_INTEGER_TERNARY(min3, T, min(x, min(y, z)))                                           \
  ASSAY_INTEGER_TERNARY(max3, T, max(x, max(y, z)))                                           \
  ASSAY_INTEGER_TERNARY(median3, T, max(min(x, y), min(max(x, y), z)))                        \
  ASSAY_INTEGER_UNARY(abs, T, x < T(0) ? -x : x)                                              \
  ASSAY_INTEGER_BINARY(addsat, T, assay::saturated<T>((assay::wide_of<T>)x + y))              \
  ASSAY_INTEGER_BINARY(subsat, T,                                                             \
                       !numeric_limits<T>::is_signed && y > x                                 \
                           ? T(0) : assay::saturated<T>((assay::wide_of<T>)x - y))            \
  ASSAY_INTEGER_BINARY(hadd, T, ((assay::wide_of<T>)x + y) >> 1)                              \
  ASSAY_INTEGER_BINARY(rhadd, T, ((assay::wide_of<T>)x + y + 1) >> 1)                         \
  ASSAY_INTEGER_BINARY(mulhi, T, ((assay::wide_of<T>)x * y) >> assay::bits_of<T>)             \
  ASSAY_INTEGER_TERNARY(madhi, T, mulhi(x, y) + z)                                            \
  ASSAY_INTEGER_TERNARY(madsat, T, assay::saturated<T>((assay::wide_of<T>)x * y + z))         \
  ASSAY_INTEGER_UNARY(popcount, T, __builtin_popcountl((assay::unsigned_of<T>)x))             \
  ASSAY_INTEGER_UNARY(clz, T,                                                                 \
                      x == T(0) ? assay::bits_of<T>                                           \
                                : __builtin_clzl((assay::unsigned_of<T>)x) -                  \
                                      (64 - assay::bits_of<T>))                               \
  ASSAY_INTEGER_UNARY(ctz, T,                                                                 \
                      x == T(0) ? assay::bits_of<T> : __builtin_ctzl((assay::unsigned_of<T>)x)) \
  ASSAY_INTEGER_UNARY(reverse_bits, T, assay::reverse_bits<T>(x))                             \
  ASSAY_INTEGER_BINARY(rotate, T, assay::rotate<T>(x, y))                                     \
  ASSAY_REPLACEABLE assay::unsigned_of<T> absdiff(T x, T y) {                                      \
    using U = assay::unsigned_of<T>;                                                          \
    return x > y ? (U)((U)x - (U)y) : (U)((U)y - (U)x);                                       \
  }                                                                                           \
  ASSAY_REPLACEABLE T extract_bits(T x, uint offset, uint bits) {                                  \
    return assay::extract_bits<T>(x, offset, bits);                                           \
  }                                                                                           \
  ASSAY_REPLACEABLE T insert_bits(T base, T insert, uint offset, uint bits) {                      \
    return assay::insert_bits<T>(base, insert, offset, bits);                                 \
  }

// Functions whose vector forms have another result type, or operands that are no vectors.
#define ASSAY_BY_COMPONENT(T, U, N)                                                 \
  ASSAY_REPLACEABLE U##N absdiff(T##N x, T##N y) {                                       \
    U##N r;                                                                         \
    for (int i = 0; i < N; ++i) r[i] = absdiff((T)x[i], (T)y[i]);                   \
    return r;                                                                       \
  }                                                                                 \
  ASSAY_REPLACEABLE T##N extract_bits(T##N x, uint offset, uint bits) {                  \
    for (int i = 0; i < N; ++i) x[i] = extract_bits((T)x[i], offset, bits);         \
    return x;                                                                       \
  }                                                                                 \
  ASSAY_REPLACEABLE T##N insert_bits(T##N x, T##N insert, uint offset, uint bits) {      \
    for (int i = 0; i < N; ++i) x[i] = insert_bits((T)x[i], (T)insert[i], offset, bits); \
    return x;                                                                       \
  }
#define ASSAY_BY_COMPONENTS(T, U) \
  ASSAY_BY_COMPONENT(T, U, 2) ASSAY_BY_COMPONENT(T, U, 3) ASSAY_BY_COMPONENT(T, U, 4)

#define ASSAY_INTEGER_SCALAR_OPERANDS(V, E)                                        \
  ASSAY_REPLACEABLE V clamp(V x, E low, E high) { return clamp(x, (V)low, (V)high); }   \
  ASSAY_REPLACEABLE V min(V x, E y) { return min(x, (V)y); }                            \
  ASSAY_REPLACEABLE V max(V x, E y) { return max(x, (V)y); }
#define ASSAY_INTEGER_MIXED(T)                                                      \
  ASSAY_INTEGER_SCALAR_OPERANDS(T##2, T) ASSAY_INTEGER_SCALAR_OPERANDS(T##3, T)     \
  ASSAY_INTEGER_SCALAR_OPERANDS(T##4, T)

namespace metal {
ASSAY_INTEGER_TYPES(ASSAY_INTEGER_FUNCTIONS)
ASSAY_INTEGER_TYPES(ASSAY_INTEGER_MIXED)
ASSAY_BY_COMPONENTS(char, uchar)
ASSAY_BY_COMPONENTS(uchar, uchar)
ASSAY_BY_COMPONENTS(short, ushort)
ASSAY_BY_COMPONENTS(ushort, ushort)
ASSAY_BY_COMPONENTS(int, uint)
ASSAY_BY_COMPONENTS(uint, uint)
ASSAY_BY_COMPONENTS(long, ulong)
ASSAY_BY_COMPONENTS(ulong, ulong)
ASSAY_INTEGER_BINARY(mul24, int, x * y)
ASSAY_INTEGER_BINARY(mul24, uint, x * y)
ASSAY_INTEGER_TERNARY(mad24, int, x * y + z)
ASSAY_INTEGER_TERNARY(mad24, uint, x * y + z)
}  // namespace metal
