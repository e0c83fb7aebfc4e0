// Copies between strided layouts: an index that counts in several dimensions by template recursion.
#include <metal_stdlib>
using namespace metal;

template <int Dim, typename Offset = size_t>
struct Walker {
  Walker<Dim - 1, Offset> inner;
  Offset offset{0};
  int index{0};
  Walker(int) : inner(0) {}
  void next(constant const int *shape, constant const int64_t *strides) {
    offset += Offset(strides[Dim - 1]);
    if (++index >= shape[Dim - 1]) {
      index = 0;
      inner.next(shape, strides);
      offset = inner.offset;
    }
  }
};
template <typename Offset>
struct Walker<1, Offset> {
  Offset offset{0};
  Walker(int) {}
  void next(constant const int *, constant const int64_t *strides) { offset += Offset(strides[0]); }
};

template <typename IdxT = int64_t>
METAL_FUNC IdxT to_offset(IdxT at, constant const int *shape, constant const int64_t *strides, int n) {
  IdxT offset = 0;
  for (int i = n - 1; i >= 0 && at > 0; --i) {
    offset += (at % shape[i]) * IdxT(strides[i]);
    at /= shape[i];
  }
  return offset;
}
template <typename IdxT = int64_t>
METAL_FUNC vec<IdxT, 2> to_offset_2(uint2 at, constant const int64_t a[2], constant const int64_t b[2]) {
  vec<IdxT, 2> offset = {IdxT(at.x * IdxT(a[1])), IdxT(at.x * IdxT(b[1]))};
  offset += vec<IdxT, 2>(at.y * IdxT(a[0]), at.y * IdxT(b[0]));
  return offset;
}

template <typename T, typename U, typename IdxT = int64_t>
[[kernel]] void copy_general(device const T *from [[buffer(0)]], device U *to [[buffer(1)]],
                             constant const int *shape [[buffer(3)]],
                             constant const int64_t *strides [[buffer(4)]],
                             constant const int &ndim [[buffer(5)]],
                             uint i [[thread_position_in_grid]]) {
  to[i] = static_cast<U>(from[to_offset<IdxT>(i, shape, strides, ndim)]);
}
template <typename T, typename U>
[[kernel]] void copy_serial(device const T *from [[buffer(0)]], device U *to [[buffer(1)]],
                            constant const int *shape [[buffer(3)]],
                            constant const int64_t *strides [[buffer(4)]],
                            constant const int &ndim [[buffer(5)]]) {
  Walker<3> walker(ndim);
  const int total = shape[0] * shape[1] * shape[2];
  for (int i = 0; i < total; ++i, walker.next(shape, strides)) to[i] = U(from[walker.offset]);
}
template <typename T>
[[kernel]] void transpose_2(device const T *from [[buffer(0)]], device T *to [[buffer(1)]],
                            constant const int64_t *a [[buffer(3)]],
                            constant const int64_t *b [[buffer(4)]],
                            uint2 at [[thread_position_in_grid]]) {
  const auto offsets = to_offset_2<int>(at, a, b);
  to[offsets.y] = from[offsets.x];
}

#define instantiate_kernel(name, func, ...) \
  template [[host_name(name)]] [[kernel]] decltype(func<__VA_ARGS__>) func<__VA_ARGS__>;
#define instantiate_copies(tname, type, uname, utype)                                    \
  instantiate_kernel("general_" #tname #uname, copy_general, type, utype)                \
  instantiate_kernel("small_" #tname #uname, copy_general, type, utype, int)             \
  instantiate_kernel("serial_" #tname #uname, copy_serial, type, utype)
instantiate_copies(float32, float, float32, float)
instantiate_copies(float32, float, int8, int8_t)
instantiate_copies(uint16, uint16_t, bfloat16, bfloat)
instantiate_kernel("transpose", transpose_2, float)
