// Eight kernels that load a GPU in eight ways: streams, a reduction, a product, arithmetic alone, atomics, random reads.
//
// They are the ground on which timers are compared: `tests/peers/nvbench/agreement.cu` times these very functions with
// another tool. So they take plain pointers and numbers, include nothing, and each stands beside a plain reference.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }

/// out = in, 16 bytes a thread; `n` floats, a multiple of 4.
__global__ void __launch_bounds__(256) copy(const float* __restrict__ in, float* __restrict__ out, u64 n) {
    const u64 i = thread_of_grid();
    if (i < n / 4) reinterpret_cast<float4*>(out)[i] = reinterpret_cast<const float4*>(in)[i];
}

__global__ void copy_reference(const float* in, float* out, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) out[i] = in[i];
}

/// out = a + 3 b, 16 bytes of each a thread; `n` is a multiple of 4.
__global__ void __launch_bounds__(256)
    triad(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ out, u64 n) {
    const u64 i = thread_of_grid();
    if (i < n / 4) {
        const float4 x = reinterpret_cast<const float4*>(a)[i], y = reinterpret_cast<const float4*>(b)[i];
        reinterpret_cast<float4*>(out)[i] =
            make_float4(x.x + 3.0f * y.x, x.y + 3.0f * y.y, x.z + 3.0f * y.z, x.w + 3.0f * y.w);
    }
}

__global__ void triad_reference(const float* a, const float* b, float* out, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) out[i] = a[i] + 3.0f * b[i];
}

/// Block b sums the `part` floats (a multiple of 4) from b * part on, as far as there are `n`: sums[b].
__global__ void __launch_bounds__(256)
    reduce(const float* __restrict__ in, float* __restrict__ sums, u32 part, u64 n) {
    __shared__ float of_warp[32];
    const u64 first = blockIdx.x * static_cast<u64>(part);
    const u32 quads = (n - first < part ? static_cast<u32>(n - first) : part) / 4;
    const float4* own = reinterpret_cast<const float4*>(in + first);
    float sum = 0;
#pragma unroll 4
    for (u32 i = threadIdx.x; i < quads; i += blockDim.x) {
        const float4 x = own[i];
        sum += (x.x + x.y) + (x.z + x.w);
    }
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        float total = 0;
        for (u32 warp = 0; warp < blockDim.x / 32; ++warp) total += of_warp[warp];
        sums[blockIdx.x] = total;
    }
}

__global__ void reduce_reference(const float* in, float* sums, u32 part, u64 n) {
    if (threadIdx.x != 0) return;
    const u64 first = blockIdx.x * static_cast<u64>(part);
    double total = 0;
    for (u64 i = first; i < first + part && i < n; ++i) total += in[i];
    sums[blockIdx.x] = static_cast<float>(total);
}

/// c = a b for row-major a (m x k) and b (k x n); m, n and k are multiples of 32. A block of 32 x 32 threads has a
/// tile of c, and brings tiles of a and b through shared memory.
__global__ void __launch_bounds__(1024)
    sgemm(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, u32 n, u32 k) {
    __shared__ float left[32][32], right[32][32];
    const u32 x = threadIdx.x, y = threadIdx.y;
    const u32 row = blockIdx.y * 32 + y, column = blockIdx.x * 32 + x;
    float sum = 0;
    for (u32 tile = 0; tile < k; tile += 32) {
        left[y][x] = a[static_cast<u64>(row) * k + tile + x];
        right[y][x] = b[static_cast<u64>(tile + y) * n + column];
        __syncthreads();
#pragma unroll
        for (u32 i = 0; i < 32; ++i) sum += left[y][i] * right[i][x];
        __syncthreads();
    }
    c[static_cast<u64>(row) * n + column] = sum;
}

__global__ void sgemm_reference(const float* a, const float* b, float* c, u32 n, u32 k) {
    const u64 row = blockIdx.y * blockDim.y + threadIdx.y, column = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0;
    for (u64 i = 0; i < k; ++i) sum += a[row * k + i] * b[i * n + column];
    c[row * n + column] = sum;
}

/// A chain of `iterations` multiply-adds a thread, in registers alone: each waits for the one before. `iterations` is
/// a multiple of 8, so that two lengths differ by whole rounds of the loop.
__global__ void __launch_bounds__(256) multiply_add(float* __restrict__ out, float factor, float term, u32 iterations) {
    float value = static_cast<float>(threadIdx.x);
    for (u32 i = 0; i < iterations; i += 8) {
#pragma unroll
        for (u32 step = 0; step < 8; ++step) value = fmaf(value, factor, term);
    }
    out[thread_of_grid()] = value;
}

__global__ void multiply_add_reference(float* out, float factor, float term, u32 iterations) {
    float value = static_cast<float>(threadIdx.x);
    for (u32 i = 0; i < iterations; ++i) value = fmaf(value, factor, term);
    out[thread_of_grid()] = value;
}

constexpr u32 bins = 256;

/// Adds how often each value below 256 is among the `n` (a multiple of 4) of `in`: a block counts in shared memory.
__global__ void __launch_bounds__(256) hist(const u32* __restrict__ in, u32* __restrict__ counts, u64 n) {
    __shared__ u32 own[bins];
    for (u32 bin = threadIdx.x; bin < bins; bin += blockDim.x) own[bin] = 0;
    __syncthreads();
    for (u64 i = thread_of_grid(); i < n / 4; i += threads_of_grid()) {
        const uint4 four = reinterpret_cast<const uint4*>(in)[i];
        atomicAdd(&own[four.x], 1u);
        atomicAdd(&own[four.y], 1u);
        atomicAdd(&own[four.z], 1u);
        atomicAdd(&own[four.w], 1u);
    }
    __syncthreads();
    for (u32 bin = threadIdx.x; bin < bins; bin += blockDim.x) atomicAdd(&counts[bin], own[bin]);
}

__global__ void hist_reference(const u32* in, u32* counts, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) atomicAdd(&counts[in[i]], 1u);
}

/// out[i] = table[index[i]], 4 a thread; `n` is a multiple of 4.
__global__ void __launch_bounds__(256)
    gather(const float* __restrict__ table, const u32* __restrict__ index, float* __restrict__ out, u64 n) {
    const u64 i = thread_of_grid();
    if (i < n / 4) {
        const uint4 at = reinterpret_cast<const uint4*>(index)[i];
        reinterpret_cast<float4*>(out)[i] = make_float4(table[at.x], table[at.y], table[at.z], table[at.w]);
    }
}

__global__ void gather_reference(const float* table, const u32* index, float* out, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) out[i] = table[index[i]];
}
