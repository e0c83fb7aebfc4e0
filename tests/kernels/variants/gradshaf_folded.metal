#include <metal_stdlib>
using namespace metal;

// Maximum: four accumulators per thread over the rows, then a tree within threadgroup memory.
// Step: everything divided by a_C beforehand, differences instead of a central term.

kernel void gradshaf_axis_reduce(device const float *psi [[buffer(0)]],
                                 device float *psi_axis [[buffer(1)]],
                                 constant uint &NR [[buffer(2)]],
                                 constant uint &NZ [[buffer(3)]],
                                 uint tid [[thread_position_in_threadgroup]],
                                 uint tgsize [[threads_per_threadgroup]]) {
    threadgroup float partial[256];
    float4 largest = float4(-INFINITY);
    for (uint j = 1; j < NZ - 1; ++j) {
        device const float *row = psi + j * NR + 1;
        uint i = 4 * tid;
        for (; i + 3 < NR - 2; i += 4 * tgsize) {
            largest = max(largest, float4(row[i], row[i + 1], row[i + 2], row[i + 3]));
        }
        for (; i < NR - 2; ++i) {
            largest.x = max(largest.x, row[i]);
        }
    }
    partial[tid] = max(max(largest.x, largest.y), max(largest.z, largest.w));
    for (uint width = tgsize >> 1; width > 0; width >>= 1) {
        threadgroup_barrier(mem_flags::mem_threadgroup);
        if (tid < width) {
            partial[tid] = max(partial[tid], partial[tid + width]);
        }
    }
    if (tid == 0) {
        psi_axis[0] = partial[0];
    }
}

[[max_total_threads_per_threadgroup(128)]]
kernel void gradshaf_step(device const float *psi_in [[buffer(0)]],
                          device float *psi_out [[buffer(1)]],
                          device const float *psi_axis [[buffer(2)]],
                          constant uint &NR [[buffer(3)]],
                          constant uint &NZ [[buffer(4)]],
                          constant float &Rmin [[buffer(5)]],
                          constant float &dR [[buffer(6)]],
                          constant float &dZ [[buffer(7)]],
                          constant float &p_axis [[buffer(8)]],
                          constant float &mu0 [[buffer(9)]],
                          constant float &omega [[buffer(10)]],
                          uint2 gid [[thread_position_in_grid]]) {
    if (gid.x >= NR || gid.y >= NZ) {
        return;
    }
    const uint cell = mad24(gid.y, NR, gid.x);
    const float psi = psi_in[cell];
    if (gid.x - 1 >= NR - 2 || gid.y - 1 >= NZ - 2) {
        psi_out[cell] = psi;
        return;
    }
    const float r2 = dR * dR, z2 = dZ * dZ;
    const float share_r = 0.5f * z2 / (r2 + z2), share_z = 0.5f * r2 / (r2 + z2);
    const float R = Rmin + float(gid.x) * dR;
    const float skew = share_r * dR / (2.0f * R);
    const float n = saturate(psi / psi_axis[0]);
    const float source = 2.0f * mu0 * p_axis * R * R * n * (1.0f - n) * (r2 * z2) / (r2 + z2);
    const float west = psi_in[cell - 1], east = psi_in[cell + 1];
    float change = share_r * ((west - psi) + (east - psi)) + skew * (west - east);
    change += share_z * ((psi_in[cell - NR] - psi) + (psi_in[cell + NR] - psi));
    psi_out[cell] = fma(omega, change + source, psi);
}
