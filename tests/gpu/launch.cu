// What a plain launch lacks: clusters, cooperative launches, shared memory beyond 48 KiB.
#include <cooperative_groups.h>

namespace cg = cooperative_groups;

// The rank of each block in its cluster.
__global__ void ranks(unsigned *out, unsigned long long n) {
#if __CUDA_ARCH__ >= 900
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = cg::this_cluster().block_rank();
    }
#endif
}

__global__ void ranks_reference(unsigned *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = blockIdx.x % SIZE;
    }
}

// Each element is its mirror image's number, passed through memory over a barrier of the whole grid.
__global__ void mirrored(unsigned *scratch, unsigned *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        scratch[i] = (unsigned)i;
    }
    cg::this_grid().sync();
    if (i < n) {
        out[i] = scratch[n - 1 - i];
    }
}

__global__ void mirrored_reference(unsigned *scratch, unsigned *out, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        scratch[i] = (unsigned)i;
        out[i] = (unsigned)(n - 1 - i);
    }
}

// Turns each block's part around in dynamic shared memory.
__global__ void turned(const unsigned *in, unsigned *out, unsigned part) {
    extern __shared__ unsigned words[];
    unsigned long long first = (unsigned long long)blockIdx.x * part;
    for (unsigned i = threadIdx.x; i < part; i += blockDim.x) {
        words[i] = in[first + i];
    }
    __syncthreads();
    for (unsigned i = threadIdx.x; i < part; i += blockDim.x) {
        out[first + i] = words[part - 1 - i];
    }
}

__global__ void turned_reference(const unsigned *in, unsigned *out, unsigned part) {
    unsigned long long first = (unsigned long long)blockIdx.x * part;
    for (unsigned i = threadIdx.x; i < part; i += blockDim.x) {
        out[first + i] = in[first + part - 1 - i];
    }
}
