#include "games/pcg64.h"

#include <algorithm>

namespace assay::games {
namespace {

constexpr std::size_t kPool = 4;

// The hash of numpy.random.SeedSequence, whose multiplier changes with every use.
class Hash {
 public:
  Hash(std::uint32_t constant, std::uint32_t multiplier)
      : constant_(constant), multiplier_(multiplier) {}

  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  std::uint32_t constant_;
  std::uint32_t multiplier_;
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t result = 0xca01f9ddU * x - 0x4973f715U * y;
  return result ^ (result >> 16);
}

// SeedSequence(seed).generate_state(4, numpy.uint64).
std::array<std::uint64_t, 4> seed_words(std::uint64_t seed) {
  Hash absorb(0x43b0d7e5U, 0x931e8875U);
  std::array<std::uint32_t, kPool> pool{absorb(static_cast<std::uint32_t>(seed)),
                                        absorb(static_cast<std::uint32_t>(seed >> 32)), absorb(0),
                                        absorb(0)};
  for (std::size_t source = 0; source < kPool; ++source) {
    for (std::size_t target = 0; target < kPool; ++target) {
      if (source != target) {
        pool[target] = mix(pool[target], absorb(pool[source]));
      }
    }
  }
  Hash emit(0x8b51f9ddU, 0x58f38dedU);
  std::array<std::uint64_t, 4> words{};
  for (std::size_t i = 0; i < 2 * words.size(); ++i) {
    words[i / 2] |= std::uint64_t{emit(pool[i % kPool])} << (32 * (i % 2));
  }
  return words;
}

}  // namespace

Pcg64::Pcg64(std::uint64_t seed) {
  const auto words = seed_words(seed);
  increment_ = (Word{words[2]} << 64 | words[3]) << 1 | 1;
  state_ = increment_ + (Word{words[0]} << 64 | words[1]);
  advance();
}

void Pcg64::advance() {
  constexpr Word multiplier = Word{2549297995355413924ULL} << 64 | 4865540595714422341ULL;
  state_ = state_ * multiplier + increment_;
}

std::uint64_t Pcg64::next64() {
  advance();
  const std::uint64_t folded =
      static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  const unsigned turn = static_cast<unsigned>(state_ >> 122);
  return folded >> turn | folded << (-turn & 63);
}

std::uint32_t Pcg64::next32() {
  if (has_waiting_) {
    has_waiting_ = false;
    return waiting_;
  }
  const std::uint64_t word = next64();
  waiting_ = static_cast<std::uint32_t>(word >> 32);
  has_waiting_ = true;
  return static_cast<std::uint32_t>(word);
}

double Pcg64::uniform() { return static_cast<double>(next64() >> 11) * 0x1p-53; }

std::uint32_t Pcg64::below(std::uint32_t n) {
  if (n == 1) {
    return 0;
  }
  // Lemire's method: the high half of the product, unless the low half falls into the biased part.
  std::uint64_t product = std::uint64_t{next32()} * n;
  if (static_cast<std::uint32_t>(product) < n) {
    const std::uint32_t biased = -n % n;
    while (static_cast<std::uint32_t>(product) < biased) {
      product = std::uint64_t{next32()} * n;
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

std::uint32_t Pcg64::interval(std::uint32_t max) {
  std::uint32_t mask = max;
  for (int shift = 1; shift < 32; shift *= 2) {
    mask |= mask >> shift;
  }
  std::uint32_t value = next32() & mask;
  while (value > max) {
    value = next32() & mask;
  }
  return value;
}

std::vector<int> Pcg64::sample(int population, int size) {
  std::vector<int> taken;
  for (int last = population - size; last < population; ++last) {
    const int drawn = static_cast<int>(below(static_cast<std::uint32_t>(last) + 1));
    const bool repeated = std::find(taken.begin(), taken.end(), drawn) != taken.end();
    taken.push_back(repeated ? last : drawn);
  }
  for (std::size_t i = taken.size(); i-- > 1;) {
    std::swap(taken[i], taken[below(static_cast<std::uint32_t>(i) + 1)]);
  }
  return taken;
}

}  // namespace assay::games
