// Tests of floating-point numbers, and functions with a second result (specification, sections 6.5
// and 6.3).
#pragma once

// Tests on bits, because fast math may assume what they ask.
#define ASSAY_TEST_VECTORS(name, T)                                                    \
  ASSAY_REPLACEABLE bool2 name(T##2 v) { return bool2{name(v.x), name(v.y)}; }              \
  ASSAY_REPLACEABLE bool3 name(T##3 v) { return bool3{name(v.x), name(v.y), name(v.z)}; }   \
  ASSAY_REPLACEABLE bool4 name(T##4 v) {                                                    \
    return bool4{name(v.x), name(v.y), name(v.z), name(v.w)};                          \
  }
#define ASSAY_TEST(name, ...)                                                          \
  ASSAY_INLINE bool name(float x) {                                                    \
    const uint bits = assay::float_bits(x);                                            \
    return __VA_ARGS__;                                                                \
  }                                                                                    \
  ASSAY_INLINE bool name(_Float16 x) { return name((float)x); }                        \
  ASSAY_REPLACEABLE bool name(bfloat x) { return name((float)x); }                     \
  ASSAY_TEST_VECTORS(name, float) ASSAY_TEST_VECTORS(name, half) ASSAY_TEST_VECTORS(name, bfloat)
#define ASSAY_TEST_OF_TWO(name, E, ...)                                                \
  ASSAY_REPLACEABLE bool name(E x, E y) { return __VA_ARGS__; }                        \
  ASSAY_REPLACEABLE bool2 name(vec<E, 2> x, vec<E, 2> y) {                                  \
    return bool2{name(x.x, y.x), name(x.y, y.y)};                                      \
  }                                                                                    \
  ASSAY_REPLACEABLE bool3 name(vec<E, 3> x, vec<E, 3> y) {                                  \
    return bool3{name(x.x, y.x), name(x.y, y.y), name(x.z, y.z)};                      \
  }                                                                                    \
  ASSAY_REPLACEABLE bool4 name(vec<E, 4> x, vec<E, 4> y) {                                  \
    return bool4{name(x.x, y.x), name(x.y, y.y), name(x.z, y.z), name(x.w, y.w)};      \
  }
#define ASSAY_ORDER(E)                                                                 \
  ASSAY_TEST_OF_TWO(isordered, E, !isnan(x) && !isnan(y))                              \
  ASSAY_TEST_OF_TWO(isunordered, E, isnan(x) || isnan(y))

namespace metal {
ASSAY_TEST(isfinite, (bits & 0x7f800000u) != 0x7f800000u)
ASSAY_TEST(isinf, (bits & 0x7fffffffu) == 0x7f800000u)
ASSAY_TEST(isnan, (bits & 0x7fffffffu) > 0x7f800000u)
ASSAY_TEST(signbit, (bits >> 31) != 0u)
ASSAY_INLINE bool isnormal(float x) {
  const uint exponent = assay::float_bits(x) & 0x7f800000u;
  return exponent != 0x7f800000u && exponent != 0u;
}
ASSAY_REPLACEABLE bool isnormal(bfloat x) { return isnormal((float)x); }
ASSAY_INLINE bool isnormal(_Float16 x) {
  const ushort exponent = __builtin_bit_cast(ushort, x) & 0x7c00u;
  return exponent != 0x7c00u && exponent != 0u;
}
ASSAY_TEST_VECTORS(isnormal, float)
ASSAY_TEST_VECTORS(isnormal, half)
ASSAY_TEST_VECTORS(isnormal, bfloat)
ASSAY_ORDER(float)
ASSAY_ORDER(half)
ASSAY_ORDER(bfloat)

// ldexp and ilogb, also of vectors.
#define ASSAY_EXPONENTS_VECTOR(E, N)                                                   \
  ASSAY_REPLACEABLE vec<E, N> ldexp(vec<E, N> x, vec<int, N> k) {                           \
    for (int i = 0; i < N; ++i) x[i] = ldexp(x[i], (int)k[i]);                         \
    return x;                                                                          \
  }                                                                                    \
  ASSAY_REPLACEABLE vec<int, N> ilogb(vec<E, N> x) {                                        \
    vec<int, N> r;                                                                     \
    for (int i = 0; i < N; ++i) r[i] = ilogb(x[i]);                                    \
    return r;                                                                          \
  }
#define ASSAY_EXPONENTS(E)                                                             \
  ASSAY_REPLACEABLE E ldexp(E x, int k) { return (E)__builtin_ldexpf((float)x, k); }   \
  ASSAY_REPLACEABLE int ilogb(E x) { return __builtin_ilogbf((float)x); }              \
  ASSAY_EXPONENTS_VECTOR(E, 2) ASSAY_EXPONENTS_VECTOR(E, 3) ASSAY_EXPONENTS_VECTOR(E, 4)
ASSAY_EXPONENTS(float)
ASSAY_EXPONENTS(half)
ASSAY_EXPONENTS(bfloat)

// Functions that write a second result through a reference.
#define ASSAY_TWO_RESULTS_VECTOR(SPACE, E, N)                                          \
  ASSAY_REPLACEABLE vec<E, N> sincos(vec<E, N> x, SPACE vec<E, N> &c) { c = cos(x); return sin(x); }\
  ASSAY_REPLACEABLE vec<E, N> modf(vec<E, N> x, SPACE vec<E, N> &whole) {                   \
    whole = trunc(x);                                                                  \
    return copysign(x - trunc(x), x);                                                  \
  }                                                                                    \
  ASSAY_REPLACEABLE vec<E, N> frexp(vec<E, N> x, SPACE vec<int, N> &exponent) {             \
    vec<int, N> e;                                                                     \
    for (int i = 0; i < N; ++i) {                                                      \
      int k;                                                                           \
      x[i] = __builtin_frexpf((float)x[i], &k);                                        \
      e[i] = k;                                                                        \
    }                                                                                  \
    exponent = e;                                                                      \
    return x;                                                                          \
  }
#define ASSAY_TWO_RESULTS_SCALAR(SPACE, E)                                             \
  ASSAY_REPLACEABLE E sincos(E x, SPACE E &c) {                                        \
    const assay::sine_cosine r = assay::sincos((float)x);                              \
    c = (E)r.cosine;                                                                   \
    return (E)r.sine;                                                                  \
  }                                                                                    \
  ASSAY_REPLACEABLE E modf(E x, SPACE E &whole) {                                      \
    whole = trunc(x);                                                                  \
    return copysign((E)(x - trunc(x)), x);                                             \
  }                                                                                    \
  ASSAY_REPLACEABLE E frexp(E x, SPACE int &exponent) {                                \
    int e;                                                                             \
    const float m = __builtin_frexpf((float)x, &e);                                    \
    exponent = e;                                                                      \
    return (E)m;                                                                       \
  }
#define ASSAY_TWO_RESULTS(SPACE)                                                       \
  ASSAY_TWO_RESULTS_SCALAR(SPACE, float) ASSAY_TWO_RESULTS_SCALAR(SPACE, _Float16)     \
  ASSAY_TWO_RESULTS_SCALAR(SPACE, bfloat)                                              \
  ASSAY_TWO_RESULTS_VECTOR(SPACE, float, 2) ASSAY_TWO_RESULTS_VECTOR(SPACE, float, 3)  \
  ASSAY_TWO_RESULTS_VECTOR(SPACE, float, 4) ASSAY_TWO_RESULTS_VECTOR(SPACE, half, 2)   \
  ASSAY_TWO_RESULTS_VECTOR(SPACE, half, 3) ASSAY_TWO_RESULTS_VECTOR(SPACE, half, 4)     \
  ASSAY_TWO_RESULTS_VECTOR(SPACE, bfloat, 2) ASSAY_TWO_RESULTS_VECTOR(SPACE, bfloat, 3) \
  ASSAY_TWO_RESULTS_VECTOR(SPACE, bfloat, 4)
ASSAY_EACH_SPACE(ASSAY_TWO_RESULTS)
}  // namespace metal
