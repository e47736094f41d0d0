// Kernels that go wrong in ways that only a GPU shows, and one that doesn't.

extern "C" __global__ void good(float *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = (float)i;
    }
}

extern "C" __global__ void one_past(float *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) {
        out[i] = 1.0f;
    }
}

// 400 MB past the end: no memory is mapped there.
extern "C" __global__ void far_past(float *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = 1.0f;
        out[i + n + 100000000] = 1.0f;
    }
}

extern "C" __global__ void endless(float *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    while (clock64() >= 0) {
        if (i < n) {
            *(volatile float *)(out + i) = 1.0f;
        }
    }
}
