// metal::array (specification, section 2.13).
#pragma once

namespace metal {
template <class T, size_t N>
struct array {
  T values[N];
  constexpr size_t size() const { return N; }
  constexpr T &operator[](size_t i) { return values[i]; }
  constexpr const T &operator[](size_t i) const { return values[i]; }
  constexpr bool empty() const { return N == 0; }
  constexpr T &front() { return values[0]; }
  constexpr T &back() { return values[N - 1]; }
  constexpr const T &front() const { return values[0]; }
  constexpr const T &back() const { return values[N - 1]; }
  constexpr void fill(const T &value) {
    for (T &element : values) element = value;
  }
  constexpr T *data() { return values; }
  constexpr const T *data() const { return values; }
  constexpr T *begin() { return values; }
  constexpr T *end() { return values + N; }
  constexpr const T *begin() const { return values; }
  constexpr const T *end() const { return values + N; }
};
}  // namespace metal
