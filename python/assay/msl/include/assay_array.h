// metal::array (specification, section 2.13).
#pragma once

namespace metal {
template <class T, size_t N>
struct array {
  T values[N];
  constexpr size_t size() const { return N; }
  T &operator[](size_t i) { return values[i]; }
  constexpr const T &operator[](size_t i) const { return values[i]; }
  constexpr bool empty() const { return N == 0; }
  T &front() { return values[0]; }
  T &back() { return values[N - 1]; }
  constexpr const T &front() const { return values[0]; }
  constexpr const T &back() const { return values[N - 1]; }
  void fill(const T &value) {
    for (T &element : values) element = value;
  }
  T *data() { return values; }
  const T *data() const { return values; }
  T *begin() { return values; }
  T *end() { return values + N; }
  const T *begin() const { return values; }
  const T *end() const { return values + N; }
};
}  // namespace metal
