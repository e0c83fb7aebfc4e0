// Element-wise functors whose result type is deduced, registered by macros from headers.
#include <lib/metal/indexing.h>
#include <lib/metal/types.h>
using namespace metal;
using namespace lib::metal;

struct exp_functor {
  template <typename T>
  inline enable_if_t<is_floating_point_v<T>, T> operator()(const T x) { return T(precise::exp(x)); }
  template <typename T>
  inline enable_if_t<is_integral_v<T>, float> operator()(const T x) {
    return precise::exp(static_cast<float>(x));
  }
  template <typename T>
  inline enable_if_t<is_complex_v<T>, T> operator()(const T x) {
    return T(precise::exp(x.x) * precise::cos(x.y), precise::exp(x.x) * precise::sin(x.y));
  }
};
struct square_functor {
  template <typename T>
  inline T operator()(const T x) { return static_cast<T>(opmath_t<T>(x) * opmath_t<T>(x)); }
};
struct not_functor {
  template <typename T>
  inline enable_if_t<!is_same_v<T, bool> && is_integral_v<T>, T> operator()(const T x) { return ~x; }
  template <typename T>
  inline enable_if_t<is_same_v<T, bool>, T> operator()(const T x) { return !x; }
};

REGISTER_UNARY(exp, float, int);
REGISTER_UNARY(exp, float, float);
REGISTER_UNARY(exp, half, half);
REGISTER_UNARY(exp, float2, float2);
REGISTER_UNARY(square, uchar, uchar);
REGISTER_UNARY(square, half, half);
REGISTER_UNARY(not, int, int);
#if __METAL_VERSION__ >= 310
REGISTER_UNARY(exp, bfloat, bfloat);
#endif
