// Doubling scans in threadgroup memory; a block is put in order there and written out in one go.
// Zeros are written by the threads of whichever blocks the end of the output falls into.
#include <metal_stdlib>
using namespace metal;

constant constexpr uint WIDTH = 256;
constant constexpr uint EACH = 4;

static uint inclusive_scan(threadgroup uint *data, uint own, uint t) {
    data[t] = own;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint step = 1; step < WIDTH; step *= 2) {
        uint left = t >= step ? data[t - step] : 0;
        threadgroup_barrier(mem_flags::mem_threadgroup);
        data[t] += left;
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    return data[t];
}

[[max_total_threads_per_threadgroup(WIDTH)]]
kernel void compact_count(device const float *x [[buffer(0)]],
                          device uint *counts [[buffer(1)]],
                          constant uint &N [[buffer(2)]],
                          constant float &threshold [[buffer(3)]],
                          uint gid [[thread_position_in_grid]],
                          uint t [[thread_position_in_threadgroup]],
                          uint block [[threadgroup_position_in_grid]]) {
    threadgroup uint data[WIDTH];
    uint own = 0;
    // Neighbouring threads read neighbouring elements.
    for (uint k = 0; k < EACH; ++k) {
        uint i = (block * EACH + k) * WIDTH + t;
        own += uint(i < N && x[min(i, N - 1)] > threshold);
    }
    data[t] = own;
    for (uint half_width = WIDTH / 2; half_width > 0; half_width /= 2) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (t < half_width) {
            data[t] += data[t + half_width];
        }
    }
    if (t == 0) {
        counts[block] = data[0];
    }
}

[[max_total_threads_per_threadgroup(WIDTH)]]
kernel void compact_scan(device const uint *counts [[buffer(0)]],
                         device uint *offsets [[buffer(1)]],
                         device uint *total [[buffer(2)]],
                         constant uint &blocks [[buffer(3)]],
                         uint t [[thread_position_in_grid]]) {
    threadgroup uint data[WIDTH];
    // Each thread takes a stretch of blocks: its sum first, then its offsets.
    uint length = (blocks + WIDTH - 1) / WIDTH;
    uint begin = min(t * length, blocks), end = min(begin + length, blocks);
    uint own = 0;
    for (uint b = begin; b < end; ++b) {
        own += counts[b];
    }
    uint sum = inclusive_scan(data, own, t) - own;
    for (uint b = begin; b < end; ++b) {
        offsets[b] = sum;
        sum += counts[b];
    }
    if (t == WIDTH - 1) {
        total[0] = sum;
    }
}

[[max_total_threads_per_threadgroup(WIDTH)]]
kernel void compact_scatter(device const float *x [[buffer(0)]],
                            device const uint *offsets [[buffer(1)]],
                            device const uint *total [[buffer(2)]],
                            device float *out [[buffer(3)]],
                            constant uint &N [[buffer(4)]],
                            constant float &threshold [[buffer(5)]],
                            uint gid [[thread_position_in_grid]],
                            uint t [[thread_position_in_threadgroup]],
                            uint block [[threadgroup_position_in_grid]]) {
    threadgroup uint data[WIDTH];
    threadgroup float staged[WIDTH * EACH];
    threadgroup uint kept_in_block;
    uint first = EACH * gid, own = 0;
    for (uint i = first; i < first + EACH && i < N; ++i) {
        own += uint(x[i] > threshold);
    }
    uint place = inclusive_scan(data, own, t);
    if (t == WIDTH - 1) {
        kept_in_block = place;
    }
    place -= own;
    for (uint i = first; i < first + EACH && i < N; ++i) {
        if (x[i] > threshold) {
            staged[place++] = x[i];
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint k = t; k < kept_in_block; k += WIDTH) {
        out[offsets[block] + k] = staged[k];
    }
    uint stop = min((block + 1) * WIDTH * EACH, N);
    for (uint i = max(block * WIDTH * EACH, total[0]) + t; i < stop; i += WIDTH) {
        out[i] = 0.0f;
    }
}
