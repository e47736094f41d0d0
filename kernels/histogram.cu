// A histogram of bytes: 1 byte read for 1 atomic addition.
//
// What limits it: atomics on shared memory, where bins that threads of a warp count at once lie in one bank, and reads
// of a byte a thread. Threads that count the same bin are counted together by one instruction. Each block counts into
// bins of its own and adds them to the result at the end, so that device memory sees 256 atomics a block.

constexpr unsigned bins = 256;

/// Adds the number of bytes of each value to `counts`. Block b counts the bytes from b * part on, up to `part` of them.
__global__ void __launch_bounds__(256)
    histogram(const unsigned char* __restrict__ in, unsigned* __restrict__ counts, unsigned part,
              unsigned long long n) {
    __shared__ unsigned own[bins];
    for (unsigned bin = threadIdx.x; bin < bins; bin += blockDim.x) own[bin] = 0;
    __syncthreads();
    const unsigned long long first = blockIdx.x * static_cast<unsigned long long>(part);
    const unsigned length = n - first < part ? static_cast<unsigned>(n - first) : part;
    for (unsigned i = threadIdx.x; i < length; i += blockDim.x) atomicAdd(&own[in[first + i]], 1u);
    __syncthreads();
    for (unsigned bin = threadIdx.x; bin < bins; bin += blockDim.x) atomicAdd(&counts[bin], own[bin]);
}

/// The same, plainly: atomics on the result.
__global__ void histogram_reference(const unsigned char* in, unsigned* counts, unsigned, unsigned long long n) {
    const unsigned long long threads = gridDim.x * static_cast<unsigned long long>(blockDim.x);
    for (unsigned long long i = blockIdx.x * static_cast<unsigned long long>(blockDim.x) + threadIdx.x; i < n;
         i += threads)
        atomicAdd(&counts[in[i]], 1u);
}
