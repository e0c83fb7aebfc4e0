// Four neighbouring threads as one unit: transforms, sums, votes and prefixes in a quadgroup, and
// permutations of a simdgroup.
#include <metal_quadgroup>
#include <metal_simdgroup>
#include <metal_stdlib>
using namespace metal;

// The Hadamard transform of four values, one a lane.
template <typename T>
[[always_inline]] T hadamard(T value, ushort lane) {
  const T a = quad_shuffle_xor(value, 1);
  value = lane & 1 ? a - value : a + value;
  const T b = quad_shuffle_xor(value, 2);
  return lane & 2 ? b - value : b + value;
}

kernel void quads(const device float *x [[buffer(0)]], device float *out [[buffer(1)]],
                  uint i [[thread_position_in_grid]], uint n [[threads_per_grid]],
                  ushort lane [[thread_index_in_quadgroup]]) {
  const float v = x[i];
  out[i] = hadamard(v, lane);
  out[n + i] = quad_sum(v) + 100 * quad_prefix_exclusive_sum(v);
  out[2 * n + i] = quad_max(v) - quad_min(v) + 100 * quad_broadcast(v, 2);
  const quad_vote vote = quad_ballot(v > 0);
  out[3 * n + i] = float(quad_vote::vote_t(vote)) + 100 * quad_all(v > -2) + 1000 * quad_any(v > 2);
  out[4 * n + i] = quad_shuffle_rotate_down(v, 1) + 100 * quad_shuffle_and_fill_up(v, 7.0f, 1);
}

// Sorts 32 values, one a lane, by a bitonic network of shuffles.
template <typename T, bool Ascending>
kernel void sort_simdgroup(device T *x [[buffer(0)]], uint i [[thread_position_in_grid]],
                           ushort lane [[thread_index_in_simdgroup]],
                           ushort width [[threads_per_simdgroup]]) {
  T value = x[i];
  for (ushort k = 2; k <= width; k <<= 1)
    for (ushort j = k >> 1; j > 0; j >>= 1) {
      const T other = simd_shuffle_xor(value, j);
      const bool keep_small = ((lane & j) == 0) == (((lane & k) == 0) == Ascending);
      value = keep_small ? min(value, other) : max(value, other);
    }
  const T first = simd_broadcast_first(value), previous = simd_shuffle_up(value, 1);
  const ulong steps = static_cast<ulong>(simd_ballot(lane == 0 || value != previous));
  simdgroup_barrier(mem_flags::mem_none);
  x[i] = value;
  if (simd_is_first()) x[i + 0] = simd_all(value == first) ? first : value;
  x[i + width * 4] = T(popcount(steps));
}
template [[host_name("sort_int")]] kernel void sort_simdgroup<int, true>(device int *, uint, ushort, ushort);
template [[host_name("sort_half")]] kernel void sort_simdgroup<half, false>(device half *, uint, ushort, ushort);
