#include <metal_stdlib>
using namespace metal;

constant uint LONGEST = 512;

// c'_i of the Thomas recurrence; it is the same for all lines of an axis.
void fill_table(threadgroup float *table, uint n, float mu) {
    float b = 1.0f + 2.0f * mu;
    table[1] = -mu / b;
    for (uint i = 2; i + 1 < n; ++i) {
        table[i] = -mu / (b + mu * table[i - 1]);
    }
}

void copy_line(device const float *u_in, device float *u_out, uint first, uint stride, uint n) {
    for (uint i = 0; i < n; ++i) {
        u_out[first + i * stride] = u_in[first + i * stride];
    }
}

// d' goes to u_out on the way forward and becomes the solution on the way back.
void solve_line(device const float *u_in, device float *u_out, uint first, uint stride, uint n,
                float mu, threadgroup const float *table) {
    float b = 1.0f + 2.0f * mu;
    uint last = first + (n - 1) * stride;
    u_out[first] = u_in[first];
    u_out[last] = u_in[last];
    float d = (u_in[first + stride] + mu * u_in[first]) / b;
    u_out[first + stride] = d;
    for (uint i = 2; i + 1 < n; ++i) {
        float r = u_in[first + i * stride];
        if (i == n - 2) {
            r += mu * u_in[last];
        }
        d = (r + mu * d) / (b + mu * table[i - 1]);
        u_out[first + i * stride] = d;
    }
    float v = d;
    for (uint i = n - 3; i >= 1; --i) {
        v = u_out[first + i * stride] - table[i] * v;
        u_out[first + i * stride] = v;
    }
}

kernel void adi_x(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint lane [[thread_index_in_threadgroup]]) {
    threadgroup float table[LONGEST];
    if (lane == 0) {
        fill_table(table, NX, mu);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NY || gid.y >= NZ) {
        return;
    }
    uint first = (gid.y * NY + gid.x) * NX;
    if (gid.x == 0 || gid.x == NY - 1 || gid.y == 0 || gid.y == NZ - 1) {
        copy_line(u_in, u_out, first, 1, NX);
    } else {
        solve_line(u_in, u_out, first, 1, NX, mu, table);
    }
}

kernel void adi_y(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint lane [[thread_index_in_threadgroup]]) {
    threadgroup float table[LONGEST];
    if (lane == 0) {
        fill_table(table, NY, mu);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NX || gid.y >= NZ) {
        return;
    }
    uint first = gid.y * NY * NX + gid.x;
    if (gid.x == 0 || gid.x == NX - 1 || gid.y == 0 || gid.y == NZ - 1) {
        copy_line(u_in, u_out, first, NX, NY);
    } else {
        solve_line(u_in, u_out, first, NX, NY, mu, table);
    }
}

kernel void adi_z(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint lane [[thread_index_in_threadgroup]]) {
    threadgroup float table[LONGEST];
    if (lane == 0) {
        fill_table(table, NZ, mu);
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    uint first = gid.y * NX + gid.x;
    if (gid.x == 0 || gid.x == NX - 1 || gid.y == 0 || gid.y == NY - 1) {
        copy_line(u_in, u_out, first, NX * NY, NZ);
    } else {
        solve_line(u_in, u_out, first, NX * NY, NZ, mu, table);
    }
}
