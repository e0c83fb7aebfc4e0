// NumPy's default generator, draw for draw: PCG64 (XSL-RR) seeded through SeedSequence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace assay::games {

class Pcg64 {
 public:
  // The stream of numpy.random.default_rng(seed).
  explicit Pcg64(std::uint64_t seed = 0);

  std::uint64_t next64();
  // Half of a 64-bit word, the low one first; the other half waits for the next call.
  std::uint32_t next32();

  // Generator.random(): uniform in [0, 1).
  double uniform();
  // Generator.integers(n): uniform in [0, n), n from 1 on; n = 1 draws nothing.
  std::uint32_t below(std::uint32_t n);
  // Generator.choice(population, size, replace=False), for populations below 10 000.
  std::vector<int> sample(int population, int size);

  // Generator.shuffle of a list.
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i-- > 1;) {
      std::swap(items[i], items[interval(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  __extension__ using Word = unsigned __int128;

  // Uniform in [0, max] by rejection under a mask.
  std::uint32_t interval(std::uint32_t max);
  void advance();

  Word state_;
  Word increment_;
  std::uint32_t waiting_ = 0;
  bool has_waiting_ = false;
};

}  // namespace assay::games
