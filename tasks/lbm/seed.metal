#include <metal_stdlib>
using namespace metal;

constant int CX[9] = {0, 1, 0, -1, 0, 1, -1, -1, 1};
constant int CY[9] = {0, 0, 1, 0, -1, 1, 1, -1, -1};
constant float W[9] = {4.0f / 9.0f,  1.0f / 9.0f,  1.0f / 9.0f,  1.0f / 9.0f, 1.0f / 9.0f,
                       1.0f / 36.0f, 1.0f / 36.0f, 1.0f / 36.0f, 1.0f / 36.0f};

kernel void lbm_step(device const float *f_in [[buffer(0)]],
                     device float *f_out [[buffer(1)]],
                     constant uint &NX [[buffer(2)]],
                     constant uint &NY [[buffer(3)]],
                     constant float &tau [[buffer(4)]],
                     uint2 gid [[thread_position_in_grid]]) {
    if (gid.x >= NX || gid.y >= NY) {
        return;
    }
    int nx = int(NX);
    int ny = int(NY);
    int plane = nx * ny;
    float g[9];
    float rho = 0.0f;
    float u = 0.0f;
    float v = 0.0f;
    for (int k = 0; k < 9; ++k) {
        int i = (int(gid.x) - CX[k] + nx) % nx;
        int j = (int(gid.y) - CY[k] + ny) % ny;
        g[k] = f_in[k * plane + j * nx + i];
        rho += g[k];
        u += float(CX[k]) * g[k];
        v += float(CY[k]) * g[k];
    }
    u /= rho;
    v /= rho;
    float speed2 = u * u + v * v;
    for (int k = 0; k < 9; ++k) {
        float s = float(CX[k]) * u + float(CY[k]) * v;
        float balance = W[k] * rho * (1.0f + 3.0f * s + 4.5f * s * s - 1.5f * speed2);
        f_out[k * plane + int(gid.y) * nx + int(gid.x)] = g[k] - (g[k] - balance) / tau;
    }
}
