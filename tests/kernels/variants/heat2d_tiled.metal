#include <metal_stdlib>
using namespace metal;

// The threadgroup loads its cells and a ring of neighbours around them, clamped at the boundary. Works
// for every height that the launch rule may choose.
kernel void heat_step(device const float *u_in [[buffer(0)]],
                      device float *u_out [[buffer(1)]],
                      constant uint &NX [[buffer(2)]],
                      constant uint &NY [[buffer(3)]],
                      constant float &alpha [[buffer(4)]],
                      uint2 gid [[thread_position_in_grid]],
                      uint2 group [[threadgroup_position_in_grid]],
                      uint2 place [[thread_position_in_threadgroup]],
                      uint2 extent [[threads_per_threadgroup]],
                      uint flat [[thread_index_in_threadgroup]]) {
    threadgroup float tile[18 * 18];
    int width = int(extent.x) + 2;
    int slots = width * (int(extent.y) + 2);
    int2 origin = int2(group * extent) - 1;
    int2 last = int2(NX, NY) - 1;
    for (int slot = int(flat); slot < slots; slot += int(extent.x * extent.y)) {
        int2 cell = clamp(origin + int2(slot % width, slot / width), int2(0), last);
        tile[slot] = u_in[uint(cell.y) * NX + uint(cell.x)];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    int slot = (int(place.y) + 1) * width + int(place.x) + 1;
    float u = tile[slot];
    bool inside = all(gid > 0u) && all(int2(gid) < last);
    float around = (tile[slot - width] + tile[slot + width]) + (tile[slot - 1] + tile[slot + 1]);
    u_out[gid.y * NX + gid.x] = inside ? u + alpha * (around - 4.0f * u) : u;
}
