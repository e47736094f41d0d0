// A streaming kernel: a[i] = b[i] + s * c[i], 12 bytes moved for 2 operations.
//
// What limits it: device memory. Each thread moves 16 bytes an access, a warp 512 bytes side by side, so that every
// sector that is fetched is used; more blocks than fit on the GPU at once hide the latency.

/// `n` is a multiple of 4; a thread takes 4 elements, and one thread a group of 4.
__global__ void __launch_bounds__(256)
    triad(const float* __restrict__ b, const float* __restrict__ c, float* __restrict__ a, float s,
          unsigned long long n) {
    const unsigned long long i = blockIdx.x * static_cast<unsigned long long>(blockDim.x) + threadIdx.x;
    if (i < n / 4) {
        const float4 left = reinterpret_cast<const float4*>(b)[i];
        const float4 right = reinterpret_cast<const float4*>(c)[i];
        reinterpret_cast<float4*>(a)[i] = make_float4(left.x + s * right.x, left.y + s * right.y,
                                                      left.z + s * right.z, left.w + s * right.w);
    }
}

/// The same, plainly: a loop over all elements, whatever the grid.
__global__ void triad_reference(const float* b, const float* c, float* a, float s, unsigned long long n) {
    const unsigned long long threads = gridDim.x * static_cast<unsigned long long>(blockDim.x);
    for (unsigned long long i = blockIdx.x * static_cast<unsigned long long>(blockDim.x) + threadIdx.x; i < n;
         i += threads)
        a[i] = b[i] + s * c[i];
}
