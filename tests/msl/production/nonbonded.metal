// Forces of a Lennard-Jones fluid in tiles of 32 atoms, as one source for several vendors: types and
// built-ins hide behind macros, and forces add up as 64-bit fixed-point numbers in two words.
#include <metal_stdlib>
#include <metal_atomic>
using namespace metal;

#define ENTRY kernel void
#define SHARED threadgroup
#define GLOBAL device
#define PARAM constant
#define NO_ALIAS __restrict
#define SYNC_WARP simdgroup_barrier(mem_flags::mem_threadgroup);
#define FETCH_ADD(word, value) \
  atomic_fetch_add_explicit((device atomic_uint *)(word), (value), memory_order_relaxed)
#define scalar float
#define vector3 float3
#define vector4 float4
#define zero3(...) vector3(__VA_ARGS__ 0)
#define NEAREST_IMAGE(d) {d.xyz -= floor(d.xyz * inverse_box.xyz + 0.5f) * box.xyz;}
#define TILE 32

typedef long fixed_point;
typedef ulong fixed_bits;

inline fixed_point to_fixed(scalar x) { return (fixed_point)(x * 0x100000000); }
inline void add_fixed(GLOBAL fixed_bits *sum, fixed_bits value) {
  uint low = (uint)value, high = (uint)(value >> 32);
  uint before = FETCH_ADD((GLOBAL uint *)sum, low);
  high += before + low < before ? 1 : 0;
  if (high) FETCH_ADD((GLOBAL uint *)sum + 1, high);
}

typedef struct { float x, y, z; float2 shape; } Neighbour;

ENTRY nonbonded(
    GLOBAL fixed_bits *NO_ALIAS forces [[buffer(0)]], GLOBAL scalar *NO_ALIAS energies [[buffer(1)]],
    GLOBAL const vector4 *NO_ALIAS positions [[buffer(2)]], PARAM vector4 &box [[buffer(3)]],
    PARAM vector4 &inverse_box [[buffer(4)]], GLOBAL const float2 *NO_ALIAS shapes [[buffer(5)]],
    PARAM int &atoms [[buffer(6)]], uint id [[thread_position_in_grid]],
    uint threads [[threads_per_grid]], uint local [[thread_position_in_threadgroup]]) {
  SHARED Neighbour tile[64];
  const uint lane = local & (TILE - 1), base = local - lane, across = atoms / TILE;
  scalar energy = 0;
  for (uint place = id / TILE; place < across * across; place += threads / TILE) {
    const uint mine = place / across * TILE + lane;
    uint other = place % across * TILE + lane;
    const vector4 own = positions[mine], loaded = positions[other];
    tile[local] = {loaded.x, loaded.y, loaded.z, shapes[other]};
    SYNC_WARP
    vector3 force = zero3();
    uint turn = lane;
    for (int j = 0; j < TILE; j++) {
      const Neighbour n = tile[base + turn];
      vector4 d = vector4(vector3(n.x, n.y, n.z) - own.xyz, 0);
      NEAREST_IMAGE(d)
      const scalar inverse = rsqrt(dot(d.xyz, d.xyz));
      if (mine != place % across * TILE + turn && inverse > 0.2f) {
        scalar s = inverse * (shapes[mine].x + n.shape.x); s *= s;
        const scalar s6 = s * s * s, depth = shapes[mine].y * n.shape.y * s6;
        energy += 0.5f * depth * (s6 - 1);
        d *= depth * (12.0f * s6 - 6.0f) * inverse * inverse;
        force.xyz -= d.xyz;
      }
      turn = (turn + 1) & (TILE - 1);
      SYNC_WARP
    }
    for (int axis = 0; axis < 3; ++axis)
      add_fixed(&forces[axis * atoms + mine], (fixed_bits)to_fixed(force[axis]));
    SYNC_WARP
  }
  energies[id] += energy;
}
