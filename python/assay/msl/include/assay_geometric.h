// Geometric functions (specification, section 6.8).
#pragma once

namespace metal {
#define ASSAY_GEOMETRIC(V, E)                                                           \
  ASSAY_REPLACEABLE E length_squared(V v) { return dot(v, v); }                              \
  ASSAY_REPLACEABLE E length(V v) { return sqrt(dot(v, v)); }                                \
  ASSAY_REPLACEABLE E distance_squared(V v, V w) { return dot(v - w, v - w); }               \
  ASSAY_REPLACEABLE E distance(V v, V w) { return length(v - w); }                           \
  ASSAY_REPLACEABLE V normalize(V v) { return v * rsqrt(dot(v, v)); }                        \
  ASSAY_REPLACEABLE V reflect(V i, V n) { return i - V(E(2) * dot(n, i)) * n; }              \
  ASSAY_REPLACEABLE V refract(V i, V n, E eta) {                                             \
    const float c = (float)dot(n, i), e = (float)eta, k = 1.0f - e * e * (1.0f - c * c); \
    return k < 0.0f ? V(E(0)) : eta * i - V((E)(e * c + __builtin_sqrtf(k))) * n;      \
  }                                                                                     \
  ASSAY_REPLACEABLE V faceforward(V n, V i, V r) { return dot(r, i) < E(0) ? n : -n; }
#define ASSAY_GEOMETRIC_TYPES(T, E)                                                     \
  ASSAY_REPLACEABLE E dot(T##2 v, T##2 w) { return v.x * w.x + v.y * w.y; }                  \
  ASSAY_REPLACEABLE E dot(T##3 v, T##3 w) { return v.x * w.x + v.y * w.y + v.z * w.z; }      \
  ASSAY_REPLACEABLE E dot(T##4 v, T##4 w) {                                                  \
    return v.x * w.x + v.y * w.y + v.z * w.z + v.w * w.w;                               \
  }                                                                                     \
  ASSAY_GEOMETRIC(T##2, E) ASSAY_GEOMETRIC(T##3, E) ASSAY_GEOMETRIC(T##4, E)            \
  ASSAY_REPLACEABLE T##3 cross(T##3 v, T##3 w) { return v.yzx * w.zxy - v.zxy * w.yzx; }
ASSAY_GEOMETRIC_TYPES(float, float)
ASSAY_GEOMETRIC_TYPES(half, _Float16)
ASSAY_GEOMETRIC_TYPES(bfloat, bfloat)
#define ASSAY_GEOMETRIC_NAMES(F) \
  F(dot) F(cross) F(length) F(length_squared) F(distance) F(distance_squared) F(normalize)
namespace fast {
ASSAY_GEOMETRIC_NAMES(ASSAY_USING)
}
namespace precise {
ASSAY_GEOMETRIC_NAMES(ASSAY_USING)
}
}  // namespace metal
