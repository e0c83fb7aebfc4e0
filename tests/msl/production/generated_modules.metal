// As a compiler of a shading language with modules writes it: what a module declares is a struct of
// pointers into all address spaces, which every function gets.
#include <metal_stdlib>
using namespace metal;

template <typename T, size_t N>
struct fixed_array {
  const constant T& operator[](size_t i) const constant { return elements[i]; }
  device T& operator[](size_t i) device { return elements[i]; }
  const device T& operator[](size_t i) const device { return elements[i]; }
  thread T& operator[](size_t i) thread { return elements[i]; }
  const thread T& operator[](size_t i) const thread { return elements[i]; }
  threadgroup T& operator[](size_t i) threadgroup { return elements[i]; }
  const threadgroup T& operator[](size_t i) const threadgroup { return elements[i]; }
  T elements[N];
};

#define KEEP_LOOP(NAME) \
  {volatile bool NAME = false; if (NAME) break;}

struct Settings {
  float4x4 rotation;
  fixed_array<float4, 2> offsets;
  uint count;
};

struct Item {
  fixed_array<float, 3> v;
  int tag;
};

struct module_variables {
  const device fixed_array<Item, 1>* items;
  device fixed_array<float4, 1>* out;
  const constant Settings* settings;
  const constant fixed_array<uint4, 1>* lengths;
  threadgroup fixed_array<fixed_array<float4, 32>, 2>* tiles;
  thread int* visited;
};

float4 load(uint i, module_variables variables) {
  Item const item = (*variables.items)[min(i, (((*variables.lengths)[0u].x / 16u) - 1u))];
  *variables.visited = as_type<int>((as_type<uint>(*variables.visited) + 1u));
  return float4(item.v[0u], item.v[1u], item.v[2u], float(item.tag));
}

void reduce_tile(uint lane, uint which, module_variables variables) {
  threadgroup fixed_array<float4, 32>* const tile = (&(*variables.tiles)[which]);
  {
    uint stride = 16u;
    while(true) {
      KEEP_LOOP(volatile_false)
      if ((stride == 0u)) {
        break;
      }
      threadgroup_barrier(mem_flags::mem_threadgroup);
      if ((lane < stride)) {
        threadgroup float4* const mine = (&(*tile)[lane]);
        *mine = (*mine + (*tile)[(lane + stride)]);
      }
      {
        stride = (stride / 2u);
      }
    }
  }
}

void entry_inner(uint3 position, uint lane, uint3 group, module_variables variables) {
  float4 const value = load(position.x, variables);
  (*variables.tiles)[0u][lane] = value;
  (*variables.tiles)[1u][lane] =
      ((*variables.settings).rotation * (value + (*variables.settings).offsets[1u]));
  reduce_tile(lane, 0u, variables);
  reduce_tile(lane, 1u, variables);
  threadgroup_barrier(mem_flags::mem_threadgroup);
  fixed_array<float4, 2> both = {};
  for (uint i = 0u; (i < 2u); i = (i + 1u)) {
    both[i] = (*variables.tiles)[i][0u];
  }
  if (((lane == 0u) & (group.x < (*variables.settings).count))) {
    device float4* const target = (&(*variables.out)[(group.x * 2u)]);
    *target = both[0u];
    (*variables.out)[((group.x * 2u) + 1u)] = both[1u];
    (*target)[3u] = ((*target)[3u] + float(*variables.visited));
  }
}

kernel void entry(
    uint3 position [[thread_position_in_grid]], uint lane [[thread_index_in_threadgroup]],
    uint3 group [[threadgroup_position_in_grid]],
    const device fixed_array<Item, 1>* items [[buffer(0)]],
    device fixed_array<float4, 1>* out [[buffer(1)]],
    const constant Settings* settings [[buffer(2)]],
    const constant fixed_array<uint4, 1>* lengths [[buffer(3)]]) {
  threadgroup fixed_array<fixed_array<float4, 32>, 2> tiles;
  thread int visited = 0;
  module_variables const variables = module_variables{
      .items = items, .out = out, .settings = settings, .lengths = lengths, .tiles = (&tiles),
      .visited = (&visited)};
  entry_inner(position, lane, group, variables);
}
