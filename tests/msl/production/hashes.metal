// SHA3-256 and SHA-256 of many short messages, one thread each.
#include <metal_integer>
#include <metal_stdlib>
using namespace metal;

#define ROTL64(x, n) rotate(ulong(x), ulong(n))
#define ROTR32(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

constant ulong round_constants[24] = {
    0x0000000000000001ul, 0x0000000000008082ul, 0x800000000000808aul, 0x8000000080008000ul,
    0x000000000000808bul, 0x0000000080000001ul, 0x8000000080008081ul, 0x8000000000008009ul,
    0x000000000000008aul, 0x0000000000000088ul, 0x0000000080008009ul, 0x000000008000000aul,
    0x000000008000808bul, 0x800000000000008bul, 0x8000000000008089ul, 0x8000000000008003ul,
    0x8000000000008002ul, 0x8000000000000080ul, 0x000000000000800aul, 0x800000008000000aul,
    0x8000000080008081ul, 0x8000000000008080ul, 0x0000000080000001ul, 0x8000000080008008ul,
};
constant uchar rotations[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
constant uchar lanes[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                            15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

union State {
  ulong words[25];
  uchar bytes[200];
};

static void permute(thread ulong *s) {
  for (int r = 0; r < 24; ++r) {
    ulong column[5];
#pragma unroll
    for (int i = 0; i < 5; ++i) column[i] = s[i] ^ s[i + 5] ^ s[i + 10] ^ s[i + 15] ^ s[i + 20];
    for (int i = 0; i < 5; ++i) {
      const ulong t = column[(i + 4) % 5] ^ ROTL64(column[(i + 1) % 5], 1);
      for (int j = 0; j < 25; j += 5) s[j + i] ^= t;
    }
    ulong moved = s[1];
    for (int i = 0; i < 24; ++i) {
      const ulong kept = s[lanes[i]];
      s[lanes[i]] = ROTL64(moved, rotations[i]);
      moved = kept;
    }
    for (int j = 0; j < 25; j += 5) {
      const ulong row[5] = {s[j], s[j + 1], s[j + 2], s[j + 3], s[j + 4]};
      for (int i = 0; i < 5; ++i) s[j + i] = row[i] ^ (~row[(i + 1) % 5] & row[(i + 2) % 5]);
    }
    s[0] ^= round_constants[r];
  }
}

kernel void sha3_256(device const uchar *messages [[buffer(0)]], device uchar *digests [[buffer(1)]],
                     constant const uint &length [[buffer(2)]],
                     uint i [[thread_position_in_grid]]) {
  State state = {};
  for (uint n = 0; n < length; ++n) state.bytes[n] ^= messages[i * length + n];
  state.bytes[length] ^= 0x06;
  state.bytes[135] ^= 0x80;
  permute(state.words);
  for (uint n = 0; n < 32; ++n) digests[i * 32 + n] = state.bytes[n];
}

// The constants are the fractional parts of roots of primes, which the host computes.
kernel void sha2_256(device const uchar *messages [[buffer(0)]], device uint *digests [[buffer(1)]],
                     constant const uint &length [[buffer(2)]], constant uint *initial [[buffer(3)]],
                     constant uint *k [[buffer(4)]], uint i [[thread_position_in_grid]]) {
  uint w[64] = {0};
  for (uint n = 0; n < length; ++n)
    w[n >> 2] |= uint(messages[i * length + n]) << (24 - 8 * (n & 3));
  w[length >> 2] |= 0x80u << (24 - 8 * (length & 3));
  w[15] = length * 8;
  for (ushort t = 16; t < 64; ++t) {
    const uint s0 = ROTR32(w[t - 15], 7) ^ ROTR32(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const uint s1 = ROTR32(w[t - 2], 17) ^ ROTR32(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  uint4 abcd = uint4(initial[0], initial[1], initial[2], initial[3]);
  uint4 efgh = uint4(initial[4], initial[5], initial[6], initial[7]);
  for (ushort t = 0; t < 64; ++t) {
    const uint e = efgh.x, a = abcd.x;
    const uint t1 = efgh.w + (ROTR32(e, 6) ^ ROTR32(e, 11) ^ ROTR32(e, 25)) +
                    ((e & efgh.y) ^ (~e & efgh.z)) + k[t] + w[t];
    const uint t2 = (ROTR32(a, 2) ^ ROTR32(a, 13) ^ ROTR32(a, 22)) +
                    ((a & abcd.y) ^ (a & abcd.z) ^ (abcd.y & abcd.z));
    efgh = uint4(abcd.w + t1, efgh.xyz);
    abcd = uint4(t1 + t2, abcd.xyz);
  }
  for (ushort n = 0; n < 4; ++n) {
    digests[i * 8 + n] = abcd[n] + initial[n];
    digests[i * 8 + 4 + n] = efgh[n] + initial[n + 4];
  }
}
