// Common and relational functions (specification, sections 6.2 and 6.4).
#pragma once

namespace metal {
// NaN becomes the lower bound.
ASSAY_UNARY(saturate, x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f)
ASSAY_UNARY(sign, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : (x == 0.0f ? x : 0.0f)))
ASSAY_BINARY(step, y < x ? 0.0f : 1.0f)
ASSAY_TERNARY(clamp, x > y ? (x < z ? x : z) : (y < z ? y : z))
ASSAY_TERNARY(mix, x + (y - x) * z)

ASSAY_INLINE float assay_smoothstep(float low, float high, float x) {
  const float t = saturate((x - low) / (high - low));
  return t * t * (3.0f - 2.0f * t);
}
ASSAY_TERNARY(smoothstep, assay_smoothstep(x, y, z))

#define ASSAY_SCALAR_OPERANDS(V, E)                                                 \
  ASSAY_REPLACEABLE V mix(V x, V y, E a) { return x + (y - x) * a; }                     \
  ASSAY_REPLACEABLE V clamp(V x, E low, E high) { return clamp(x, (V)low, (V)high); }    \
  ASSAY_REPLACEABLE V min(V x, E y) { return min(x, (V)y); }                             \
  ASSAY_REPLACEABLE V max(V x, E y) { return max(x, (V)y); }                             \
  ASSAY_REPLACEABLE V step(E edge, V x) { return step((V)edge, x); }                     \
  ASSAY_REPLACEABLE V smoothstep(E low, E high, V x) { return smoothstep((V)low, (V)high, x); }
ASSAY_SCALAR_OPERANDS(float2, float)
ASSAY_SCALAR_OPERANDS(float3, float)
ASSAY_SCALAR_OPERANDS(float4, float)
ASSAY_SCALAR_OPERANDS(half2, _Float16)
ASSAY_SCALAR_OPERANDS(half3, _Float16)
ASSAY_SCALAR_OPERANDS(half4, _Float16)
ASSAY_SCALAR_OPERANDS(bfloat2, bfloat)
ASSAY_SCALAR_OPERANDS(bfloat3, bfloat)
ASSAY_SCALAR_OPERANDS(bfloat4, bfloat)

// select(a, b, c) is c ? b : a, by component.
#define ASSAY_SELECT_SCALAR(T) \
  ASSAY_REPLACEABLE T select(T a, T b, bool c) { return c ? b : a; }
#define ASSAY_SELECT_VECTOR(T, N)                             \
  ASSAY_REPLACEABLE T##N select(T##N a, T##N b, bool##N c) {       \
    T##N r;                                                   \
    for (int i = 0; i < N; ++i) r[i] = c[i] ? b[i] : a[i];    \
    return r;                                                 \
  }
#define ASSAY_SELECT(T)                                                                      \
  ASSAY_SELECT_SCALAR(T) ASSAY_SELECT_VECTOR(T, 2) ASSAY_SELECT_VECTOR(T, 3)                 \
  ASSAY_SELECT_VECTOR(T, 4)
ASSAY_INTEGER_TYPES(ASSAY_SELECT)
ASSAY_SELECT(float)
ASSAY_SELECT(bfloat)
ASSAY_SELECT(bool)
ASSAY_SELECT_SCALAR(_Float16)
ASSAY_SELECT_VECTOR(half, 2)
ASSAY_SELECT_VECTOR(half, 3)
ASSAY_SELECT_VECTOR(half, 4)

ASSAY_INLINE bool any(bool b) { return b; }
ASSAY_INLINE bool any(bool2 b) { return b[0] || b[1]; }
ASSAY_INLINE bool any(bool3 b) { return b[0] || b[1] || b[2]; }
ASSAY_INLINE bool any(bool4 b) { return b[0] || b[1] || b[2] || b[3]; }
ASSAY_INLINE bool all(bool b) { return b; }
ASSAY_INLINE bool all(bool2 b) { return b[0] && b[1]; }
ASSAY_INLINE bool all(bool3 b) { return b[0] && b[1] && b[2]; }
ASSAY_INLINE bool all(bool4 b) { return b[0] && b[1] && b[2] && b[3]; }

// What all threads of a simdgroup agree on (the type template uniform): any value will do here.
template <class T>
using uniform = T;
template <class T>
ASSAY_INLINE constexpr uniform<T> make_uniform(T value) {
  return value;
}
}  // namespace metal
