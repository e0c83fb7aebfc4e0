// What libraries make of the language itself: unions, bit-fields, enumerations, operators for each
// address space, packs, nested namespaces.
#include <metal_stdlib>
#pragma METAL fp math_mode(safe)
using namespace metal;

namespace lib::detail {
enum class Mode : uint16_t { copy = 1, scale, both = copy | scale };
template <typename T>
constant constexpr T two = T(2);
constexpr int power(int base, int exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}
template <typename T>
constexpr T total(T value) {
  return value;
}
template <typename T, typename... Rest>
constexpr T total(T first, Rest... rest) {
  return first + total<T>(rest...);
}
}  // namespace lib::detail
namespace ld = lib::detail;

struct Header {
  uint version : 4;
  uint kind : 12;
  uint count : 16;
};
union Word {
  Header header;
  uint bits;
  uchar4 bytes;
};

struct complex_t {
  float re, im;
  constexpr complex_t(float r = 0, float i = 0) thread : re(r), im(i) {}
  constexpr complex_t(float r = 0, float i = 0) threadgroup : re(r), im(i) {}
  float norm() const thread { return re * re + im * im; }
  float norm() const device { return re * re + im * im; }
  float norm() const threadgroup { return re * re + im * im; }
};
constexpr complex_t operator*(complex_t a, complex_t b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
METAL_FUNC thread complex_t &operator+=(thread complex_t &a, complex_t b) {
  a.re += b.re;
  a.im += b.im;
  return a;
}
METAL_FUNC device complex_t &operator+=(device complex_t &a, complex_t b) {
  a.re += b.re;
  a.im += b.im;
  return a;
}
METAL_FUNC threadgroup complex_t &operator+=(threadgroup complex_t &a, complex_t b) {
  a.re += b.re;
  a.im += b.im;
  return a;
}

template <typename T>
T first(device const T *p) { return p[0]; }
template <typename U>
U first(threadgroup const U *q) { return q[0]; }

static float second_row(threadgroup float (*rows)[4]) { return rows[1][3]; }

const constant float table[3] = {0.5, 0.25, 0.125};

[[kernel]] void words(device uint *out [[buffer(0)]], device const float *x [[buffer(1)]]) {
  using enum ld::Mode;
  Word w;
  w.bits = 0;
  w.header.version = 3;
  w.header.kind = 0x5A;
  w.header.count = ld::power(2, 9);
  Word v;
  v.bytes = uchar4(1, 2, 3, 4);
  out[0] = w.bits;
  out[1] = v.bits;
  out[2] = uint(both) + ld::two<uint>;
  out[3] = ld::total(1, 2, 3, 4);
  out[4] = as_type<uint>(half2(x[0], x[1]));
  out[5] = as_type<uint2>(ushort4(1, 2, 3, 4)).y;
  out[6] = uint(8 * table[2] + select(x[0], x[1], x[0] < x[1]));
}

kernel void products(device complex_t *z [[buffer(0)]], device float *norms [[buffer(1)]],
                     uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]]) {
  threadgroup complex_t shared[32];
  threadgroup float rows[2][4];
  complex_t own = z[i] * z[i];
  own += complex_t(1);
  shared[l] = own;
  shared[l] += own;
  z[i] += shared[l];
  if (l == 0) rows[1][3] = 5;
  threadgroup_barrier(mem_flags::mem_threadgroup);
  norms[i] = z[i].norm() + first(shared).norm() + first(norms + 32) + second_row(rows);
}
