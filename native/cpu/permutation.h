// A random order of 0 to n - 1 that needs no memory for it.
#pragma once

#include <cstdint>

namespace assay::cpu {

// Similar values give unrelated ones (the finaliser of splitmix64, Steele et al. 2014).
inline std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

// A Feistel network permutes the numbers of the smallest even number of bits that hold n; numbers
// from n on are permuted again until they are below (Black and Rogaway 2002: cycle walking).
class Permutation {
 public:
  // Of `count` > 0 numbers, drawn from `seed`.
  Permutation(std::uint64_t count, std::uint64_t seed) : count_(count), seed_(mixed(seed)) {
    while (half_ < 32 && ((count - 1) >> (2 * half_)) != 0) {
      ++half_;
    }
  }

  std::uint64_t operator()(std::uint64_t index) const {
    do {
      index = network(index);
    } while (index >= count_);
    return index;
  }

 private:
  std::uint64_t network(std::uint64_t index) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
    std::uint64_t left = index >> half_;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (mixed(seed_ + (round << 32) + right) & mask);
      left = right;
      right = next;
    }
    return left << half_ | right;
  }

  std::uint64_t count_;
  std::uint64_t seed_;
  unsigned half_ = 1;  // bits
};

}  // namespace assay::cpu
