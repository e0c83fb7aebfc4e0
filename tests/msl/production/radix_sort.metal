// One pass of a radix sort on 4 bits with decoupled look-back: every threadgroup publishes the counts
// of its tile, then the inclusive prefix, and reads what the tiles before it have published.
#include <metal_stdlib>
using namespace metal;

namespace radix {
constant constexpr uint kBits = 4;
constant constexpr uint kBins = 1u << kBits;
constant constexpr uint kThreads = 64;

enum class Status : uint { empty = 0, local = 1, inclusive = 2 };

// A count and its status in one word, so that one relaxed load sees both.
struct Flag {
  uint word;
  static constexpr Flag make(Status status, uint value) { return Flag{uint(status) << 30 | value}; }
  Status status() const { return Status(word >> 30); }
  uint value() const { return extract_bits(word, 0, 30); }
};

METAL_FUNC uint digit(uint key, uint shift) { return (key >> shift) & (kBins - 1); }
}  // namespace radix

using radix::Flag;
using radix::Status;

static uint look_back(volatile coherent(device) device atomic_uint *flags, int tile, uint bin) {
  uint sum = 0;
  for (int t = tile - 1; t >= 0;) {
    const Flag f{atomic_load_explicit(&flags[t * radix::kBins + bin], memory_order_relaxed)};
    if (f.status() == Status::empty) continue;
    sum += f.value();
    if (f.status() == Status::inclusive) break;
    --t;
  }
  return sum;
}

[[host_name("radix_pass"), kernel]] void pass(
    device const uint keys_in[] [[buffer(0)]], device uint keys_out[] [[buffer(1)]],
    volatile coherent(device) device atomic_uint *flags [[buffer(2)]],
    device atomic_uint *next_tile [[buffer(3)]], constant uint2 &size_shift [[buffer(4)]],
    const device uint bin_starts[radix::kBins] [[buffer(5)]],
    uint l [[thread_index_in_threadgroup]], uint lane [[thread_index_in_simdgroup]],
    uint group [[simdgroup_index_in_threadgroup]]) {
  threadgroup uint tile_index;
  threadgroup uint counts[2][radix::kBins];
  threadgroup uint before[radix::kBins];
  if (l == 0) tile_index = atomic_fetch_add_explicit(next_tile, 1u, memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup);

  const uint i = tile_index * radix::kThreads + l;
  const bool valid = i < size_shift.x;
  const uint key = valid ? keys_in[i] : 0;
  const uint mine = valid ? radix::digit(key, size_shift.y) : radix::kBins;

  // The rank among equal digits of the simdgroup, by one ballot for each digit.
  uint rank = 0;
  for (uint bin = 0; bin < radix::kBins; ++bin) {
    const ulong votes = (ulong)simd_ballot(mine == bin);
    if (lane == 0) counts[group][bin] = popcount(votes);
    if (mine == bin) rank = popcount(votes & ((1ul << lane) - 1));
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);

  if (l < radix::kBins) {
    const uint total = counts[0][l] + counts[1][l];
    device volatile atomic_uint *own = flags + tile_index * radix::kBins + l;
    atomic_store_explicit(own, Flag::make(Status::local, total).word, memory_order_relaxed);
    const uint prefix = look_back(flags, tile_index, l);
    atomic_store_explicit(own, Flag::make(Status::inclusive, prefix + total).word,
                          memory_order_relaxed);
    before[l] = prefix + bin_starts[l];
  }
  threadgroup_barrier(mem_flags::mem_threadgroup | mem_flags::mem_device);

  if (valid) keys_out[before[mine] + (group ? counts[0][mine] : 0) + rank] = key;
}

kernel void histogram(device const uint *keys [[buffer(0)]],
                      device atomic<uint> *bins [[buffer(1)]],
                      constant uint2 &size_shift [[buffer(2)]],
                      uint i [[thread_position_in_grid]], uint l [[thread_index_in_threadgroup]]) {
  threadgroup atomic_uint local[radix::kBins];
  if (l < radix::kBins) atomic_store_explicit(&local[l], 0u, memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (i < size_shift.x) {
    atomic_fetch_add_explicit(&local[radix::digit(keys[i], size_shift.y)], 1u,
                              memory_order_relaxed);
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (l < radix::kBins) {
    atomic_fetch_add_explicit(bins + l, atomic_load_explicit(&local[l], memory_order_relaxed),
                              memory_order_relaxed);
  }
}
