// y = a x + y, as one would write it for this machine's processor.

extern "C" void saxpy(const float *x, float *y, float a, long n) {
#pragma omp parallel for simd schedule(static)
    for (long i = 0; i < n; ++i) {
        y[i] = a * x[i] + y[i];
    }
}
