#include <metal_stdlib>
using namespace metal;

// adi_x moves 32 x 32 cells at a time through threadgroup memory, so that a simdgroup reads and
// writes whole rows; all sweeps multiply by reciprocals that a threadgroup computes once.
constant constexpr uint MOST = 256;
constant constexpr uint SIDE = 32;

inline void prepare(threadgroup float *c, threadgroup float *scale, uint n, float mu, uint lane) {
    if (lane == 0) {
        c[0] = 0.0f;
        for (uint i = 1; i < n - 1; ++i) {
            scale[i] = 1.0f / (1.0f + 2.0f * mu + mu * c[i - 1]);
            c[i] = -mu * scale[i];
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
}

struct Tile {
    float cell[SIDE][SIDE + 1];
};

// Copies columns [column, column + 32) of the group's lines into the tile, or back.
inline void load(threadgroup Tile &tile, device const float *u, uint line, uint lines, uint NX,
                 uint column, uint lane) {
    for (uint row = 0; row < SIDE && line + row < lines; ++row) {
        if (column + lane < NX) {
            tile.cell[row][lane] = u[(line + row) * NX + column + lane];
        }
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
}

inline void store(threadgroup Tile &tile, device float *u, uint line, uint lines, uint NX,
                  uint column, uint lane) {
    threadgroup_barrier(mem_flags::mem_threadgroup);
    for (uint row = 0; row < SIDE && line + row < lines; ++row) {
        if (column + lane < NX) {
            u[(line + row) * NX + column + lane] = tile.cell[row][lane];
        }
    }
    threadgroup_barrier(mem_flags::mem_device | mem_flags::mem_threadgroup);
}

kernel void adi_x(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint2 local [[thread_position_in_threadgroup]]) {
    threadgroup float c[MOST];
    threadgroup float scale[MOST];
    threadgroup Tile tile;
    uint lane = local.x;
    prepare(c, scale, NX, mu, lane);
    uint line = gid.y * NY + gid.x - lane;
    uint lines = (gid.y + 1) * NY;
    bool solve = gid.x > 0 && gid.x + 1 < NY && gid.y > 0 && gid.y + 1 < NZ;
    uint chunks = (NX + SIDE - 1) / SIDE;
    float d = 0.0f;
    for (uint chunk = 0; chunk < chunks; ++chunk) {
        uint column = chunk * SIDE;
        load(tile, u_in, line, lines, NX, column, lane);
        if (solve) {
            for (uint i = column; i < min(column + SIDE, NX - 1); ++i) {
                float r = tile.cell[lane][i - column];
                d = i == 0 ? r : (r + mu * d) * scale[i];
                tile.cell[lane][i - column] = d;
            }
        }
        store(tile, u_out, line, lines, NX, column, lane);
    }
    float v = 0.0f;
    for (uint chunk = chunks; chunk-- > 0;) {
        uint column = chunk * SIDE;
        load(tile, u_out, line, lines, NX, column, lane);
        if (solve) {
            for (uint i = min(column + SIDE, NX); i-- > max(column, 1u);) {
                float here = tile.cell[lane][i - column];
                v = i == NX - 1 ? here : here - c[i] * v;
                tile.cell[lane][i - column] = v;
            }
        }
        store(tile, u_out, line, lines, NX, column, lane);
    }
}

inline void strided(device const float *u_in, device float *u_out, uint first, uint stride, uint n,
                    float mu, bool solve, threadgroup const float *c,
                    threadgroup const float *scale) {
    uint last = first + (n - 1) * stride;
    float d = u_in[first];
    u_out[first] = d;
    for (uint i = 1, at = first + stride; i < n - 1; ++i, at += stride) {
        float r = u_in[at];
        d = solve ? (r + mu * d) * scale[i] : r;
        u_out[at] = d;
    }
    float v = u_in[last];
    u_out[last] = v;
    if (!solve) {
        return;
    }
    for (uint i = n - 2, at = last - stride; i > 0; --i, at -= stride) {
        v = u_out[at] - c[i] * v;
        u_out[at] = v;
    }
}

kernel void adi_y(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint2 local [[thread_position_in_threadgroup]]) {
    threadgroup float c[MOST];
    threadgroup float scale[MOST];
    prepare(c, scale, NY, mu, local.x);
    if (gid.x < NX && gid.y < NZ) {
        bool solve = gid.x > 0 && gid.x + 1 < NX && gid.y > 0 && gid.y + 1 < NZ;
        strided(u_in, u_out, gid.y * NX * NY + gid.x, NX, NY, mu, solve, c, scale);
    }
}

kernel void adi_z(device const float *u_in [[buffer(0)]],
                  device float *u_out [[buffer(1)]],
                  constant uint &NX [[buffer(2)]],
                  constant uint &NY [[buffer(3)]],
                  constant uint &NZ [[buffer(4)]],
                  constant float &mu [[buffer(5)]],
                  uint2 gid [[thread_position_in_grid]],
                  uint2 local [[thread_position_in_threadgroup]]) {
    threadgroup float c[MOST];
    threadgroup float scale[MOST];
    prepare(c, scale, NZ, mu, local.x);
    if (gid.x < NX && gid.y < NY) {
        bool solve = gid.x > 0 && gid.x + 1 < NX && gid.y > 0 && gid.y + 1 < NY;
        strided(u_in, u_out, gid.y * NX + gid.x, NX * NY, NZ, mu, solve, c, scale);
    }
}
