// metal::initializer_list, which the compiler makes from a list in braces and looks up in std.
#pragma once

namespace std {
template <class T>
class initializer_list {
  const T *first;
  size_t count;

 public:
  typedef T value_type;
  constexpr initializer_list() : first(nullptr), count(0) {}
  constexpr size_t size() const { return count; }
  constexpr const T *begin() const { return first; }
  constexpr const T *end() const { return first + count; }
};
}  // namespace std

namespace metal {
using std::initializer_list;
}
