#include <metal_stdlib>
using namespace metal;

// One threadgroup in eight works: its threads go through the vector in strides of all that work, so
// that neighbours always read neighbouring elements.
kernel void saxpy(device const float *x [[buffer(0)]],
                  device float *y [[buffer(1)]],
                  constant float &a [[buffer(2)]],
                  constant uint &N [[buffer(3)]],
                  uint lane [[thread_position_in_threadgroup]],
                  uint width [[threads_per_threadgroup]],
                  uint group [[threadgroup_position_in_grid]],
                  uint groups [[threadgroups_per_grid]]) {
    if (group % 8 != 0) {
        return;
    }
    const float factor = a;
    uint stride = (groups + 7) / 8 * width;
    for (uint i = group / 8 * width + lane; i < N; i += stride) {
        float product = factor * x[i];
        y[i] += product;
    }
}
