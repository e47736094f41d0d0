// Shared memory, L1 and L2: the bandwidth of what lies between the registers and device memory.
//
// What limits it. Shared memory has 32 banks of 4 bytes, and each serves one word a cycle: 128 bytes a cycle and
// multiprocessor, if the 32 threads of a warp ask 32 banks, or the same word. Threads that ask one bank for different
// words take turns; a stride of 2 halves the bandwidth, one of 32 leaves a 32nd of it, and one of 33 loses nothing,
// which is why tiles are padded. Wider accesses ask for more bytes an instruction, not for more bytes a cycle: they
// help where instructions are the limit. L1 is the same memory behind tags. L2 lies across a crossbar that all
// multiprocessors share, so what counts there is the bandwidth of the whole GPU.
//
// Words are unsigned and sums wrap around: every output is compared exactly.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }

/// The sum of all `own` of a block, for its first thread.
static __device__ u32 block_sum(u32 own) {
    __shared__ u32 of_warp[32];
    for (int step = 16; step > 0; step /= 2) own += __shfl_down_sync(0xffffffffu, own, step);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = own;
    __syncthreads();
    u32 total = 0;
    if (threadIdx.x == 0)
        for (u32 warp = 0; warp < blockDim.x / 32; ++warp) total += of_warp[warp];
    return total;
}

constexpr u32 table_words = 8192, reads = 8, part_words = table_words / reads;

/// What word i of the table holds.
static __device__ u32 word_at(u32 i, u32 seed) { return (i ^ seed) * 2654435769u; }

/// Each thread reads 8 times `vec` words a pass from 32 KiB of shared memory. Side by side, threads read at a distance
/// of `stride` packs of `vec` words; each pass begins a pack further, so that no read can be left out. A stride of 0
/// has all threads of a block read the same word.
template <int vec> __global__ void __launch_bounds__(256)
    shared_read(u32* __restrict__ out, u32 seed, u32 stride, u32 passes) {
    struct alignas(4 * vec) Pack {
        u32 at[vec];
    };
    __shared__ Pack table[table_words / vec];
    u32* words = table[0].at;
    for (u32 i = threadIdx.x; i < table_words; i += blockDim.x) words[i] = word_at(i, seed);
    __syncthreads();
    constexpr u32 packs = part_words / vec;
    u32 first = threadIdx.x * stride, sum = 0, other = 0;
    for (u32 pass = 0; pass < passes; ++pass, ++first) {
        const Pack* from = table + first % packs;
#pragma unroll
        for (u32 k = 0; k < reads; ++k) {
            const Pack x = from[k * packs];
#pragma unroll
            for (int lane = 0; lane < vec; ++lane) (k % 2 ? other : sum) += x.at[lane];
        }
    }
    out[thread_of_grid()] = sum + other;
}

template <int vec> __global__ void shared_read_reference(u32* out, u32 seed, u32 stride, u32 passes) {
    u32 sum = 0;
    for (u32 pass = 0; pass < passes; ++pass)
        for (u32 k = 0; k < reads; ++k)
            for (u32 lane = 0; lane < vec; ++lane) {
                const u32 pack = (threadIdx.x * stride + pass) % (part_words / vec) + k * (part_words / vec);
                sum += word_at(pack * vec + lane, seed);
            }
    out[thread_of_grid()] = sum;
}

constexpr u32 l1_packs = 1024;

/// Every block reads its own 16 KiB over and over through L1, 16 bytes a thread and access, a warp 512 bytes side by
/// side. Each pass begins 16 bytes further.
__global__ void __launch_bounds__(256) l1_read(const u32* in, u32* __restrict__ out, u32 passes) {
    const uint4* own = reinterpret_cast<const uint4*>(in) + static_cast<u64>(blockIdx.x) * l1_packs;
    u32 sum = 0, other = 0;
    for (u32 pass = 0; pass < passes; ++pass) {
        const u32 first = threadIdx.x + pass;
#pragma unroll
        for (u32 k = 0; k < 4; ++k) {
            const uint4 x = own[(first + 256 * k) % l1_packs];
            sum += x.x + x.y;
            other += x.z + x.w;
        }
    }
    out[thread_of_grid()] = sum + other;
}

__global__ void l1_read_reference(const u32* in, u32* out, u32 passes) {
    const u32* own = in + static_cast<u64>(blockIdx.x) * l1_packs * 4;
    u32 sum = 0;
    for (u32 pass = 0; pass < passes; ++pass)
        for (u32 k = 0; k < 4; ++k)
            for (u32 lane = 0; lane < 4; ++lane) sum += own[(threadIdx.x + pass + 256 * k) % l1_packs * 4 + lane];
    out[thread_of_grid()] = sum;
}

/// Block b reads `rounds` chunks of 4 KiB past L1, one after another, from chunk b * chunks / blocks on, and around at
/// the end: all blocks together read all of the `chunks` again and again. sums[b] is the sum of its words.
__global__ void __launch_bounds__(256)
    l2_read(const u32* __restrict__ in, u32* __restrict__ sums, u32 chunks, u32 rounds) {
    const uint4* from = reinterpret_cast<const uint4*>(in) + threadIdx.x;
    u32 chunk = static_cast<u32>(static_cast<u64>(blockIdx.x) * chunks / gridDim.x), sum = 0;
#pragma unroll 8
    for (u32 round = 0; round < rounds; ++round) {
        const uint4 x = __ldcg(from + static_cast<u64>(chunk) * 256);
        sum += (x.x + x.y) + (x.z + x.w);
        chunk = chunk + 1 == chunks ? 0 : chunk + 1;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void l2_read_reference(const u32* in, u32* sums, u32 chunks, u32 rounds) {
    const u64 first = static_cast<u64>(blockIdx.x) * chunks / gridDim.x;
    u32 sum = 0;
    for (u32 round = 0; round < rounds; ++round)
        for (u32 word = threadIdx.x; word < 1024; word += blockDim.x)
            sum += in[(first + round) % chunks * 1024 + word];
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}
