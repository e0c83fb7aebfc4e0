#include <metal_stdlib>
using namespace metal;

// The neighbourhood of a threadgroup goes through threadgroup memory, one site wider on each side.
constant constexpr uint WIDTH = 16;
constant constexpr uint SPAN = WIDTH + 2;

static uint fmix32(uint x) {
    x ^= x >> 16;
    x *= 2246822507u;
    x ^= x >> 13;
    x *= 3266489909u;
    x ^= x >> 16;
    return x;
}

[[max_total_threads_per_threadgroup(256)]]
kernel void ising_step(device char *spins [[buffer(0)]],
                       device const float *p_accept [[buffer(1)]],
                       constant uint &NX [[buffer(2)]],
                       constant uint &NY [[buffer(3)]],
                       constant uint &step_idx [[buffer(4)]],
                       constant uint &seed [[buffer(5)]],
                       uint2 gid [[thread_position_in_grid]],
                       uint2 local [[thread_position_in_threadgroup]],
                       uint2 group [[threads_per_threadgroup]],
                       uint2 place [[threadgroup_position_in_grid]],
                       uint rank [[thread_index_in_threadgroup]]) {
    threadgroup char tile[SPAN * SPAN];
    threadgroup float table[5];
    uint2 origin = place * group;
    uint height = group.y + 2;
    for (uint k = rank; k < SPAN * height; k += group.x * group.y) {
        uint x = (origin.x + k % SPAN + NX - 1) % NX;
        uint y = (origin.y + k / SPAN + NY - 1) % NY;
        // Sites of the colour at work are nobody's neighbours; only their owners read them.
        if (((x + y + step_idx) & 1) != 0) {
            tile[k] = spins[y * NX + x];
        }
    }
    if (rank < 5) {
        table[rank] = p_accept[rank];
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NX || gid.y >= NY || ((gid.x + gid.y + step_idx) & 1) != 0) {
        return;
    }
    uint centre = (local.y + 1) * SPAN + local.x + 1;
    int h = tile[centre - 1] + tile[centre + 1] + tile[centre - SPAN] + tile[centre + SPAN];
    uint site = gid.y * NX + gid.x;
    int s = spins[site];
    uint bits = fmix32(fmix32(seed + step_idx * 2654435769u) ^ site) >> 8;
    if (float(bits) * (1.0f / 16777216.0f) < table[(s * h >> 1) + 2]) {
        spins[site] = -s;
    }
}
