// Matrices (specification, sections 2.3 and 6.7): columns of vectors.
#pragma once

namespace metal {

template <class T, int C, int R = C>
struct matrix {
  typedef vec<T, R> column;
  column columns[C];

  matrix() = default;
  // A diagonal matrix.
  constexpr explicit matrix(T s) : columns{} {
    for (int i = 0; i < (C < R ? C : R); ++i) columns[i][i] = s;
  }
  template <class U, class = enable_if_t<!is_same_v<T, U>>>
  explicit matrix(const matrix<U, C, R> &m) {
    for (int i = 0; i < C; ++i) columns[i] = assay::convert<column>(m.columns[i]);
  }
  // From columns, or from C * R elements column by column.
  template <class... A, class = enable_if_t<(sizeof...(A) == C || sizeof...(A) == C * R)>>
  constexpr matrix(A... a) : columns{} {
    if constexpr (sizeof...(A) == C) {
      int i = 0;
      ((columns[i++] = assay::construct<column>(a)), ...);
    } else {
      int i = 0;
      ((columns[i / R][i % R] = assay::to_scalar<T>(a), ++i), ...);
    }
  }

  column &operator[](int i) { return columns[i]; }
  const column &operator[](int i) const { return columns[i]; }
#define ASSAY_COLUMN_IN(SPACE) \
  SPACE column &operator[](this SPACE matrix &self, int i) { return self.columns[i]; }
  ASSAY_IN_MEMORY(ASSAY_COLUMN_IN)

  matrix &operator+=(const matrix &m) { return *this = *this + m; }
  matrix &operator-=(const matrix &m) { return *this = *this - m; }
  matrix &operator*=(T s) { return *this = *this * s; }
  matrix &operator*=(const matrix<T, C, C> &m) { return *this = *this * m; }
};

template <class T, int C, int R>
ASSAY_INLINE matrix<T, C, R> operator+(const matrix<T, C, R> &a, const matrix<T, C, R> &b) {
  matrix<T, C, R> m;
  for (int i = 0; i < C; ++i) m.columns[i] = a.columns[i] + b.columns[i];
  return m;
}
template <class T, int C, int R>
ASSAY_INLINE matrix<T, C, R> operator-(const matrix<T, C, R> &a, const matrix<T, C, R> &b) {
  matrix<T, C, R> m;
  for (int i = 0; i < C; ++i) m.columns[i] = a.columns[i] - b.columns[i];
  return m;
}
template <class T, int C, int R>
ASSAY_INLINE matrix<T, C, R> operator-(const matrix<T, C, R> &a) {
  return a * T(-1);
}
template <class T, int C, int R>
ASSAY_INLINE matrix<T, C, R> operator*(const matrix<T, C, R> &a, assay::operand<T> s) {
  matrix<T, C, R> m;
  for (int i = 0; i < C; ++i) m.columns[i] = a.columns[i] * (T)s;
  return m;
}
template <class T, int C, int R>
ASSAY_INLINE matrix<T, C, R> operator*(assay::operand<T> s, const matrix<T, C, R> &a) {
  return a * s;
}
template <class T, int C, int R>
ASSAY_INLINE vec<T, R> operator*(const matrix<T, C, R> &a, assay::operand<vec<T, C>> v) {
  vec<T, R> sum = a.columns[0] * v[0];
  for (int i = 1; i < C; ++i) sum += a.columns[i] * v[i];
  return sum;
}
template <class T, int C, int R>
ASSAY_INLINE vec<T, C> operator*(assay::operand<vec<T, R>> v, const matrix<T, C, R> &a) {
  vec<T, C> result;
  for (int i = 0; i < C; ++i) result[i] = dot(v, a.columns[i]);
  return result;
}
template <class T, int C, int R, int K>
ASSAY_INLINE matrix<T, C, R> operator*(const matrix<T, K, R> &a, const matrix<T, C, K> &b) {
  matrix<T, C, R> m;
  for (int i = 0; i < C; ++i) m.columns[i] = a * b.columns[i];
  return m;
}

template <class T, int C, int R>
ASSAY_INLINE bool operator==(const matrix<T, C, R> &a, const matrix<T, C, R> &b) {
  bool same = true;
  for (int i = 0; i < C; ++i)
    for (int j = 0; j < R; ++j) same = same && a.columns[i][j] == b.columns[i][j];
  return same;
}
template <class T, int C, int R>
ASSAY_INLINE bool operator!=(const matrix<T, C, R> &a, const matrix<T, C, R> &b) {
  return !(a == b);
}

template <class T, int C, int R>
ASSAY_INLINE matrix<T, R, C> transpose(matrix<T, C, R> a) {
  matrix<T, R, C> m;
  for (int i = 0; i < C; ++i)
    for (int j = 0; j < R; ++j) m.columns[j][i] = a.columns[i][j];
  return m;
}

template <class T>
ASSAY_INLINE T determinant(matrix<T, 2> m) {
  return m[0][0] * m[1][1] - m[1][0] * m[0][1];
}
template <class T>
ASSAY_INLINE T determinant(matrix<T, 3> m) {
  return dot(m[0], cross(m[1], m[2]));
}
template <class T>
ASSAY_INLINE T determinant(matrix<T, 4> m) {
  T sum = 0;
  for (int i = 0; i < 4; ++i) {
    matrix<T, 3> minor;
    for (int j = 0, k = 0; j < 4; ++j) {
      if (j == i) continue;
      minor[k++] = m[j].yzw;
    }
    sum += (i & 1 ? -m[i].x : m[i].x) * determinant(minor);
  }
  return sum;
}

#define ASSAY_MATRIX(T, E, C)            \
  typedef matrix<E, C, 2> T##C##x2;      \
  typedef matrix<E, C, 3> T##C##x3;      \
  typedef matrix<E, C, 4> T##C##x4;
#define ASSAY_MATRICES(T, E) ASSAY_MATRIX(T, E, 2) ASSAY_MATRIX(T, E, 3) ASSAY_MATRIX(T, E, 4)
ASSAY_MATRICES(float, float)
typedef matrix<half, 2, 2> half2x2;
typedef matrix<half, 2, 3> half2x3;
typedef matrix<half, 2, 4> half2x4;
typedef matrix<half, 3, 2> half3x2;
typedef matrix<half, 3, 3> half3x3;
typedef matrix<half, 3, 4> half3x4;
typedef matrix<half, 4, 2> half4x2;
typedef matrix<half, 4, 3> half4x3;
typedef matrix<half, 4, 4> half4x4;
}  // namespace metal
