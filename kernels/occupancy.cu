// Occupancy: how many threads a multiprocessor holds, swept by what uses them up.
//
// What limits it. A multiprocessor has 65,536 registers and, on Hopper, 228 KiB of shared memory, and holds 2,048
// threads of 32 blocks at most; a block gets its share of all of it before it starts. Fewer threads hide less latency,
// so a stream slows down where shared memory leaves room for few blocks. Registers cut both ways: a thread that may
// have few spills to memory, one that may have many leaves room for few others. Where threads have work of their own
// that doesn't wait, few of them are enough, which is how the fastest kernels work at an eighth of full occupancy.

using u32 = unsigned int;
using u64 = unsigned long long;

/// out[i] = in[i] + the first float of the block's shared memory, one float a thread: so little is under way in a
/// thread that occupancy decides. `n` is a multiple of the block. The suite asks for more or less shared memory.
__global__ void __launch_bounds__(128) by_shared(const float* __restrict__ in, float* __restrict__ out, u64 n) {
    extern __shared__ float room[];
    const u64 i = blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x;
    if (threadIdx.x == 0) room[0] = 1.0f;
    __syncthreads();
    if (i < n) out[i] = in[i] + room[0];
}

__global__ void by_shared_reference(const float* in, float* out, u64 n) {
    const u64 threads = gridDim.x * static_cast<u64>(blockDim.x);
    for (u64 i = blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; i < n; i += threads) out[i] = in[i] + 1.0f;
}

constexpr int kept = 64;

/// Each thread keeps 64 sums of products of what it reads, as a tile of a matrix product does: they want 64 registers,
/// and the operands some 20 more. `blocks` blocks of 128 threads must fit on a multiprocessor, so a thread has 512 /
/// `blocks` registers at most, in eights; what doesn't fit is spilled to memory (at 8 and 16 blocks). All blocks read
/// the same numbers, from the caches.
template <int blocks> __global__ void __launch_bounds__(128, blocks)
    by_registers(const float* __restrict__ in, float* __restrict__ out, u32 depth) {
    float sums[kept];
#pragma unroll
    for (int k = 0; k < kept; ++k) sums[k] = 0;
    const float* from = in + threadIdx.x;
    for (u32 step = 0; step < depth; ++step, from += 16 * blockDim.x) {
        float left[8], right[8];
#pragma unroll
        for (int k = 0; k < 8; ++k) {
            left[k] = from[k * blockDim.x];
            right[k] = from[(8 + k) * blockDim.x];
        }
#pragma unroll
        for (int row = 0; row < 8; ++row)
#pragma unroll
            for (int column = 0; column < 8; ++column)
                sums[8 * row + column] = fmaf(left[row], right[column], sums[8 * row + column]);
    }
    float total = 0;
#pragma unroll
    for (int k = 0; k < kept; ++k) total += static_cast<float>(k + 1) * sums[k];
    out[blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x] = total;
}

/// The same, a sum after the other.
__global__ void by_registers_reference(const float* in, float* out, u32 depth) {
    float total = 0;
    for (u32 k = 0; k < kept; ++k) {
        float sum = 0;
        for (u32 step = 0; step < depth; ++step) {
            const float* from = in + 16 * step * blockDim.x + threadIdx.x;
            sum = fmaf(from[k / 8 * blockDim.x], from[(8 + k % 8) * blockDim.x], sum);
        }
        total += static_cast<float>(k + 1) * sum;
    }
    out[blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x] = total;
}
