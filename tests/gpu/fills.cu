// Copies bits, so that an output's digest is that of the filled input.

template <typename T> __global__ void copy(const T *in, T *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = in[i];
    }
}

// Changes what it reads.
__global__ void add_one(unsigned *both, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        both[i] += 1;
    }
}
