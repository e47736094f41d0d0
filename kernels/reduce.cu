// A reduction: each block sums its own part of the input, 4 bytes read for 1 operation.
//
// What limits it: device memory, as long as each thread has many elements. The sum of a block costs one barrier: warps
// sum by shuffles, and the first warp sums what the others left in shared memory.

constexpr unsigned all_lanes = 0xffffffffu;

__device__ float warp_sum(float value) {
    for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(all_lanes, value, step);
    return value;
}

/// Block b sums the elements from b * part on, up to `part` of them; sums[b] is its sum. A block has whole warps.
__global__ void __launch_bounds__(1024)
    sum(const float* __restrict__ in, float* __restrict__ sums, unsigned part, unsigned long long n) {
    __shared__ float of_warp[32];
    const unsigned long long first = blockIdx.x * static_cast<unsigned long long>(part);
    const unsigned length = n - first < part ? static_cast<unsigned>(n - first) : part;

    float value = 0;
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x) value += in[first + i];

    value = warp_sum(value);
    const unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    if (lane == 0) of_warp[warp] = value;
    __syncthreads();
    if (warp == 0) {
        value = warp_sum(lane < blockDim.x / 32 ? of_warp[lane] : 0.0f);
        if (lane == 0) sums[blockIdx.x] = value;
    }
}

/// The same, plainly: the first thread of each block adds its elements one after another.
__global__ void sum_reference(const float* in, float* sums, unsigned part, unsigned long long n) {
    if (threadIdx.x != 0) return;
    double total = 0;
    const unsigned long long first = blockIdx.x * static_cast<unsigned long long>(part);
    for (unsigned long long i = first; i < first + part && i < n; ++i) total += in[i];
    sums[blockIdx.x] = static_cast<float>(total);
}
