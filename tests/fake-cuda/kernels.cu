// Kernels of the tests that run without a GPU: valid CUDA, so that they run on a GPU and on the host device too. The
// fake driver executes them thread after thread, so none has a barrier.

extern "C" __global__ void scale(const float *in, float *out, float factor, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = in[i] * factor;
    }
}

// The same as `scale`, for faults to strike at without striking there.
extern "C" __global__ void scale_again(const float *in, float *out, float factor, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = factor * in[i];
    }
}

// Writes one element past its end.
extern "C" __global__ void one_past(float *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) {
        out[i] = 1.0f;
    }
}

// Adds one to every element.
extern "C" __global__ void increment(unsigned int *both, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        both[i] += 1;
    }
}
