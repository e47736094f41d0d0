// A matrix product, one thread for each element of the result: C = A x B, all of n x n floats in rows.

// This kernel is measured.
__global__ void matmul(const float* a, const float* b, float* c, unsigned n) {
    unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row < n && column < n) {
        float sum = 0.0f;
        for (unsigned k = 0; k < n; ++k) {
            sum += a[row * n + k] * b[k * n + column];
        }
        c[row * n + column] = sum;
    }
}

// This one says what is right, slowly and with more digits; the results are compared within the suite's tolerance.
__global__ void matmul_reference(const float* a, const float* b, float* c, unsigned n) {
    unsigned column = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row < n && column < n) {
        double sum = 0.0;
        for (unsigned k = 0; k < n; ++k) {
            sum += static_cast<double>(a[row * n + k]) * b[k * n + column];
        }
        c[row * n + column] = static_cast<float>(sum);
    }
}
