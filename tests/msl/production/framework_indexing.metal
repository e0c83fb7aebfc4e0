// Operators of a deep-learning framework: functors over strided tensors, registered by macros.
#include <metal_array>
#include <metal_stdlib>

namespace lib {
namespace metal {
constant constexpr unsigned max_ndim = 16;

namespace detail {
template <typename T> struct types { using op = T; };
template <> struct types<half> { using op = float; using two = half2; };
template <> struct types<bfloat> { using op = float; };
template <> struct types<float> { using op = float; using two = float2; };
template <> struct types<short> { using op = int; };
}  // namespace detail

template <typename T> using opmath_t = typename detail::types<T>::op;
template <typename T> using vec2type_t = typename detail::types<T>::two;
template <typename F, typename... Args>
using result_of = decltype(::metal::declval<F>()(::metal::declval<Args>()...));
template <typename T>
constexpr constant bool is_complex_v = ::metal::is_same_v<T, float2> || ::metal::is_same_v<T, half2>;

template <typename T>
inline ::metal::enable_if_t<!is_complex_v<T>, T> conj(T a) {
  return a;
}
template <typename T>
inline ::metal::enable_if_t<is_complex_v<T>, T> conj(T z) {
  return T(z.x, -z.y);
}

template <typename T>
inline void pos_from_thread_index(T idx, thread T pos[max_ndim], constant long *sizes, uint ndim) {
  for (uint i = 0; i < ndim; ++i) {
    pos[i] = idx % T(sizes[i]);
    idx /= T(sizes[i]);
  }
}
template <typename T>
inline T offset_from_coord(thread T idx[max_ndim], constant long *strides, uint ndim) {
  T rc = 0;
  for (uint i = 0; i < ndim; ++i) rc += idx[i] * T(strides[i]);
  return rc;
}
template <typename T> inline T val_at_offs(constant void *ptr, long offs) {
  return *reinterpret_cast<constant T *>(static_cast<constant char *>(ptr) + offs);
}
template <typename T> inline device T &ref_at_offs(device void *ptr, long offs) {
  return *reinterpret_cast<device T *>(static_cast<device char *>(ptr) + offs);
}

template <typename T, typename F>
kernel void binary_strided(device void *output [[buffer(0)]], constant void *input [[buffer(1)]],
                           constant void *other [[buffer(2)]], constant long *sizes [[buffer(3)]],
                           constant long *strides [[buffer(4)]], constant uint &ndim [[buffer(5)]],
                           uint index [[thread_position_in_grid]]) {
  F f;
  using res_t = result_of<F, T, T>;
  int pos[max_ndim];
  pos_from_thread_index(int(index), pos, sizes, ndim);
  const auto a = val_at_offs<T>(input, offset_from_coord(pos, strides + ndim, ndim));
  const auto b = val_at_offs<T>(other, offset_from_coord(pos, strides + 2 * ndim, ndim));
  ref_at_offs<res_t>(output, offset_from_coord(pos, strides, ndim)) =
      static_cast<res_t>(f(opmath_t<T>(a), opmath_t<T>(b)));
}

struct ErrorMessage {
  char function[32];
  char text[32];
  uint line;
};
struct ErrorMessages {
  ::metal::atomic<uint> count;
  ErrorMessage messages[2];
};
static void copy_text(device char *to, constant const char *from, uint length) {
  uint i = 0;
  for (; from[i] != 0 && i < length - 1; ++i) to[i] = from[i];
  to[i] = 0;
}
static void report_error(device ErrorMessages *errors, constant const char *function,
                         constant const char *text, uint line) {
  const auto n = ::metal::atomic_fetch_add_explicit(&errors->count, 1u, ::metal::memory_order_relaxed);
  if (n >= 2) return;
  copy_text(errors->messages[n].function, function, 32);
  copy_text(errors->messages[n].text, text, 32);
  errors->messages[n].line = line;
}
#define REPORT(errors, text) ::lib::metal::report_error(errors, __func__, text, __LINE__)

template <typename T> struct AtomicType {};
template <typename T>
static inline void atomic_add_helper(device ::metal::atomic<uint> *data, long offset, T value) {
  constexpr auto per_word = sizeof(uint) / sizeof(T);
  auto ptr = data + (offset / per_word);
  auto old = ::metal::atomic_load_explicit(ptr, ::metal::memory_order_relaxed);
  union {
    uint i;
    T t[per_word];
  } val;
  do {
    val.i = old;
    val.t[offset & (per_word - 1)] += value;
  } while (!::metal::atomic_compare_exchange_weak_explicit(
      ptr, &old, val.i, ::metal::memory_order_relaxed, ::metal::memory_order_relaxed));
}
template <> struct AtomicType<half> {
  using type = ::metal::atomic<uint>;
  static inline void add(device type *data, long offset, half value) {
    atomic_add_helper<half>(data, offset, value);
  }
};
template <> struct AtomicType<float> {
  using type = ::metal::atomic<float>;
  static inline void add(device type *data, long offset, float value) {
    ::metal::atomic_fetch_add_explicit(data + offset, value, ::metal::memory_order_relaxed);
  }
};
template <> struct AtomicType<long> {
  using type = ::metal::atomic<uint>;
  static inline void add(device type *data, long offset, long value) {
    const auto bits = as_type<ulong>(value);
    const uint low = static_cast<uint>(bits);
    uint high = static_cast<uint>(bits >> 32);
    auto ptr = data + (offset << 1);
    const auto old = ::metal::atomic_fetch_add_explicit(ptr, low, ::metal::memory_order_relaxed);
    high += (old + low < old) ? 1 : 0;
    if (high != 0) ::metal::atomic_fetch_add_explicit(ptr + 1, high, ::metal::memory_order_relaxed);
  }
};
template <typename T> using AtomicType_t = typename AtomicType<T>::type;
}  // namespace metal
}  // namespace lib

