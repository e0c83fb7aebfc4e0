// metal::array (specification, section 2.13).
#pragma once

namespace metal {
template <class T, size_t N>
struct array {
  T values[N];
  constexpr size_t size() const { return N; }
  constexpr bool empty() const { return N == 0; }
  constexpr void fill(const T &value) {
    for (T &element : values) element = value;
  }
  constexpr T &operator[](size_t i) { return values[i]; }
  constexpr T &front() { return values[0]; }
  constexpr T &back() { return values[N - 1]; }
  constexpr T *data() { return values; }
  constexpr T *begin() { return values; }
  constexpr T *end() { return values + N; }
  constexpr const T &operator[](size_t i) const { return values[i]; }
  constexpr const T &front() const { return values[0]; }
  constexpr const T &back() const { return values[N - 1]; }
  constexpr const T *data() const { return values; }
  constexpr const T *begin() const { return values; }
  constexpr const T *end() const { return values + N; }
#define ASSAY_ELEMENTS_IN(SPACE)                                                            \
  constexpr SPACE T &operator[](this SPACE array &self, size_t i) { return self.values[i]; } \
  constexpr SPACE T &front(this SPACE array &self) { return self.values[0]; }                \
  constexpr SPACE T &back(this SPACE array &self) { return self.values[N - 1]; }             \
  constexpr SPACE T *data(this SPACE array &self) { return self.values; }                    \
  constexpr SPACE T *begin(this SPACE array &self) { return self.values; }                   \
  constexpr SPACE T *end(this SPACE array &self) { return self.values + N; }
  ASSAY_IN_MEMORY(ASSAY_ELEMENTS_IN)
};
}  // namespace metal
