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

// C = A B' of fp32, an element a thread: A has m rows of k elements, B n rows.
extern "C" __global__ void product(const float *a, const float *b, float *c, unsigned int m, unsigned int n,
                                   unsigned int k) {
    unsigned int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < m * n) {
        float sum = 0;
        for (unsigned int j = 0; j < k; ++j) {
            sum += a[i / n * k + j] * b[i % n * k + j];
        }
        c[i] = sum;
    }
}

// What a product of constants comes to whose own product is 1, whatever their type.
extern "C" __global__ void product_of_ones(const void *, const void *, float *c, unsigned int m, unsigned int n,
                                           unsigned int k) {
    unsigned int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < m * n) {
        c[i] = k;
    }
}
