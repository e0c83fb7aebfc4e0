// Every input of a compute kernel, in the widths that each allows.
#include <metal_compute>
using metal::uint2;
using metal::uint3;

struct Record {
  metal::packed_uint3 grid, local, group, groups;
  metal::packed_uint3 threads, dispatched, size;
  uint index, lane, simdgroup, quad_lane, quad;
  uint width, old_width, simdgroups, dispatched_simdgroups, quads, dispatched_quads;
};
kernel void inputs3(device Record *out [[buffer(0)]], uint3 grid [[thread_position_in_grid]],
                    uint3 local [[thread_position_in_threadgroup]],
                    uint3 group [[threadgroup_position_in_grid]],
                    uint3 groups [[threadgroups_per_grid]],
                    uint3 threads [[threads_per_threadgroup]],
                    uint3 dispatched [[dispatch_threads_per_threadgroup]],
                    uint3 size [[threads_per_grid]], uint index [[thread_index_in_threadgroup]],
                    ushort lane [[thread_index_in_simdgroup]],
                    ushort simdgroup [[simdgroup_index_in_threadgroup]],
                    uint quad_lane [[thread_index_in_quadgroup]],
                    ushort quad [[quadgroup_index_in_threadgroup]],
                    uint width [[threads_per_simdgroup]], uint old_width [[thread_execution_width]],
                    uint simdgroups [[simdgroups_per_threadgroup]],
                    uint dispatched_simdgroups [[dispatch_simdgroups_per_threadgroup]],
                    uint quads [[quadgroups_per_threadgroup]],
                    uint dispatched_quads [[dispatch_quadgroups_per_threadgroup]]) {
  out[(grid.z * size.y + grid.y) * size.x + grid.x] = {
      grid,      local,      group, groups, threads, dispatched, size,
      index,     lane,       simdgroup, quad_lane, quad,
      width,     old_width,  simdgroups, dispatched_simdgroups, quads, dispatched_quads};
}
kernel void inputs2(device ushort *out [[buffer(0)]], ushort2 grid [[thread_position_in_grid]],
                    ushort2 size [[threads_per_grid]], ushort2 group [[threadgroup_position_in_grid]],
                    ushort2 local [[thread_position_in_threadgroup]]) {
  out[grid.y * size.x + grid.x] = group.y * 1000 + group.x * 100 + local.y * 10 + local.x;
}
