// Constructors of vectors: float4(a.xy, b, 1) and the like. The translator writes T(...) as
// assay::construct<T>(...) wherever T may be a vector.
#pragma once

namespace assay {

template <class T>
struct same {
  typedef T type;
};
// Keeps an operand out of template deduction, so that it converts as in a plain call.
template <class T>
using operand = typename same<T>::type;

template <class T>
struct shape {
  static constexpr int size = 1;
  typedef T element;
};
template <class T, int N>
struct vector_shape {
  static constexpr int size = N;
  typedef T element;
};
template <class T>
struct shape<T __attribute__((ext_vector_type(2)))> : vector_shape<T, 2> {};
template <class T>
struct shape<T __attribute__((ext_vector_type(3)))> : vector_shape<T, 3> {};
template <class T>
struct shape<T __attribute__((ext_vector_type(4)))> : vector_shape<T, 4> {};

template <class T>
constexpr bool is_vector = shape<T>::size > 1;

// A packed vector takes part as the vector it converts to.
template <class T>
ASSAY_INLINE constexpr T unpacked(T value) {
  return value;
}
template <class T>
ASSAY_INLINE constexpr metal::vec<T, 3> unpacked(assay_packed3<T> value) {
  return value;
}
template <class T>
using unpacked_t = decltype(unpacked(T()));
template <class T>
constexpr bool is_packed3 = false;
template <class T>
constexpr bool is_packed3<assay_packed3<T>> = true;
// Between a packed vector and a vector clang would find no common type for `c ? a : b`.
template <class T>
ASSAY_INLINE constexpr metal::vec<T, 3> value(assay_packed3<T> object) {
  return object;
}

// Component I of the concatenation of all arguments.
template <int I, class A, class... Rest>
ASSAY_INLINE constexpr auto component(A first, Rest... rest) {
  constexpr int size = shape<A>::size;
  if constexpr (I >= size) {
    return component<I - size>(rest...);
  } else if constexpr (size == 1) {
    return first;
  } else {
    return first[I];
  }
}

// Between half and bfloat clang knows no conversion.
template <class A, class B>
constexpr bool are_small_floats = (metal::is_same_v<A, _Float16> && metal::is_same_v<B, bfloat>) ||
                                  (metal::is_same_v<A, bfloat> && metal::is_same_v<B, _Float16>);
template <class T, class A>
ASSAY_INLINE constexpr T to_scalar(A a) {
  if constexpr (are_small_floats<T, A>) {
    return (T)(float)a;
  } else {
    return (T)a;
  }
}

template <class T, class... A>
ASSAY_INLINE constexpr T concatenate(A... a) {
  using E = typename shape<T>::element;
  constexpr int size = shape<T>::size;
  static_assert((0 + ... + shape<A>::size) == size,
                "the arguments of a vector's constructor must have as many components as the vector");
  if constexpr (size == 2) {
    return T{to_scalar<E>(component<0>(a...)), to_scalar<E>(component<1>(a...))};
  } else if constexpr (size == 3) {
    return T{to_scalar<E>(component<0>(a...)), to_scalar<E>(component<1>(a...)),
             to_scalar<E>(component<2>(a...))};
  } else {
    return T{to_scalar<E>(component<0>(a...)), to_scalar<E>(component<1>(a...)),
             to_scalar<E>(component<2>(a...)), to_scalar<E>(component<3>(a...))};
  }
}

template <class T, class A>
ASSAY_INLINE constexpr T convert(A a) {
  using E = typename shape<T>::element;
  if constexpr (is_vector<A>) {
    static_assert(shape<A>::size == shape<T>::size,
                  "a vector converts only to a vector with as many components");
    return concatenate<T>(a);
  } else if constexpr (__is_class(A) && __is_constructible(T, A)) {
    return static_cast<T>(a);  // it has an operator for that
  } else {
    constexpr int size = shape<T>::size;
    const E e = to_scalar<E>(a);
    if constexpr (size == 2) {
      return T{e, e};
    } else if constexpr (size == 3) {
      return T{e, e, e};
    } else {
      return T{e, e, e, e};
    }
  }
}

template <class T, class... A>
ASSAY_INLINE constexpr T construct(A... a) {
  if constexpr (!is_vector<T> && (false || ... || are_small_floats<T, A>)) {
    return (to_scalar<T>(a), ...);
  } else if constexpr (is_packed3<T> && sizeof...(A) > 0) {
    return construct<unpacked_t<T>>(a...);
  } else if constexpr (!is_vector<T>) {
    return T(a...);
  } else if constexpr (sizeof...(A) == 0) {
    return T{};
  } else if constexpr (sizeof...(A) == 1) {
    return convert<T>(unpacked(a)...);
  } else {
    return concatenate<T>(unpacked(a)...);
  }
}

// From a list in braces, which may leave out components at the end; they are zero.
template <class T, class... A>
ASSAY_INLINE constexpr T from_list(A... a) {
  constexpr int missing = shape<T>::size - (0 + ... + shape<unpacked_t<A>>::size);
  if constexpr (!is_vector<T> || missing <= 0) {
    return construct<T>(a...);
  } else if constexpr (missing == 1) {
    return construct<T>(a..., 0);
  } else if constexpr (missing == 2) {
    return construct<T>(a..., 0, 0);
  } else {
    return construct<T>(a..., 0, 0, 0);
  }
}

// Where a template argument that is a function has the name of another template's type, it is called.
template <auto F, class... A>
ASSAY_INLINE constexpr decltype(auto) construct(A... a) {
  return F(a...);
}

// (T)a and static_cast<T>(a).
template <class T, class A>
ASSAY_INLINE constexpr T cast(A a) {
  if constexpr (is_vector<T>) {
    return construct<T>(a);
  } else {
    return to_scalar<T>(a);
  }
}

}  // namespace assay
