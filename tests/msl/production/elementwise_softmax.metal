#include <metal_common>
#include <metal_simdgroup>
#include <metal_math>
#include <metal_stdlib>
using namespace metal;

typedef bfloat bfloat16_t;
typedef half float16_t;

struct complex64_t {
  float real;
  float imag;
  constexpr complex64_t(float real, float imag) : real(real), imag(imag){};
  constexpr complex64_t() : real(0), imag(0){};
  constexpr complex64_t() threadgroup : real(0), imag(0){};
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr complex64_t(T x) thread : real(x), imag(0) {}
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr complex64_t(T x) threadgroup : real(x), imag(0) {}
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr complex64_t(T x) device : real(x), imag(0) {}
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr operator T() const thread { return static_cast<T>(real); }
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr operator T() const device { return static_cast<T>(real); }
  template <typename T, typename = typename enable_if<!is_same_v<T, complex64_t>>::type>
  constexpr operator T() const constant { return static_cast<T>(real); }
};
constexpr complex64_t operator-(complex64_t x) { return {-x.real, -x.imag}; }
constexpr complex64_t operator+(complex64_t a, complex64_t b) { return {a.real + b.real, a.imag + b.imag}; }

template <typename U>
struct Limits {
  static const constant U max = metal::numeric_limits<U>::max();
  static const constant U min = metal::numeric_limits<U>::min();
  static const constant U finite_max = metal::numeric_limits<U>::max();
};
#define instantiate_float_limit(type)             \
  template <>                                     \
  struct Limits<type> {                           \
    static constexpr constant type max =          \
        metal::numeric_limits<type>::infinity();  \
    static constexpr constant type min =          \
        -metal::numeric_limits<type>::infinity(); \
  };
instantiate_float_limit(half);
instantiate_float_limit(float);
instantiate_float_limit(bfloat16_t);
template <> struct Limits<bool> { static constexpr constant bool max = true; static constexpr constant bool min = false; };

struct Add { template <typename T> T operator()(T x, T y) { return x + y; } };
struct Maximum {
  template <typename T>
  metal::enable_if_t<metal::is_integral_v<T>, T> operator()(T x, T y) { return metal::max(x, y); }
  template <typename T>
  metal::enable_if_t<!metal::is_integral_v<T>, T> operator()(T x, T y) {
    if (metal::isnan(x)) { return x; }
    return x > y ? x : y;
  }
  template <> complex64_t operator()(complex64_t x, complex64_t y) { return x.real > y.real ? x : y; }
};
template <typename IdxT = int64_t>
METAL_FUNC IdxT elem_to_loc(IdxT elem, constant const int* shape, constant const int64_t* strides, int ndim) {
  IdxT loc = 0;
  for (int i = ndim - 1; i >= 0 && elem > 0; --i) {
    loc += (elem % shape[i]) * IdxT(strides[i]);
    elem /= shape[i];
  }
  return loc;
}
template <typename IdxT>
METAL_FUNC vec<IdxT, 2> elem_to_loc_2(uint3 elem, constant const int* shape) {
  vec<IdxT, 2> loc = {IdxT(elem.x * IdxT(shape[0])), IdxT(elem.y)};
  return loc;
}
template <typename T, typename U, typename Op>
[[kernel]] void binary_vv(
    device const T* a,
    device const T* b,
    device U* c,
    constant uint& size,
    uint index [[thread_position_in_grid]]) {
  if (index < size) c[index] = Op()(a[index], b[index]);
}
template <typename T, typename U, typename Op, int N, typename IdxT = int64_t>
[[kernel]] void binary_g(
    device const T* a, device const T* b, device U* c,
    constant const int* shape, constant const int64_t* a_strides,
    constant const int64_t* b_strides, constant const int& ndim,
    uint3 index [[thread_position_in_grid]], uint3 grid_dim [[threads_per_grid]]) {
  auto ai = elem_to_loc<IdxT>(index.x, shape, a_strides, ndim);
  auto two = elem_to_loc_2<IdxT>(index, shape);
  for (int i = 0; i < N && N * index.x + i < grid_dim.x; ++i) c[index.x] = Op()(a[ai], b[two.x]);
}
#define instantiate_kernel(name, func, ...) \
  template [[host_name(                     \
      name)]] [[kernel]] decltype(func<__VA_ARGS__>) func<__VA_ARGS__>;
#define instantiate_binary(op, tname, type) \
  instantiate_kernel("vv_" #op #tname, binary_vv, type, type, op) \
  instantiate_kernel("g_" #op #tname, binary_g, type, type, op, 4, int)
instantiate_binary(Add, float32, float)
instantiate_binary(Add, bfloat16, bfloat16_t)
instantiate_binary(Maximum, int32, int32_t)
instantiate_binary(Maximum, float16, float16_t)

template <typename T, int N_READS = 4>
[[kernel]] void softmax(const device T* in, device T* out, constant int& axis_size,
    uint gid [[threadgroup_position_in_grid]], uint _lid [[thread_position_in_threadgroup]],
    uint simd_lane_id [[thread_index_in_simdgroup]], uint simd_group_id [[simdgroup_index_in_threadgroup]]) {
  int lid = _lid;
  constexpr int SIMD_SIZE = 32;
  threadgroup float local_max[SIMD_SIZE];
  threadgroup float local_normalizer[SIMD_SIZE];
  float ld[N_READS];
  in += gid * size_t(axis_size) + lid * N_READS;
  if (lid * N_READS + N_READS <= axis_size) {
    for (int i = 0; i < N_READS; i++) ld[i] = float(in[i]);
  } else {
    for (int i = 0; i < N_READS; i++)
      ld[i] = ((lid * N_READS + i) < axis_size) ? float(in[i]) : Limits<float>::min;
  }
  if (simd_group_id == 0) { local_max[simd_lane_id] = Limits<float>::min; local_normalizer[simd_lane_id] = 0; }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  float maxval = Limits<float>::min;
  for (int i = 0; i < N_READS; i++) maxval = (maxval < ld[i]) ? ld[i] : maxval;
  maxval = simd_max(maxval);
  if (simd_lane_id == 0) local_max[simd_group_id] = maxval;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd_group_id == 0) {
    maxval = simd_max(local_max[simd_lane_id]);
    if (simd_lane_id == 0) local_max[0] = maxval;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  maxval = local_max[0];
  float normalizer = 0;
  for (int i = 0; i < N_READS; i++) { float e = fast::exp(ld[i] - maxval); ld[i] = e; normalizer += e; }
  normalizer = simd_sum(normalizer);
  if (simd_lane_id == 0) local_normalizer[simd_group_id] = normalizer;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd_group_id == 0) {
    normalizer = simd_sum(local_normalizer[simd_lane_id]);
    if (simd_lane_id == 0) local_normalizer[0] = normalizer;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  normalizer = 1 / local_normalizer[0];
  out += gid * size_t(axis_size) + lid * N_READS;
  for (int i = 0; i < N_READS; i++) if (lid * N_READS + i < axis_size) out[i] = T(ld[i] * normalizer);
}
instantiate_kernel("softmax_float32", softmax, float)
instantiate_kernel("softmax_float16", softmax, half)
