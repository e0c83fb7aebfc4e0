// metal::array (specification, section 2.13).
#pragma once

namespace assay {
#define ASSAY_POINTER_INTO(SPACE) \
  constexpr operator SPACE T *() const { return (SPACE T *)plain; }
#define ASSAY_READ_POINTER_INTO(SPACE) \
  constexpr operator SPACE const T *() const { return (SPACE const T *)plain; }

// A pointer into the address space of an array, which a method cannot name.
template <class T>
struct pointer_anywhere {
  T *plain;
  ASSAY_EACH_SPACE(ASSAY_POINTER_INTO)
  ASSAY_EACH_SPACE(ASSAY_READ_POINTER_INTO)
  constexpr T &operator[](long i) const { return plain[i]; }
  constexpr T &operator*() const { return *plain; }
  constexpr pointer_anywhere operator+(long i) const { return {plain + i}; }
};
template <class T>
struct read_pointer_anywhere {
  const T *plain;
  ASSAY_EACH_SPACE(ASSAY_READ_POINTER_INTO)
  ASSAY_POINTER_INTO(constant)
  constexpr const T &operator[](long i) const { return plain[i]; }
  constexpr const T &operator*() const { return *plain; }
  constexpr read_pointer_anywhere operator+(long i) const { return {plain + i}; }
};
}  // namespace assay

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
  constexpr assay::pointer_anywhere<T> data() { return {values}; }
  constexpr assay::read_pointer_anywhere<T> data() const { return {values}; }
  constexpr T *begin() { return values; }
  constexpr T *end() { return values + N; }
  constexpr const T *begin() const { return values; }
  constexpr const T *end() const { return values + N; }
};
}  // namespace metal
