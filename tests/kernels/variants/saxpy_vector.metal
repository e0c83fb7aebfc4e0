#include <metal_stdlib>
using namespace metal;

// Four elements as one float4 for the first quarter of the threads; the next three at most take what
// is left at the end, and the others nothing.
kernel void saxpy(device const float *x [[buffer(0)]],
                  device float *y [[buffer(1)]],
                  constant float &a [[buffer(2)]],
                  constant uint &N [[buffer(3)]],
                  uint i [[thread_position_in_grid]]) {
    uint quads = N / 4;
    if (i < quads) {
        device float4 *target = (device float4 *)y + i;
        *target = fma(float4(a), ((device const float4 *)x)[i], *target);
        return;
    }
    uint last = 3 * quads + i;
    if (last < N) {
        y[last] = a * x[last] + y[last];
    }
}
