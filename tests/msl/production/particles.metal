// Particles: types shared with the host, packed vectors, matrices of every shape, quaternions.
#include <metal_geometric>
#include <metal_matrix>
#include <metal_stdlib>
#include "lib/shared/ShaderTypes.h"
using namespace metal;

static_assert(sizeof(Particle) == 40, "no padding between packed members");

namespace physics {
// Rotates v by the unit quaternion (xyz, w).
inline float3 rotate(float4 q, float3 v) {
  const float3 t = 2.0f * cross(q.xyz, v);
  return v + q.w * t + cross(q.xyz, t);
}
struct Accumulator {
  float3 force = 0.0f;
  float potential = 0;
  void add(float3 r, float m) thread {
    const float inverse = rsqrt(length_squared(r) + 1e-2f);
    force += m * r * (inverse * inverse * inverse);
    potential -= m * inverse;
  }
};
}  // namespace physics

[[kernel]] void step(device Particle *particles [[buffer(BufferIndexParticles)]],
                     constant Frame &frame [[buffer(BufferIndexFrame)]],
                     device float4 *result [[buffer(BufferIndexResult)]],
                     threadgroup float4 *tile [[threadgroup(0)]],
                     uint i [[thread_position_in_grid]],
                     uint local [[thread_position_in_threadgroup]],
                     uint width [[threads_per_threadgroup]]) {
  const float3 own = i < frame.count ? float3(particles[i].position) : float3(0);
  physics::Accumulator sum;
  for (uint base = 0; base < frame.count; base += width) {
    const uint other = base + local;
    tile[local] = other < frame.count
                      ? float4(particles[other].position, particles[other].mass)
                      : float4(0);
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint j = 0; j < min(width, frame.count - base); ++j) sum.add(tile[j].xyz - own, tile[j].w);
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
  if (i >= frame.count) return;
  device Particle &p = particles[i];
  p.velocity += (sum.force + frame.gravity) * frame.step;
  result[i] = float4(own + p.velocity * frame.step, sum.potential);
}

kernel void project(const device Particle *particles [[buffer(BufferIndexParticles)]],
                    constant Frame &frame [[buffer(BufferIndexFrame)]],
                    device float4 *result [[buffer(BufferIndexResult)]],
                    uint i [[thread_position_in_grid]]) {
  const float3 p = frame.rotation * float3(particles[i].position);
  const float4 clip = frame.view * float4(p, 1.0f);
  const float4x3 shifted = float4x3(float3(1, 0, 0), float3(0, 1, 0), float3(0, 0, 1), p);
  const float3x4 rows = transpose(shifted);
  const float2x2 corner(frame.view[0].xy, frame.view[1].xy);
  const half4x4 halves = half4x4(half(2));
  const float4 q = normalize(float4(1, 2, 3, 4));
  result[3 * i] = clip;
  result[3 * i + 1] = float4(rows[0].w, (shifted * float4(p, 1)).x, determinant(corner),
                             float((halves * half4(1, 2, 3, 4)).w));
  result[3 * i + 2] = float4(physics::rotate(q, p), float(particles[i].colour.z)) +
                      float4(particles[i].flags) * select(float4(0), float4(1), bool4(1, 0, 0, 1));
}
