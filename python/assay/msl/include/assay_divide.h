// Integer division (specification, section 3.1): by zero it gives some value, and never traps.
//
// The translator passes every divisor that is not a plain number through assay::divisor. Division of
// 32-bit integers goes through double, which is exact, vectorises, and may be computed for threads
// that do not take the branch it stands in. LLVM 20 to 22 vectorise a predicated integer division by
// values that do not change in the loop wrongly: they compute it only where the first lane takes part.
#pragma once

namespace assay {

template <class T>
constexpr bool is_integer = __is_integral(typename shape<T>::element);

template <class T>
struct integer_divisor {
  T value;
};

// Other divisors stay as they are.
template <class T>
ASSAY_INLINE constexpr auto divisor(T value) {
  if constexpr (is_integer<T>) {
    return integer_divisor<T>{value};
  } else {
    return value;
  }
}

// For a compound assignment, whose left side may be a component of a vector: an opaque value keeps
// the loop from being vectorised.
template <class T>
ASSAY_INLINE constexpr T assigned_divisor(T value) {
  if constexpr (is_integer<T> && !is_vector<T>) {
    if (!__builtin_is_constant_evaluated() && !__builtin_constant_p(value)) {
      asm("" : "+r"(value));
      return value == T(0) ? T(1) : value;
    }
  }
  return value;
}

template <class T>
ASSAY_INLINE T quotient_by_double(T x, T y) {
#pragma clang fp reassociate(off) reciprocal(off)
  return (T)((double)x / (double)(y == T(0) ? T(1) : y));
}

template <class T>
ASSAY_INLINE constexpr T quotient(T x, T y) {
  if constexpr (is_vector<T>) {
    T result = x;
    for (int i = 0; i < shape<T>::size; ++i) {
      using E = typename shape<T>::element;
      result[i] = quotient<E>(x[i], y[i]);
    }
    return result;
  } else if (__builtin_is_constant_evaluated() || __builtin_constant_p(y)) {
    // By zero too: the value of a function constant is not known before the pipeline is made.
    return y == T(0) ? T(0) : x / y;
  } else if constexpr (sizeof(T) <= 4) {
    return quotient_by_double<T>(x, y);
  } else {
    asm("" : "+r"(y));
    if (y == T(0)) return T(0);
    return y == T(-1) ? T(T(-1) < T(0) ? 0ul - (unsigned long)x : x == y) : x / y;
  }
}

template <class T>
ASSAY_INLINE constexpr T remainder(T x, T y) {
  if constexpr (!is_vector<T>) {
    if (__builtin_is_constant_evaluated() || __builtin_constant_p(y)) {
      return y == T(0) ? T(0) : x % y;
    }
  }
  return x - quotient<T>(x, y) * y;
}

template <class A, class T>
ASSAY_INLINE constexpr auto operator/(A a, integer_divisor<T> d) {
  using R = decltype(a / d.value);
  if constexpr (is_integer<R> && is_integer<A>) {
    return quotient<R>((R)a, (R)d.value);
  } else {
    return a / d.value;
  }
}

template <class A, class T>
ASSAY_INLINE constexpr auto operator%(A a, integer_divisor<T> d) {
  using R = decltype(a % d.value);
  if constexpr (is_integer<R> && is_integer<A>) {
    return remainder<R>((R)a, (R)d.value);
  } else {
    return a % d.value;
  }
}

}  // namespace assay
