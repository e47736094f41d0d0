// Kernels of a suite of a usual size: streaming, and arithmetic in registers.

__global__ void triad(const float *b, const float *c, float *a, float s, unsigned long long n) {
    unsigned long long first = ((unsigned long long)blockIdx.x * blockDim.x) * UNROLL + threadIdx.x;
#pragma unroll
    for (int k = 0; k < UNROLL; ++k) {
        unsigned long long i = first + (unsigned long long)k * blockDim.x;
        if (i < n) {
            a[i] = b[i] + s * c[i];
        }
    }
}

__global__ void triad_reference(const float *b, const float *c, float *a, float s, unsigned long long n) {
    unsigned long long stride = (unsigned long long)gridDim.x * blockDim.x;
    for (unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) {
        a[i] = b[i] + s * c[i];
    }
}

__global__ void fma_chain(const float *in, float *out, int steps) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    float x = in[i], y = 0.5f;
    for (int k = 0; k < steps; ++k) {
        y = fmaf(x, y, 0.25f);
    }
    out[i] = y;
}