using namespace metal;
using namespace lib::metal;

struct polar_functor {
  template <typename U> using ret_type = lib::metal::vec2type_t<U>;
  template <typename T> inline ret_type<T> operator()(const T a, const T b) {
    return conj(ret_type<T>(a * precise::cos(b), a * precise::sin(b)));
  }
};
struct floor_divide_functor {
  template <typename T, enable_if_t<is_integral_v<T>, bool> = true>
  inline T operator()(const T a, const T b) {
    const auto quot = a / b;
    return (a < 0) == (b < 0) || a % b == 0 ? quot : quot - 1;
  }
  template <typename T, enable_if_t<is_floating_point_v<T>, bool> = true>
  inline T operator()(const T a, const T b) {
    return T(::metal::floor(a / b));
  }
};

#define REGISTER_BINARY(NAME, DTYPEI, DTYPEO)                                                  \
  static_assert(is_same_v<DTYPEO, ::lib::metal::result_of<NAME##_functor, DTYPEI, DTYPEI>>,    \
                "Output dtype mismatch for " #NAME " and input " #DTYPEI);                     \
  template [[host_name(#NAME "_strided_" #DTYPEO "_" #DTYPEI)]] kernel void ::lib::metal::     \
      binary_strided<DTYPEI, NAME##_functor>(device void *out, constant void *input,           \
                                             constant void *other, constant long *sizes,       \
                                             constant long *strides, constant uint &ndim, uint tid)
REGISTER_BINARY(polar, float, float2);
REGISTER_BINARY(floor_divide, float, float);
REGISTER_BINARY(floor_divide, int, int);
REGISTER_BINARY(floor_divide, long, long);

template <typename T, typename I>
kernel void index_add(device AtomicType_t<T> *output [[buffer(0)]], constant T *input [[buffer(1)]],
                      constant I *indices [[buffer(2)]], constant long &size [[buffer(3)]],
                      device ErrorMessages *errors [[buffer(4)]],
                      uint thread_index [[thread_position_in_grid]]) {
  auto idx = indices[thread_index];
  if (idx < -size || idx >= size) {
    REPORT(errors, "index out of range");
    return;
  }
  idx = idx < 0 ? idx + size : idx;
  AtomicType<T>::add(output, idx, input[thread_index]);
}
#define REGISTER_INDEX_ADD(T, I)                                                                \
  template [[host_name("index_add_" #T "_" #I)]] kernel void index_add<T, I>(                   \
      device AtomicType_t<T> * output, constant T * input, constant I * indices,                \
      constant long &size, device ErrorMessages *errors, uint thread_index);
REGISTER_INDEX_ADD(float, int)
REGISTER_INDEX_ADD(half, long)
REGISTER_INDEX_ADD(long, int)
