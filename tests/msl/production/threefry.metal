// The counter-based generator Threefry 2x32-20, with the bytes of its words in a union.
#include <metal_stdlib>

static constexpr constant uint32_t rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};

union random_bits {
  metal::uint2 words;
  uchar4 bytes[2];
};

static random_bits threefry2x32(const thread metal::uint2 &key, metal::uint2 count) {
  metal::uint4 ks = {key.x, key.y, key.x ^ key.y ^ 0x1BD11BDA};
  random_bits v;
  v.words = count + ks.xy;
  for (int i = 0; i < 5; ++i) {
    for (auto r : rotations[i % 2]) {
      v.words.x += v.words.y;
      v.words.y = (v.words.y << r) | (v.words.y >> (32 - r));
      v.words.y ^= v.words.x;
    }
    v.words.x += ks[(i + 1) % 3];
    v.words.y += ks[(i + 2) % 3] + i + 1;
  }
  return v;
}

// Two halves of a row of bytes, whose length need not be a multiple of four.
[[kernel]] void random_bytes(device const uint32_t *keys [[buffer(0)]], device uint8_t *out [[buffer(1)]],
                             constant const uint &bytes_per_key [[buffer(2)]],
                             uint2 grid [[threads_per_grid]], uint2 index [[thread_position_in_grid]]) {
  const auto key = metal::uint2(keys[2 * index.x], keys[2 * index.x + 1]);
  const auto bits = threefry2x32(key, metal::uint2(index.y, index.y + grid.y));
  out += index.x * bytes_per_key;
  for (uint half_row = 0; half_row < 2; ++half_row) {
    const size_t start = (size_t(index.y) + half_row * grid.y) << 2;
    for (uint i = 0; i < 4; ++i)
      if (start + i < bytes_per_key) out[start + i] = bits.bytes[half_row][i];
  }
}
