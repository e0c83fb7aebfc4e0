// Vectors of bool (specification, section 2.2). A comparison of vectors gives, in clang, a vector of
// integers that are 0 or -1; it becomes a vector of bool wherever one is wanted.
#pragma once

namespace assay {
// No comparison makes a vector of unsigned integers: those convert by a constructor only.
template <class E>
constexpr bool is_truth = __is_integral(E) && (__is_signed(E) || metal::is_same_v<E, bool>);
template <class V, int N>
constexpr bool is_condition = is_vector<V> && shape<V>::size == N &&
                              is_truth<typename shape<V>::element>;

// float4(a < b) and the like: true becomes 1.
template <class T, class A>
ASSAY_INLINE constexpr T from_condition(A a) {
  if constexpr (is_vector<A>) {
    constexpr int size = shape<A>::size;
    if constexpr (size == 2) {
      return construct<T>(a[0] != 0, a[1] != 0);
    } else if constexpr (size == 3) {
      return construct<T>(a[0] != 0, a[1] != 0, a[2] != 0);
    } else {
      return construct<T>(a[0] != 0, a[1] != 0, a[2] != 0, a[3] != 0);
    }
  } else {
    return construct<T>(a);
  }
}
}  // namespace assay

template <class>
struct alignas(2) assay_bool2 {
  bool x, y;
  assay_bool2() = default;
  constexpr assay_bool2(bool s) : x(s), y(s) {}
  constexpr assay_bool2(bool x_, bool y_) : x(x_), y(y_) {}
  template <class V, class = metal::enable_if_t<assay::is_condition<V, 2>>>
  constexpr assay_bool2(V v) : x(v[0] != 0), y(v[1] != 0) {}
  constexpr bool &operator[](int i) { return (&x)[i]; }
  constexpr bool operator[](int i) const { return (&x)[i]; }
  constexpr assay_bool2 operator!() const { return assay_bool2(!x, !y); }
  friend constexpr assay_bool2 operator&&(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x && b.x), bool(a.y && b.y));
  }
  friend constexpr assay_bool2 operator||(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x || b.x), bool(a.y || b.y));
  }
  friend constexpr assay_bool2 operator&(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x & b.x), bool(a.y & b.y));
  }
  friend constexpr assay_bool2 operator|(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x | b.x), bool(a.y | b.y));
  }
  friend constexpr assay_bool2 operator^(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x ^ b.x), bool(a.y ^ b.y));
  }
  friend constexpr assay_bool2 operator==(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x == b.x), bool(a.y == b.y));
  }
  friend constexpr assay_bool2 operator!=(assay_bool2 a, assay_bool2 b) {
    return assay_bool2(bool(a.x != b.x), bool(a.y != b.y));
  }
  ASSAY_SWIZZLES_2(bool, assay_bool2)
};
typedef assay_bool2<bool> bool2;
template <>
struct assay::shape<bool2> : assay::vector_shape<bool, 2> {};

template <class>
struct alignas(4) assay_bool3 {
  bool x, y, z;
  assay_bool3() = default;
  constexpr assay_bool3(bool s) : x(s), y(s), z(s) {}
  constexpr assay_bool3(bool x_, bool y_, bool z_) : x(x_), y(y_), z(z_) {}
  template <class V, class = metal::enable_if_t<assay::is_condition<V, 3>>>
  constexpr assay_bool3(V v) : x(v[0] != 0), y(v[1] != 0), z(v[2] != 0) {}
  constexpr bool &operator[](int i) { return (&x)[i]; }
  constexpr bool operator[](int i) const { return (&x)[i]; }
  constexpr assay_bool3 operator!() const { return assay_bool3(!x, !y, !z); }
  friend constexpr assay_bool3 operator&&(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x && b.x), bool(a.y && b.y), bool(a.z && b.z));
  }
  friend constexpr assay_bool3 operator||(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x || b.x), bool(a.y || b.y), bool(a.z || b.z));
  }
  friend constexpr assay_bool3 operator&(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x & b.x), bool(a.y & b.y), bool(a.z & b.z));
  }
  friend constexpr assay_bool3 operator|(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x | b.x), bool(a.y | b.y), bool(a.z | b.z));
  }
  friend constexpr assay_bool3 operator^(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x ^ b.x), bool(a.y ^ b.y), bool(a.z ^ b.z));
  }
  friend constexpr assay_bool3 operator==(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x == b.x), bool(a.y == b.y), bool(a.z == b.z));
  }
  friend constexpr assay_bool3 operator!=(assay_bool3 a, assay_bool3 b) {
    return assay_bool3(bool(a.x != b.x), bool(a.y != b.y), bool(a.z != b.z));
  }
  ASSAY_SWIZZLES_3(bool, bool2, assay_bool3)
};
typedef assay_bool3<bool> bool3;
template <>
struct assay::shape<bool3> : assay::vector_shape<bool, 3> {};

