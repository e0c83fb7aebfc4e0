#include <metal_stdlib>
using namespace metal;

// One row of threads in four works: each of its threads walks down four cells of a column and keeps the
// last three values in registers.
constant uint ROWS = 4;

kernel void heat_step(device const float *u_in [[buffer(0)]],
                      device float *u_out [[buffer(1)]],
                      constant uint &NX [[buffer(2)]],
                      constant uint &NY [[buffer(3)]],
                      constant float &alpha [[buffer(4)]],
                      uint2 gid [[thread_position_in_grid]]) {
    if (gid.x >= NX || gid.y >= NY || gid.y % ROWS != 0) {
        return;
    }
    bool side = gid.x == 0 || gid.x == NX - 1;
    const float keep = 1.0f - 4.0f * alpha;
    uint cell = gid.y * NX + gid.x;
    uint below = min(ROWS, NY - gid.y);
    float before = gid.y > 0 ? u_in[cell - NX] : 0.0f;
    float here = u_in[cell];
    for (uint row = gid.y; row < gid.y + below; ++row, cell += NX) {
        bool bottom = row == NY - 1;
        float after = bottom ? 0.0f : u_in[cell + NX];
        float result = here;
        if (!side && !bottom && row > 0) {
            float across = u_in[cell - 1] + u_in[cell + 1];
            result = fma(alpha, across + (before + after), keep * here);
        }
        u_out[cell] = result;
        before = here;
        here = after;
    }
}
