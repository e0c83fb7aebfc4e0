#pragma once
#include "types.h"

namespace lib {
namespace metal {
template <typename T>
inline T value_at(constant void *base, long offset) {
  return *reinterpret_cast<constant T *>(static_cast<constant char *>(base) + offset);
}
template <typename T>
inline T value_at(device void *base, long offset) {
  return *reinterpret_cast<device T *>(static_cast<device char *>(base) + offset);
}
template <typename T>
inline device T &reference_at(device void *base, long offset) {
  return *reinterpret_cast<device T *>(static_cast<device char *>(base) + offset);
}
template <typename T>
inline T value_at(constant void *base, long offset, ScalarType type) {
  switch (type) {
    case ScalarType::Byte:
      return cast_to<T>(value_at<uchar>(base, offset));
    case ScalarType::Half:
      return cast_to<T>(value_at<half>(base, offset));
    case ScalarType::Int:
      return cast_to<T>(value_at<int>(base, offset));
    default:
      return cast_to<T>(value_at<float>(base, offset));
  }
}
inline void position_of(uint index, thread int position[max_ndim], constant long *sizes, uint ndim) {
  for (uint i = 0; i < ndim; ++i) {
    position[i] = index % sizes[i];
    index /= sizes[i];
  }
}
inline long offset_of(thread int position[max_ndim], constant long *strides, uint ndim) {
  long offset = 0;
  for (uint i = 0; i < ndim; ++i) offset += position[i] * strides[i];
  return offset;
}

template <typename T, typename F>
kernel void unary_dense(device result_of<T, F> *output [[buffer(0)]], constant T *input [[buffer(1)]],
                        uint index [[thread_position_in_grid]]) {
  F f;
  output[index] = f(input[index]);
}
template <typename T, typename F>
kernel void unary_cast(device void *output [[buffer(0)]], constant void *input [[buffer(1)]],
                       constant long *sizes [[buffer(2)]], constant long *strides [[buffer(3)]],
                       constant uint2 &ndim_type [[buffer(4)]],
                       uint index [[thread_position_in_grid]]) {
  F f;
  using res_t = result_of<T, F>;
  int position[max_ndim];
  position_of(index, position, sizes, ndim_type.x);
  const auto type = static_cast<ScalarType>(ndim_type.y);
  const auto x = value_at<T>(input, offset_of(position, strides, ndim_type.x), type);
  reference_at<res_t>(output, index * sizeof(res_t)) = f(x);
}

#define REGISTER_UNARY(NAME, OUT, IN)                                                          \
  static_assert(::metal::is_same_v<OUT, ::lib::metal::result_of<IN, NAME##_functor>>,          \
                "the result of " #NAME " of " #IN);                                            \
  template [[host_name(#NAME "_dense_" #OUT "_" #IN)]] kernel void                             \
      ::lib::metal::unary_dense<IN, NAME##_functor>(                                           \
          device ::lib::metal::result_of<IN, NAME##_functor> * output, constant IN * input,    \
          uint index);                                                                         \
  template [[host_name(#NAME "_cast_" #OUT "_" #IN)]] kernel void                              \
      ::lib::metal::unary_cast<IN, NAME##_functor>(                                            \
          device void *output, constant void *input, constant long *sizes,                     \
          constant long *strides, constant uint2 &ndim_type, uint index)
}  // namespace metal
}  // namespace lib
