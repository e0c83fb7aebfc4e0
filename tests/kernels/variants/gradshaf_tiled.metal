#include <metal_stdlib>
using namespace metal;

// Maximum: whole rows per simdgroup, simd_max, then one simdgroup over the partial results.
// Step: the threadgroup's cells with a ring of neighbours in threadgroup memory.

kernel void gradshaf_axis_reduce(device const float *psi [[buffer(0)]],
                                 device float *psi_axis [[buffer(1)]],
                                 constant uint &NR [[buffer(2)]],
                                 constant uint &NZ [[buffer(3)]],
                                 uint tid [[thread_position_in_threadgroup]],
                                 uint tgsize [[threads_per_threadgroup]],
                                 uint lane [[thread_index_in_simdgroup]],
                                 uint simd_index [[simdgroup_index_in_threadgroup]],
                                 uint simd_width [[threads_per_simdgroup]]) {
    threadgroup float partial[32];
    uint simdgroups = (tgsize + simd_width - 1) / simd_width;
    float largest = -FLT_MAX;
    for (uint j = 1 + simd_index; j + 1 < NZ; j += simdgroups) {
        for (uint i = 1 + lane; i + 1 < NR; i += simd_width) {
            largest = fmax(largest, psi[j * NR + i]);
        }
    }
    largest = simd_max(largest);
    if (lane == 0) {
        partial[simd_index] = largest;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (simd_index == 0) {
        float other = lane < simdgroups ? partial[lane] : -FLT_MAX;
        other = simd_max(other);
        if (tid == 0) {
            *psi_axis = other;
        }
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
                          uint2 gid [[thread_position_in_grid]],
                          uint2 place [[thread_position_in_threadgroup]],
                          uint2 extent [[threads_per_threadgroup]],
                          uint2 group [[threadgroup_position_in_grid]]) {
    threadgroup float tile[18][18];
    int2 corner = int2(group * extent) - 1;
    for (uint y = place.y; y < extent.y + 2; y += extent.y) {
        for (uint x = place.x; x < extent.x + 2; x += extent.x) {
            int2 cell = clamp(corner + int2(x, y), int2(0), int2(NR, NZ) - 1);
            tile[y][x] = psi_in[cell.y * int(NR) + cell.x];
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (any(gid >= uint2(NR, NZ))) {
        return;
    }
    uint2 at = place + 1;
    float psi = tile[at.y][at.x];
    if (all(gid > 0) && gid.x + 1 < NR && gid.y + 1 < NZ) {
        float R = fma(float(gid.x), dR, Rmin);
        float n = psi / *psi_axis;
        float J = (n > 0.0f && n < 1.0f) ? 4.0f * p_axis * R * n * (1.0f - n) : 0.0f;
        float inverse_r = 1.0f / dR;
        float skew = 0.5f * inverse_r / R;
        float2 squares = float2(inverse_r * inverse_r, 1.0f / (dZ * dZ));
        float a_C = -2.0f * (squares.x + squares.y);
        float D = (squares.x + skew) * tile[at.y][at.x - 1];
        D += (squares.x - skew) * tile[at.y][at.x + 1];
        D += squares.y * (tile[at.y - 1][at.x] + tile[at.y + 1][at.x]);
        D += a_C * psi;
        psi += omega * (-mu0 * R * J - D) / a_C;
    }
    psi_out[gid.y * NR + gid.x] = psi;
}
