// Explicit five-point heat equation; the result of an even number of steps is in a, else in b.

#include <utility>

extern "C" void heat2d(float *a, float *b, long nx, long ny, float alpha, long steps) {
#pragma omp parallel
    {
        float *from = a, *to = b;
        for (long step = 0; step < steps; ++step) {
            // The barrier at the end of the loop separates the steps.
#pragma omp for schedule(static)
            for (long j = 0; j < ny; ++j) {
                const float *u = from + j * nx;
                float *out = to + j * nx;
                if (j == 0 || j == ny - 1) {
                    for (long i = 0; i < nx; ++i) {
                        out[i] = u[i];
                    }
                    continue;
                }
                out[0] = u[0];
                out[nx - 1] = u[nx - 1];
#pragma omp simd
                for (long i = 1; i < nx - 1; ++i) {
                    float neighbours = u[i - 1] + u[i + 1] + u[i - nx] + u[i + nx];
                    out[i] = u[i] + alpha * (neighbours - 4.0f * u[i]);
                }
            }
            std::swap(from, to);
        }
    }
}
