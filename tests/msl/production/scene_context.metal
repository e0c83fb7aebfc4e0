// A renderer's way: the functions of a program are methods of a class that holds its parameters.
#include <metal_stdlib>
#include <metal_atomic>
#include <simd/simd.h>
using namespace metal;

#define sc_device_inline inline __attribute__((always_inline))
#define sc_global device
#define sc_private thread
#define make_float3(x, y, z) float3(x, y, z)

typedef enum PathFlag : uint { PATH_NONE = 0, PATH_CAMERA = (1 << 0), PATH_SHADOW = (1 << 3) } PathFlag;
struct Scene {
  device float *radiance [[id(0)]];
  constant int *offsets [[id(1)]];
  array<device float *, 3> passes [[id(2)]];
};
struct Params { packed_float3 origin; float scale; simd::float3x3 frame; };

struct Dispatch {
  int count;
  void run(sc_private const struct Context &context, threadgroup atomic_int *total, sc_global float *out,
           uint at) sc_global const;
};
struct Context {
  constant Params &params;
  Context(constant Params &p) : params(p) {}
  sc_device_inline float3 transform(const float3 v) const {
    return float3(params.origin) + params.scale * (params.frame * v);
  }
  template <typename T>
  sc_device_inline T fetch(sc_global const T *from, int at) const { return from[at]; }
  struct Ray {
    float3 direction;
    sc_device_inline void normalise() thread { direction = normalize(direction); }
  };
};
void Dispatch::run(sc_private const Context &context, threadgroup atomic_int *total, sc_global float *out,
                   uint at) sc_global const {
  const float3 v = context.transform(make_float3(context.fetch(out, 3 * at), out[3 * at + 1], 1));
  out[3 * at] = v.x;
  out[3 * at + 1] = v.y;
  out[3 * at + 2] = v.z + count;
  atomic_fetch_add_explicit(total, 1, memory_order_relaxed);
}

kernel void shade(sc_global const Dispatch *dispatch [[buffer(0)]], constant Params &params [[buffer(1)]],
                  sc_global float *out [[buffer(2)]], device int *count [[buffer(3)]],
                  threadgroup atomic_int *total [[threadgroup(0)]],
                  uint at [[thread_position_in_grid]], uint lid [[thread_index_in_threadgroup]]) {
  if (lid == 0) atomic_store_explicit(total, 0, memory_order_relaxed);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  Context context(params);
  Context::Ray ray;
  ray.direction = make_float3(3, 0, 4);
  ray.normalise();
  dispatch->run(context, total, out, at);
  PathFlag flag = PathFlag(PATH_CAMERA | PATH_SHADOW);
  switch (flag) {
    case PATH_CAMERA: out[3 * at] = -1; break;
    case PATH_NONE:
    default: out[3 * at] += ray.direction.x;
  }
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (lid == 0) count[0] = atomic_load_explicit(total, memory_order_relaxed);
}
kernel void clear(constant Scene &scene [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  scene.radiance[i] = 0;
  scene.passes[2][scene.offsets[i]] = 1;
}
