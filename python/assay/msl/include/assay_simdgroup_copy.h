// What libraries reach below the standard library: products of matrices that lie in the first elements
// of wide vectors, and copies by a whole simdgroup. The latter are declared in the source with the name
// of the function in Metal's intermediate language, which the translator turns into the names here.
#pragma once

template <class T>
ASSAY_INLINE metal::vec<T, 2> assay_first_two(metal::vec<T, 64> storage) {
  return metal::vec<T, 2>{storage[0], storage[1]};
}
template <class A, class B, class C, class D>
ASSAY_INLINE metal::vec<D, 64> __metal_simdgroup_matrix_8x8_multiply_accumulate(
    metal::vec<A, 64> a, metal::vec<B, 64> b, metal::vec<C, 64> c, metal::vec<D, 64> d, ASSAY_SITE) {
  metal::simdgroup_matrix<A, 8, 8> left;
  metal::simdgroup_matrix<B, 8, 8> right;
  metal::simdgroup_matrix<C, 8, 8> sum;
  metal::simdgroup_matrix<D, 8, 8> result;
  left.elements = assay_first_two(a);
  right.elements = assay_first_two(b);
  sum.elements = assay_first_two(c);
  metal::simdgroup_multiply_accumulate(result, left, right, sum, site);
  d[0] = result.elements[0];
  d[1] = result.elements[1];
  return d;
}

// A copy is done when its call returns; the lanes share it.
#define ASSAY_COPY_1D                                                                             \
  void *assay_simdgroup_async_copy_1d(ulong size, ulong, void *to, const void *from, ulong count)
// Rows of `tile.x` elements; what the source lacks of them is zero, or its last element.
#define ASSAY_COPY_2D                                                                             \
  void *assay_simdgroup_async_copy_2d(ulong size, ulong, void *to, ulong to_row, ulong,           \
                                      ulong2 tile, const void *from, ulong from_row, ulong,       \
                                      ulong2 given, long2 at, int to_edge)

extern "C" {
inline ASSAY_COPY_1D __asm("assay.simdgroup_async_copy_1d");
inline ASSAY_COPY_2D __asm("assay.simdgroup_async_copy_2d");
inline void assay_wait_simdgroup_events(int, void **) __asm("assay.wait_simdgroup_events");

inline ASSAY_COPY_1D {
  for (ulong i = assay_runtime_table->lane(); i < size * count; i += 32u)
    ((char *)to)[i] = ((const char *)from)[i];
  assay_runtime_table->simd_exchange(nullptr, 0, ~0ul);
  return nullptr;
}

inline ASSAY_COPY_2D {
  from = (const char *)from + (at.y * (long)from_row + at.x) * (long)size;
  for (ulong i = assay_runtime_table->lane(); i < tile.x * tile.y; i += 32u) {
    ulong x = i % tile.x, y = i / tile.x;
    char *element = (char *)to + (y * to_row + x) * size;
    const bool inside = x < given.x && y < given.y;
    if (to_edge && given.x && given.y) {
      x = x < given.x ? x : given.x - 1u;
      y = y < given.y ? y : given.y - 1u;
    }
    const char *source = (const char *)from + (y * from_row + x) * size;
    for (ulong j = 0; j < size; ++j) element[j] = inside || to_edge ? source[j] : char(0);
  }
  assay_runtime_table->simd_exchange(nullptr, 0, ~0ul);
  return nullptr;
}

inline void assay_wait_simdgroup_events(int, void **) {}
}
