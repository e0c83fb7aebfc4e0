// Distances along rays to shapes: geometric functions, fast and precise, tests of numbers.
#include <metal_geometric>
#include <metal_math>
#include <metal_relational>
#include <metal_stdlib>
using namespace metal;

#define REAL float
#define MAKE_VEC3(x, y, z) float3(x, y, z)
#define SHADER_INLINE static inline __attribute__((always_inline))

struct Ray {
  float3 origin, direction;
  REAL nearest = 1e-4, farthest = MAXFLOAT;
  float3 at(REAL t) const { return fma(float3(t), direction, origin); }
};
struct Sphere {
  packed_float3 centre;
  float radius;
};

SHADER_INLINE REAL box(float3 p, float3 half_size) {
  const float3 q = abs(p) - half_size;
  return length(max(q, 0.0)) + min(max3(q.x, q.y, q.z), 0.0);
}
SHADER_INLINE REAL smooth_minimum(REAL a, REAL b, REAL k) {
  const REAL h = clamp(0.5 + 0.5 * (b - a) / k, 0.0, 1.0);
  return mix(b, a, h) - k * h * (1.0 - h);
}
template <typename Distance>
SHADER_INLINE float3 normal_of(Distance distance_to, float3 p) {
  const float2 e = float2(1.0, -1.0) * 1e-3;
  return metal::precise::normalize(e.xyy * distance_to(p + e.xyy) + e.yyx * distance_to(p + e.yyx) +
                                   e.yxy * distance_to(p + e.yxy) + e.xxx * distance_to(p + e.xxx));
}
struct Scene {
  constant Sphere *spheres;
  int count;
  REAL operator()(float3 p) const {
    REAL d = INFINITY;
    for (int i = 0; i < count; ++i) d = fmin(d, distance(p, float3(spheres[i].centre)) - spheres[i].radius);
    return d;
  }
};

kernel void trace(constant Sphere *spheres [[buffer(0)]], constant int &count [[buffer(1)]],
                  const device packed_float3 *directions [[buffer(2)]],
                  device float4 *out [[buffer(3)]], uint i [[thread_position_in_grid]]) {
  Ray ray;
  ray.origin = MAKE_VEC3(0, 0, 0);
  ray.direction = normalize(float3(directions[i]));
  const Scene scene{spheres, count};
  REAL t = ray.nearest, d = INFINITY;
  for (int step = 0; step < 256 && d > 1e-5 && isfinite(t); ++step) {
    d = scene(ray.at(t));
    t += d;
    if (t > 100) t = INFINITY;
  }
  if (isinf(t)) {
    out[i] = float4(float3(0), -1);
    return;
  }
  const float3 n = normal_of(scene, ray.at(t));
  out[i] = float4(faceforward(n, ray.direction, n), t);
  out[i].xyz = reflect(ray.direction, out[i].xyz);
}
kernel void shapes(const device float3 *p [[buffer(0)]], device float3 *out [[buffer(1)]],
                   uint i [[thread_position_in_grid]]) {
  const REAL a = box(p[i], float3(1, 2, 3)), b = fast::length(p[i]) - 1;
  out[i] = float3(a, b, smooth_minimum(a, b, 0.5));
}