template <class>
struct alignas(4) assay_bool4 {
  bool x, y, z, w;
  assay_bool4() = default;
  constexpr assay_bool4(bool s) : x(s), y(s), z(s), w(s) {}
  constexpr assay_bool4(bool x_, bool y_, bool z_, bool w_) : x(x_), y(y_), z(z_), w(w_) {}
  template <class V, class = metal::enable_if_t<assay::is_condition<V, 4>>>
  constexpr assay_bool4(V v) : x(v[0] != 0), y(v[1] != 0), z(v[2] != 0), w(v[3] != 0) {}
  constexpr bool &operator[](int i) { return (&x)[i]; }
  constexpr bool operator[](int i) const { return (&x)[i]; }
  constexpr assay_bool4 operator!() const { return assay_bool4(!x, !y, !z, !w); }
  friend constexpr assay_bool4 operator&&(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x && b.x), bool(a.y && b.y), bool(a.z && b.z), bool(a.w && b.w));
  }
  friend constexpr assay_bool4 operator||(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x || b.x), bool(a.y || b.y), bool(a.z || b.z), bool(a.w || b.w));
  }
  friend constexpr assay_bool4 operator&(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x & b.x), bool(a.y & b.y), bool(a.z & b.z), bool(a.w & b.w));
  }
  friend constexpr assay_bool4 operator|(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x | b.x), bool(a.y | b.y), bool(a.z | b.z), bool(a.w | b.w));
  }
  friend constexpr assay_bool4 operator^(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x ^ b.x), bool(a.y ^ b.y), bool(a.z ^ b.z), bool(a.w ^ b.w));
  }
  friend constexpr assay_bool4 operator==(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x == b.x), bool(a.y == b.y), bool(a.z == b.z), bool(a.w == b.w));
  }
  friend constexpr assay_bool4 operator!=(assay_bool4 a, assay_bool4 b) {
    return assay_bool4(bool(a.x != b.x), bool(a.y != b.y), bool(a.z != b.z), bool(a.w != b.w));
  }
  ASSAY_SWIZZLES_4(bool, bool2, bool3, assay_bool4)
};
typedef assay_bool4<bool> bool4;
template <>
struct assay::shape<bool4> : assay::vector_shape<bool, 4> {};

namespace assay {
// vec<bool, N>, which clang would pack into bits.
template <int N>
struct bool_vector;
template <>
struct bool_vector<2> {
  typedef bool2 type;
};
template <>
struct bool_vector<3> {
  typedef bool3 type;
};
template <>
struct bool_vector<4> {
  typedef bool4 type;
};
template <int N>
using bools = typename bool_vector<N>::type;

// A comparison where the source names no type for it.
template <class T>
ASSAY_INLINE constexpr auto truth(T comparison) {
  if constexpr (is_vector<T> && __is_integral(typename shape<T>::element)) {
    return bools<shape<T>::size>(comparison);
  } else {
    return comparison;
  }
}
// A comparison where a number is wanted, and where one value of true or false is.
template <class T>
ASSAY_INLINE constexpr T number(T comparison) {
  static_assert(!is_vector<T>, "a comparison of vectors gives a vector of bool, no vector of numbers");
  return comparison;
}
template <class T>
ASSAY_INLINE constexpr T condition(T comparison) {
  static_assert(!is_vector<T>, "a comparison of vectors gives a vector of bool, no condition");
  return comparison;
}
}  // namespace assay

namespace metal {
using ::bool2;
using ::bool3;
using ::bool4;
}  // namespace metal
