// The counter-based generator Philox 4x32-10, with distributions as functors.
#include <metal_stdlib>

namespace rng {
struct Philox {
  METAL_CONST static metal::uint2 multiply(uint a, uint b) {
    return metal::uint2(metal::mulhi(a, b), a * b);
  }
  static metal::uint4 round(metal::uint4 c, metal::uint2 key) {
    const metal::uint2 p = multiply(multiplier.x, c.x), q = multiply(multiplier.y, c.z);
    return metal::uint4(q.x ^ c.y ^ key.x, q.y, p.x ^ c.w ^ key.y, p.y);
  }
  template <int Rounds = 10>
  static metal::uint4 generate(metal::uint4 counter, metal::uint2 key) {
    static_assert(Rounds > 0, "at least one round");
    for (int r = 0; r < Rounds; ++r) {
      counter = round(counter, key);
      key += weyl;
    }
    return counter;
  }

 private:
  static constant constexpr metal::uint2 multiplier = {0xD2511F53u, 0xCD9E8D57u};
  static constant constexpr metal::uint2 weyl = {0x9E3779B9u, 0xBB67AE85u};
};

struct Bits {
  using type = uint;
  static metal::uint4 apply(metal::uint4 bits) { return bits; }
};
// In [0, 1), from the upper 24 bits.
struct Uniform {
  using type = float;
  static metal::float4 apply(metal::uint4 bits) { return metal::float4(bits >> 8) * 0x1.0p-24f; }
};
}  // namespace rng

template <typename D>
[[kernel]] void generate(device metal::vec<typename D::type, 4> *out [[buffer(0)]],
                         constant metal::uint2 &key [[buffer(1)]],
                         constant ulong &offset [[buffer(2)]],
                         uint i [[thread_position_in_grid]]) {
  const ulong counter = offset + i;
  out[i] = D::apply(rng::Philox::generate(
      metal::uint4(metal::as_type<metal::uint2>(counter), 0u, 0u), key));
}
kernel void block(device metal::uint4 *out [[buffer(0)]], constant metal::uint4 &counter [[buffer(1)]],
                  constant metal::uint2 &key [[buffer(2)]]) {
  out[0] = rng::Philox::generate<>(counter, key);
}

#define instantiate_generate(name, D) \
  template [[host_name("philox_" #name)]] [[kernel]] decltype(generate<D>) generate<D>;
instantiate_generate(bits, rng::Bits)
instantiate_generate(uniform, rng::Uniform)
