// A renderer: kernels on buffers beside textures, ray tracing and the graphics pipeline.
#include <metal_stdlib>
#include <metal_raytracing>
using namespace metal;
using namespace metal::raytracing;
namespace rt = metal::raytracing;

struct Camera {
  float4x4 inverse_view;
  float3 position;
};
struct Hit {
  float t;
  uint primitive;
};
struct Textures {
  texture2d<float> albedo [[id(0)]];
  sampler nearest [[id(1)]];
  device float4 *radiance [[id(2)]];
};
struct Varyings {
  float4 position [[position]];
  float2 uv [[user(locn0)]];
  half3 tint [[flat]];
  float clip [[clip_distance]][2];
};
constexpr sampler linear_sampler(filter::linear, address::repeat);
constant uint kBounces = 4;

ray camera_ray(constant Camera &camera, float2 uv) {
  ray r;
  r.origin = camera.position;
  r.direction = normalize(float3(uv, 1));
  return r;
}
inline float luminance(float3 c) { return dot(c, float3(0.25f, 0.5f, 0.25f)); }
static float4 fetch(texture2d<float> t, float2 uv) { return t.sample(linear_sampler, uv); }
static float4 fetch(device float4 *t, uint i) { return t[i]; }
template <typename T> T scaled(T x) { return x * T(2); }
static float footprint(float2 uv) { return max(dfdx(uv.x), dfdy(uv.y)); }

kernel void trace(primitive_acceleration_structure scene [[buffer(0)]],
                  device Hit *hits [[buffer(1)]], constant Camera &camera [[buffer(2)]],
                  uint2 tid [[thread_position_in_grid]]) {
  intersector<triangle_data> query;
  auto found = query.intersect(camera_ray(camera, float2(tid)), scene);
  if (found.type == intersection_type::triangle) hits[tid.x].t = found.distance;
}
[[intersection(bounding_box, triangle_data)]] bool hit_sphere(float3 origin [[origin]]) {
  return origin.x > 0;
}
kernel void resolve(constant Textures &textures [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  textures.radiance[i] = fetch(textures.albedo, float2(i));
}
kernel void sample_all(device float4 *out [[buffer(0)]], uint i [[thread_position_in_grid]],
                       array<texture2d<float>, 4> all [[texture(0)]]) {
  out[i] = fetch(all[i & 3], float2(0)) * footprint(float2(i));
}
kernel void tonemap(device float4 *image [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  float ray = fetch(image, 1).w;
  image[i].x = scaled(luminance(image[i].xyz)) + ray + 0 * kBounces;
}
template <typename T, access A>
kernel void copy_texture(texture2d<T, A> in [[texture(0)]], device T *out [[buffer(0)]]) {
  out[0] = in.get_width();
}
template [[host_name("copy_texture_float")]] kernel void copy_texture<float, access::read>(
    texture2d<float, access::read>, device float *);
template <typename T>
kernel void fill(device T *out [[buffer(0)]], uint i [[thread_position_in_grid]]) {
  out[i] = T(i);
}
template [[host_name("fill_float")]] kernel void fill<float>(device float *, uint);

[[vertex]] Varyings vertex_main(uint id [[vertex_id]]) { return Varyings{}; }
fragment half4 fragment_main(Varyings in [[stage_in]], texture2d<half> t [[texture(0)]]) {
  if (in.uv.x < 0) discard_fragment();
  return t.sample(linear_sampler, in.uv) * footprint(in.uv);
}
