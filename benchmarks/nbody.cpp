// Gravity among all pairs of bodies. Positions and velocities are rows of x, y, z, 0; the result of
// an even number of steps is in set a, else in set b.

#include <cmath>
#include <utility>

extern "C" void nbody(float *pos_a, float *pos_b, float *vel_a, float *vel_b, const float *mass,
                      long n, float dt, float eps, float gravity, long steps) {
#pragma omp parallel
    {
        float *pos = pos_a, *pos_out = pos_b, *vel = vel_a, *vel_out = vel_b;
        for (long step = 0; step < steps; ++step) {
            // The barrier at the end of the loop separates the steps.
#pragma omp for schedule(static)
            for (long i = 0; i < n; ++i) {
                const float *here = pos + 4 * i;
                float ax = 0.0f, ay = 0.0f, az = 0.0f;
#pragma omp simd reduction(+ : ax, ay, az)
                for (long j = 0; j < n; ++j) {
                    float dx = pos[4 * j] - here[0];
                    float dy = pos[4 * j + 1] - here[1];
                    float dz = pos[4 * j + 2] - here[2];
                    float distance2 = dx * dx + dy * dy + dz * dz + eps * eps;
                    float weight = mass[j] / (distance2 * std::sqrt(distance2));
                    ax += weight * dx;
                    ay += weight * dy;
                    az += weight * dz;
                }
                const float pull[3] = {ax, ay, az};
                for (int k = 0; k < 3; ++k) {
                    float velocity = vel[4 * i + k] + gravity * pull[k] * dt;
                    vel_out[4 * i + k] = velocity;
                    pos_out[4 * i + k] = here[k] + velocity * dt;
                }
                vel_out[4 * i + 3] = pos_out[4 * i + 3] = 0.0f;
            }
            std::swap(pos, pos_out);
            std::swap(vel, vel_out);
        }
    }
}
