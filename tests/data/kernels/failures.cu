// Kernels that go wrong, one way a number, and kernels that the host device can't run.
#include <assert.h>
#include <cooperative_groups.h>
#include <cuda/barrier>
#include <cuda_fp16.h>
#include <cuda_pipeline.h>
#include <mma.h>

namespace cg = cooperative_groups;

__global__ void faulty(int fault, float* out, float* in, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned lane = threadIdx.x % 32;
    float value = in[i] * 0.5f;
    switch (fault) {
    case 1:
        if (i == n - 1) out[n] = value;
        break;
    case 2:
        if (i == 0) out[-1] = value;
        break;
    case 3:
        if (i == 3) return;
        break;
    case 4:
        if (i == 5) value = nanf("");
        break;
    case 5:
        if (i % 4 == 2) value += 1.0f;
        break;
    case 6:
        if (threadIdx.x < 16)
            __syncwarp();
        else
            __syncthreads();
        break;
    case 7:
        if (threadIdx.x % 2)
            __syncthreads();
        else
            __syncthreads_count(1);
        break;
    case 8: assert(i < 40); break;
    case 9:
        if (i == 50) __trap();
        break;
    case 10: value += __shfl_sync(1u, value, 0) * (lane == 77); break;
    case 11: out[i] += value + 1; return;
    case 12:
        if (i == 0) in[0] = value + 1;
        break;
    }
    out[i] = value;
}

__global__ void faulty_reference(int, float* out, const float* in, int n) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = in[i] / 2;
}

// Ends when somebody sets the flag.
__global__ void spin(volatile unsigned* flag) {
    if (blockIdx.x == 3) {
        while (*flag == 0) {
        }
    }
}

__device__ float with_ptx(float x) {
    asm volatile("ex2.approx.f32 %0, %1;\n" : "=f"(x) : "f"(x));
    return x;
}

__global__ void ptx(float* out) { out[0] = with_ptx(out[1]); }

__global__ void ptx_unused(float* out) {
    asm volatile("" ::: "memory");
    if (sizeof(float) == 8) out[0] = with_ptx(out[1]);
    out[0] = 1;
}

__global__ void wmma(half* a, float* c) {
    using namespace nvcuda;
    wmma::fragment<wmma::matrix_a, 16, 16, 16, half, wmma::row_major> fa;
    wmma::fragment<wmma::accumulator, 16, 16, 16, float> fc;
    wmma::fill_fragment(fc, 0.0f);
    wmma::load_matrix_sync(fa, a, 16);
    wmma::mma_sync(fc, fa, fa, fc);
    wmma::store_matrix_sync(c, fc, 16, wmma::mem_row_major);
}

__global__ void grid_sync(float* out) {
    cg::this_grid().sync();
    out[0] = 1;
}

__global__ void cluster(float* out) {
    out[0] = cg::this_cluster().block_rank();
    cg::this_cluster().sync();
}

__global__ void pipeline(float* out) {
    __shared__ float staged[4];
    __pipeline_memcpy_async(staged, out, sizeof staged);
    __pipeline_commit();
    __pipeline_wait_prior(0);
    out[0] = staged[1];
}

__global__ void async_barrier(float* out) {
    __shared__ cuda::barrier<cuda::thread_scope_block> barrier;
    init(&barrier, blockDim.x);
    barrier.arrive_and_wait();
    out[0] = 1;
}

__global__ void texture(cudaTextureObject_t source, float* out) { out[0] = tex2D<float>(source, 0.5f, 0.5f); }

__global__ void child(float* out) { out[0] = 1; }

__global__ void parent(float* out) {
    if (threadIdx.x == 0) child<<<1, 32>>>(out);
}

__global__ void rounding(float* out) { out[0] = __fadd_ru(out[0], 1.0f); }
