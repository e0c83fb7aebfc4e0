#pragma once
#include <metal_stdlib>
#if defined(__METAL__)
#define LIB_CONSTEXPR constant constexpr
#else
#define LIB_CONSTEXPR constexpr
#endif
#define LIB_FORALL_TYPES(_) _(Byte, 0) _(Char, 1) _(Int, 3) _(Half, 5) _(Float, 6)

namespace lib {
namespace metal {
LIB_CONSTEXPR unsigned max_ndim = 16;
enum class ScalarType {
#define DEFINE(name, value) name = value,
  LIB_FORALL_TYPES(DEFINE)
#undef DEFINE
};

namespace detail {
template <typename T>
struct OpMath { using type = T; };
template <>
struct OpMath<half> { using type = float; };
template <>
struct OpMath<uchar> { using type = int; };
}  // namespace detail
template <typename T>
using opmath_t = typename detail::OpMath<T>::type;
template <typename T>
constexpr constant bool is_complex_v = ::metal::is_same_v<T, float2> || ::metal::is_same_v<T, half2>;
template <typename T, typename F>
using result_of = decltype(::metal::declval<F>()(::metal::declval<T>()));

template <typename T, typename U>
inline ::metal::enable_if_t<is_complex_v<T> == is_complex_v<U>, T> cast_to(const U from) {
  return static_cast<T>(from);
}
template <typename T, typename U>
inline ::metal::enable_if_t<is_complex_v<T> && !is_complex_v<U>, T> cast_to(const U from) {
  return T(float(from), 0.0);
}
}  // namespace metal
}  // namespace lib
