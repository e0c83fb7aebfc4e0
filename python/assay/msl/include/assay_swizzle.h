// Members such as v.xy and v.r of vectors that are classes here: properties, which take no room.
#pragma once

// One member, from its letters and the components that they stand for.
#define ASSAY_SWIZZLE_1(E, a, A)                                              \
  constexpr E assay_get_##a() const { return A; }                             \
  constexpr void assay_set_##a(E v) { A = v; }                                \
  __declspec(property(get = assay_get_##a, put = assay_set_##a)) E a;
#define ASSAY_SWIZZLE_2(V, a, b, A, B)                                        \
  constexpr V assay_get_##a##b() const { return V{A, B}; }                    \
  constexpr void assay_set_##a##b(V v) { A = v[0], B = v[1]; }                \
  __declspec(property(get = assay_get_##a##b, put = assay_set_##a##b)) V a##b;
#define ASSAY_SWIZZLE_3(V, a, b, c, A, B, C)                                  \
  constexpr V assay_get_##a##b##c() const { return V{A, B, C}; }              \
  constexpr void assay_set_##a##b##c(V v) { A = v[0], B = v[1], C = v[2]; }   \
  __declspec(property(get = assay_get_##a##b##c, put = assay_set_##a##b##c)) V a##b##c;

// All pairs and triples of letters p, q, r, s, which stand for x, y, z, w.
#define ASSAY_PAIRS_2(V, p, q)                                                \
  ASSAY_SWIZZLE_2(V, p, p, x, x) ASSAY_SWIZZLE_2(V, p, q, x, y)               \
  ASSAY_SWIZZLE_2(V, q, p, y, x) ASSAY_SWIZZLE_2(V, q, q, y, y)
#define ASSAY_PAIRS_3(V, p, q, r)                                             \
  ASSAY_PAIRS_2(V, p, q)                                                      \
  ASSAY_SWIZZLE_2(V, p, r, x, z) ASSAY_SWIZZLE_2(V, q, r, y, z)               \
  ASSAY_SWIZZLE_2(V, r, p, z, x) ASSAY_SWIZZLE_2(V, r, q, z, y)               \
  ASSAY_SWIZZLE_2(V, r, r, z, z)
#define ASSAY_PAIRS_4(V, p, q, r, s)                                          \
  ASSAY_PAIRS_3(V, p, q, r)                                                   \
  ASSAY_SWIZZLE_2(V, p, s, x, w) ASSAY_SWIZZLE_2(V, q, s, y, w)               \
  ASSAY_SWIZZLE_2(V, r, s, z, w) ASSAY_SWIZZLE_2(V, s, p, w, x)               \
  ASSAY_SWIZZLE_2(V, s, q, w, y) ASSAY_SWIZZLE_2(V, s, r, w, z)               \
  ASSAY_SWIZZLE_2(V, s, s, w, w)
#define ASSAY_TRIPLES_OF(V, a, b, A, B, p, q, r)                              \
  ASSAY_SWIZZLE_3(V, a, b, p, A, B, x) ASSAY_SWIZZLE_3(V, a, b, q, A, B, y)   \
  ASSAY_SWIZZLE_3(V, a, b, r, A, B, z)
#define ASSAY_TRIPLES(V, p, q, r)                                             \
  ASSAY_TRIPLES_OF(V, p, p, x, x, p, q, r) ASSAY_TRIPLES_OF(V, p, q, x, y, p, q, r) \
  ASSAY_TRIPLES_OF(V, p, r, x, z, p, q, r) ASSAY_TRIPLES_OF(V, q, p, y, x, p, q, r) \
  ASSAY_TRIPLES_OF(V, q, q, y, y, p, q, r) ASSAY_TRIPLES_OF(V, q, r, y, z, p, q, r) \
  ASSAY_TRIPLES_OF(V, r, p, z, x, p, q, r) ASSAY_TRIPLES_OF(V, r, q, z, y, p, q, r) \
  ASSAY_TRIPLES_OF(V, r, r, z, z, p, q, r)

// The members of a vector of N components of E, where V2 and V3 are the vectors of 2 and 3.
#define ASSAY_SWIZZLES_2(E, V2)                                               \
  ASSAY_SWIZZLE_1(E, r, x) ASSAY_SWIZZLE_1(E, g, y)                           \
  ASSAY_PAIRS_2(V2, x, y) ASSAY_PAIRS_2(V2, r, g)
#define ASSAY_SWIZZLES_3(E, V2, V3)                                           \
  ASSAY_SWIZZLE_1(E, r, x) ASSAY_SWIZZLE_1(E, g, y) ASSAY_SWIZZLE_1(E, b, z)  \
  ASSAY_PAIRS_3(V2, x, y, z) ASSAY_PAIRS_3(V2, r, g, b)                       \
  ASSAY_TRIPLES(V3, x, y, z) ASSAY_TRIPLES(V3, r, g, b)

// All triples and quadruples of four letters p, q, r, s, which stand for x, y, z, w.
#define ASSAY_SWIZZLE_4(V, a, b, c, d, A, B, C, D)                                         \
  constexpr V assay_get_##a##b##c##d() const { return V{A, B, C, D}; }                     \
  constexpr void assay_set_##a##b##c##d(V v) { A = v[0], B = v[1], C = v[2], D = v[3]; }   \
  __declspec(property(get = assay_get_##a##b##c##d, put = assay_set_##a##b##c##d)) V a##b##c##d;
#define ASSAY_AFTER_2(V3, V4, a, b, A, B, p, q, r, s)                                      \
  ASSAY_AFTER_3(V3, V4, a, b, p, A, B, x, p, q, r, s)                                      \
  ASSAY_AFTER_3(V3, V4, a, b, q, A, B, y, p, q, r, s)                                      \
  ASSAY_AFTER_3(V3, V4, a, b, r, A, B, z, p, q, r, s)                                      \
  ASSAY_AFTER_3(V3, V4, a, b, s, A, B, w, p, q, r, s)
#define ASSAY_AFTER_3(V3, V4, a, b, c, A, B, C, p, q, r, s)                                \
  ASSAY_SWIZZLE_3(V3, a, b, c, A, B, C)                                                    \
  ASSAY_SWIZZLE_4(V4, a, b, c, p, A, B, C, x) ASSAY_SWIZZLE_4(V4, a, b, c, q, A, B, C, y)  \
  ASSAY_SWIZZLE_4(V4, a, b, c, r, A, B, C, z) ASSAY_SWIZZLE_4(V4, a, b, c, s, A, B, C, w)
#define ASSAY_AFTER_1(V3, V4, a, A, p, q, r, s)                                            \
  ASSAY_AFTER_2(V3, V4, a, p, A, x, p, q, r, s) ASSAY_AFTER_2(V3, V4, a, q, A, y, p, q, r, s) \
  ASSAY_AFTER_2(V3, V4, a, r, A, z, p, q, r, s) ASSAY_AFTER_2(V3, V4, a, s, A, w, p, q, r, s)
#define ASSAY_LONG_SWIZZLES(V3, V4, p, q, r, s)                                            \
  ASSAY_AFTER_1(V3, V4, p, x, p, q, r, s) ASSAY_AFTER_1(V3, V4, q, y, p, q, r, s)          \
  ASSAY_AFTER_1(V3, V4, r, z, p, q, r, s) ASSAY_AFTER_1(V3, V4, s, w, p, q, r, s)
#define ASSAY_SWIZZLES_4(E, V2, V3, V4)                                                    \
  ASSAY_SWIZZLE_1(E, r, x) ASSAY_SWIZZLE_1(E, g, y) ASSAY_SWIZZLE_1(E, b, z)               \
  ASSAY_SWIZZLE_1(E, a, w)                                                                 \
  ASSAY_PAIRS_4(V2, x, y, z, w) ASSAY_PAIRS_4(V2, r, g, b, a)                              \
  ASSAY_LONG_SWIZZLES(V3, V4, x, y, z, w) ASSAY_LONG_SWIZZLES(V3, V4, r, g, b, a)
