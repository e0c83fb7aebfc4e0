#include <metal_stdlib>
using namespace metal;

kernel void gradshaf_axis_reduce(device const float *psi [[buffer(0)]],
                                 device float *psi_axis [[buffer(1)]],
                                 constant uint &NR [[buffer(2)]],
                                 constant uint &NZ [[buffer(3)]],
                                 uint tid [[thread_position_in_threadgroup]],
                                 uint tgsize [[threads_per_threadgroup]]) {
    threadgroup float partial[256];
    uint columns = NR - 2;
    uint cells = columns * (NZ - 2);
    float largest = -INFINITY;
    for (uint cell = tid; cell < cells; cell += tgsize) {
        uint i = cell % columns + 1;
        uint j = cell / columns + 1;
        largest = max(largest, psi[j * NR + i]);
    }
    partial[tid] = largest;
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint half_width = tgsize / 2; half_width > 0; half_width /= 2) {
        if (tid < half_width) {
            partial[tid] = max(partial[tid], partial[tid + half_width]);
        }
        threadgroup_barrier(mem_flags::mem_threadgroup);
    }
    if (tid == 0) {
        psi_axis[0] = partial[0];
    }
}

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
    uint cell = gid.y * NR + gid.x;
    float psi = psi_in[cell];
    if (gid.x == 0 || gid.x == NR - 1 || gid.y == 0 || gid.y == NZ - 1) {
        psi_out[cell] = psi;
        return;
    }
    float R = Rmin + float(gid.x) * dR;
    float n = psi / psi_axis[0];
    float J = 0.0f;
    if (n > 0.0f && n < 1.0f) {
        J = R * p_axis * 4.0f * n * (1.0f - n);
    }
    float a_W = 1.0f / (dR * dR) + 1.0f / (2.0f * R * dR);
    float a_E = 1.0f / (dR * dR) - 1.0f / (2.0f * R * dR);
    float a_N = 1.0f / (dZ * dZ);
    float a_C = -2.0f / (dR * dR) - 2.0f / (dZ * dZ);
    float D = a_W * psi_in[cell - 1] + a_E * psi_in[cell + 1] + a_N * psi_in[cell - NR] +
              a_N * psi_in[cell + NR] + a_C * psi;
    psi_out[cell] = psi + omega * (-mu0 * R * J - D) / a_C;
}
