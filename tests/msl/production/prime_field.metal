// Arithmetic modulo 2^255 - 19 on four limbs of 64 bits, as a class with operators.
#include <metal_stdlib>
using namespace metal;

template <ushort Limbs>
struct Wide {
  array<ulong, Limbs> limbs;
  static constexpr Wide of(ulong value) {
    Wide w = {};
    w.limbs[0] = value;
    return w;
  }
  constexpr thread ulong &operator[](ushort i) thread { return limbs[i]; }
  constexpr ulong operator[](ushort i) const { return limbs[i]; }
  bool operator>=(const Wide o) const {
    for (short i = Limbs - 1; i >= 0; --i)
      if (limbs[i] != o.limbs[i]) return limbs[i] > o.limbs[i];
    return true;
  }
};

inline ulong add_with_carry(ulong a, ulong b, thread ulong &carry) {
  const ulong sum = a + b, total = sum + carry;
  carry = ulong(sum < a) + ulong(total < sum);
  return total;
}

class Field {
 public:
  Field() = default;
  explicit Field(Wide<4> v) : value(v) {}
  friend Field operator+(Field a, Field b);
  Field operator-() const;
  Field operator*(Field o) const { return Field(reduce(product(value, o.value))); }
  Field power(uint exponent) const {
    Field result(Wide<4>::of(1)), base = *this;
    for (; exponent; exponent >>= 1) {
      if (exponent & 1) result = result * base;
      base = base * base;
    }
    return result;
  }
  Wide<4> value;

  static Wide<4> modulus() {
    return Wide<4>{{0xffffffffffffffedul, ~0ul, ~0ul, 0x7ffffffffffffffful}};
  }
  static Wide<4> subtract(Wide<4> a, Wide<4> b) {
    ulong borrow = 1;  // a + ~b + 1
    Wide<4> r;
    for (ushort i = 0; i < 4; ++i) r[i] = add_with_carry(a[i], ~b[i], borrow);
    return r;
  }

 private:
  static Wide<8> product(Wide<4> a, Wide<4> b) {
    Wide<8> r = Wide<8>::of(0);
    for (ushort i = 0; i < 4; ++i) {
      ulong high = 0;
      for (ushort j = 0; j < 4; ++j) {
        ulong carry = 0;
        const ulong low = add_with_carry(r[i + j], a[i] * b[j], carry);
        ulong carry2 = 0;
        r[i + j] = add_with_carry(low, high, carry2);
        high = mulhi(a[i], b[j]) + carry + carry2;
      }
      r[i + 4] = high;
    }
    return r;
  }
  // 2^256 is 38 modulo the prime.
  static Wide<4> reduce(Wide<8> w) {
    Wide<4> r;
    ulong high = 0;
    for (ushort i = 0; i < 4; ++i) {
      ulong carry = 0, carry2 = 0;
      const ulong low = add_with_carry(w[i], w[i + 4] * 38, carry);
      r[i] = add_with_carry(low, high, carry2);
      high = mulhi(w[i + 4], 38ul) + carry + carry2;
    }
    while (high) {
      ulong carry = 0;
      r[0] = add_with_carry(r[0], high * 38, carry);
      for (ushort i = 1; i < 4; ++i) r[i] = add_with_carry(r[i], 0, carry);
      high = carry;
    }
    while (r >= modulus()) r = subtract(r, modulus());
    return r;
  }
};

Field operator+(Field a, Field b) {
  Wide<4> r;
  ulong carry = 0;
  for (ushort i = 0; i < 4; ++i) r[i] = add_with_carry(a.value[i], b.value[i], carry);
  return Field(r >= Field::modulus() ? Field::subtract(r, Field::modulus()) : r);
}
Field Field::operator-() const { return Field(subtract(modulus(), value)); }

template <typename F, uint E>
[[kernel]] void polynomial(device const F *x [[buffer(0)]], device F *out [[buffer(1)]],
                           uint32_t i [[thread_position_in_grid]]) {
  out[i] = x[i].power(E) + x[i] * x[i] + -F(Wide<4>::of(i + 1));
}
template [[host_name("polynomial_65537")]] [[kernel]] void polynomial<Field, 65537>(
    device const Field *, device Field *, uint32_t);
template [[host_name("polynomial_3")]] [[kernel]] void polynomial<Field, 3>(
    device const Field *, device Field *, uint32_t);
