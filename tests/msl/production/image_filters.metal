// Filters on images that are rows of bytes in buffers: packed colours, tables in constant memory,
// tiles with a border in two-dimensional threadgroup arrays.
#include <metal_common>
#include <metal_pack>
#include <metal_relational>
#include <metal_stdlib>
#include <metal_texture>
using namespace metal;

#ifndef RADIUS
#define RADIUS 2
#endif
#define TILE 8
#define PADDED (TILE + 2 * RADIUS)

enum class Border : uint8_t { clamp, mirror, zero };
struct ImageArguments {
  ushort2 size;
  uint row_bytes;
  Border border;
};
constant float weights[RADIUS + 1] = {6.0f / 16, 4.0f / 16, 1.0f / 16};
constant constexpr half3 luma = half3(0.25h, 0.5h, 0.25h);

template <Border B>
struct BorderTraits;
template <>
struct BorderTraits<Border::clamp> {
  static METAL_FUNC int2 at(int2 p, int2 size) { return clamp(p, int2(0), size - 1); }
};
template <>
struct BorderTraits<Border::mirror> {
  static METAL_FUNC int2 at(int2 p, int2 size) {
    const int2 q = abs(p);
    return select(q, 2 * (size - 1) - q, q >= size);
  }
};

template <typename T, Border B, int R = RADIUS>
[[kernel, max_total_threads_per_threadgroup(TILE * TILE)]] void blur(
    const device uchar4 *in [[buffer(0)]], device uchar4 *out [[buffer(1)]],
    constant ImageArguments &args [[buffer(2)]], ushort2 position [[thread_position_in_grid]],
    ushort2 local [[thread_position_in_threadgroup]],
    ushort2 origin [[threadgroup_position_in_grid]], ushort index [[thread_index_in_threadgroup]]) {
  using T4 = vec<T, 4>;
  threadgroup T4 tile[PADDED][PADDED], rows[PADDED][TILE];
  const uint stride = args.row_bytes / sizeof(uchar4);
  const int2 size = int2(args.size), corner = int2(origin * TILE) - R;
  for (int n = index; n < PADDED * PADDED; n += TILE * TILE) {
    const int2 p = BorderTraits<B>::at(corner + int2(n % PADDED, n / PADDED), size);
    tile[n / PADDED][n % PADDED] = T4(in[p.y * stride + p.x]);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (int n = index; n < PADDED * TILE; n += TILE * TILE) {
    T4 sum = 0;
    for (int k = -R; k <= R; ++k) sum += T(weights[abs(k)]) * tile[n / TILE][n % TILE + R + k];
    rows[n / TILE][n % TILE] = sum;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  T4 sum = 0;
  for (int k = -R; k <= R; ++k) sum += T(weights[abs(k)]) * rows[local.y + R + k][local.x];
  if (all(position < args.size)) out[position.y * stride + position.x] = uchar4(rint(sum));
}
#define instantiate_blur(T, B) \
  template [[host_name("blur_" #T "_" #B)]] [[kernel]] decltype(blur<T, Border::B>) blur<T, Border::B>;
instantiate_blur(float, clamp)
instantiate_blur(float, mirror)
instantiate_blur(half, clamp)

// Gradients after Sobel of the luma, and the colour in 32 bits.
kernel void edges(const device uint *in [[buffer(0)]], device half *out [[buffer(1)]],
                  constant ImageArguments &args [[buffer(2)]],
                  uint2 position [[thread_position_in_grid]]) {
  const uint stride = args.row_bytes / 4;
  if (any(position >= uint2(args.size))) return;
  half l[3][3];
  for (int y = -1; y <= 1; ++y)
    for (int x = -1; x <= 1; ++x) {
      const int2 p = BorderTraits<Border::clamp>::at(int2(position) + int2(x, y), int2(args.size));
      l[y + 1][x + 1] = dot(unpack_unorm4x8_to_half(in[p.y * stride + p.x]).rgb, luma);
    }
  const half2 g = half2(l[0][2] + 2 * l[1][2] + l[2][2] - l[0][0] - 2 * l[1][0] - l[2][0],
                        l[2][0] + 2 * l[2][1] + l[2][2] - l[0][0] - 2 * l[0][1] - l[0][2]);
  out[position.y * stride + position.x] = saturate(length(g) * 0.25h);
}
