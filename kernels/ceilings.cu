// What a GPU can do at most, measured: memory, the L2 cache, shared memory, arithmetic, and the cost of a launch.
//
// Each kernel keeps one part of the GPU busy and the others idle. Words are unsigned and sums wrap around, so that the
// order of additions changes nothing and every output can be compared exactly.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }
static __device__ u32 sum_of(uint4 x) { return (x.x + x.y) + (x.z + x.w); }

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

/// Reads `loads` x 16 bytes a thread, all of them under way at once. `words` is a multiple of 4. sums[b] is the
/// sum of what block b read: its 1,024 x `loads` words, as far as there are some.
template <int loads>
__global__ void __launch_bounds__(256) read(const u32* __restrict__ in, u32* __restrict__ sums, u64 words) {
    const u64 first = blockIdx.x * static_cast<u64>(blockDim.x) * loads + threadIdx.x;
    uint4 held[loads];
#pragma unroll
    for (int k = 0; k < loads; ++k) {
        const u64 i = first + k * static_cast<u64>(blockDim.x);
        held[k] = i < words / 4 ? reinterpret_cast<const uint4*>(in)[i] : make_uint4(0, 0, 0, 0);
    }
    u32 sum = 0;
#pragma unroll
    for (int k = 0; k < loads; ++k) sum += sum_of(held[k]);
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// The first thread of a block sums its words.
template <int loads> __global__ void read_reference(const u32* in, u32* sums, u64 words) {
    if (threadIdx.x != 0) return;
    const u64 first = blockIdx.x * 1024ull * loads;
    u32 sum = 0;
    for (u64 i = first; i < first + 1024 * loads && i < words; ++i) sum += in[i];
    sums[blockIdx.x] = sum;
}

/// Writes `loads` x 16 bytes a thread: word i becomes i + `base`.
template <int loads> __global__ void __launch_bounds__(256) write(u32* __restrict__ out, u32 base, u64 words) {
    const u64 first = blockIdx.x * static_cast<u64>(blockDim.x) * loads + threadIdx.x;
#pragma unroll
    for (int k = 0; k < loads; ++k) {
        const u64 i = first + k * static_cast<u64>(blockDim.x);
        const u32 word = static_cast<u32>(4 * i) + base;
        if (i < words / 4) reinterpret_cast<uint4*>(out)[i] = make_uint4(word, word + 1, word + 2, word + 3);
    }
}

__global__ void write_reference(u32* out, u32 base, u64 words) {
    for (u64 i = thread_of_grid(); i < words; i += threads_of_grid()) out[i] = static_cast<u32>(i) + base;
}

/// Copies `loads` x 16 bytes a thread; all are read before the first is written.
template <int loads>
__global__ void __launch_bounds__(256) copy(const u32* __restrict__ in, u32* __restrict__ out, u64 words) {
    const u64 first = blockIdx.x * static_cast<u64>(blockDim.x) * loads + threadIdx.x;
    uint4 held[loads];
#pragma unroll
    for (int k = 0; k < loads; ++k) {
        const u64 i = first + k * static_cast<u64>(blockDim.x);
        if (i < words / 4) held[k] = reinterpret_cast<const uint4*>(in)[i];
    }
#pragma unroll
    for (int k = 0; k < loads; ++k) {
        const u64 i = first + k * static_cast<u64>(blockDim.x);
        if (i < words / 4) reinterpret_cast<uint4*>(out)[i] = held[k];
    }
}

__global__ void copy_reference(const u32* in, u32* out, u64 words) {
    for (u64 i = thread_of_grid(); i < words; i += threads_of_grid()) out[i] = in[i];
}

/// Every block reads a part of `rounds` x 256 x 16 bytes, then the part of the next block, and so on `passes` times,
/// past L1 (`ld.global.cg`): all of it lies in L2 after the first time. There are as many parts as blocks.
__global__ void __launch_bounds__(256)
    l2_read(const u32* __restrict__ in, u32* __restrict__ sums, u32 rounds, u32 passes) {
    const uint4* parts = reinterpret_cast<const uint4*>(in) + threadIdx.x;
    const u32 size = rounds * blockDim.x;
    u32 sum = 0, part = blockIdx.x;
#pragma unroll 8
    for (u32 pass = 0; pass < passes; ++pass) {
        const uint4* own = parts + static_cast<u64>(part) * size;
        for (u32 round = 0; round < rounds; ++round) sum += sum_of(__ldcg(own + round * blockDim.x));
        part = part + 1 == gridDim.x ? 0 : part + 1;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

__global__ void l2_read_reference(const u32* in, u32* sums, u32 rounds, u32 passes) {
    const u64 size = static_cast<u64>(rounds) * blockDim.x * 4;
    u32 sum = 0;
    for (u32 pass = 0; pass < passes; ++pass) {
        const u32* own = in + (blockIdx.x + pass) % gridDim.x * size;
        for (u64 i = threadIdx.x; i < size; i += blockDim.x) sum += own[i];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

constexpr u32 shared_rows = 8;

/// Reads 8 x 16 bytes a thread and pass from 32 KiB of shared memory, a warp 512 bytes side by side, so that no two
/// threads meet in a bank. Rows are turned by a thread a pass, so that no read can be left out. `seed` fills them.
__global__ void __launch_bounds__(256) shared_read(u32* __restrict__ out, u32 seed, u32 passes) {
    __shared__ uint4 rows[shared_rows][256];
    for (u32 row = 0; row < shared_rows; ++row) {
        const u32 word = seed + 4 * (row * 256 + threadIdx.x);
        rows[row][threadIdx.x] = make_uint4(word, word ^ 1, word ^ 2, word ^ 3);
    }
    __syncthreads();
    u32 first = 0, second = 0;
    for (u32 pass = 0; pass < passes; ++pass) {
        const u32 column = (threadIdx.x + pass) % 256;
#pragma unroll
        for (u32 row = 0; row < shared_rows; ++row) {
            const uint4 x = rows[row][column];
            first += x.x + x.y;
            second += x.z + x.w;
        }
    }
    out[thread_of_grid()] = first + second;
}

__global__ void shared_read_reference(u32* out, u32 seed, u32 passes) {
    u32 sum = 0;
    for (u32 pass = 0; pass < passes; ++pass)
        for (u32 row = 0; row < shared_rows; ++row) {
            const u32 word = seed + 4 * (row * 256 + (threadIdx.x + pass) % 256);
            sum += word + (word ^ 1) + (word ^ 2) + (word ^ 3);
        }
    out[thread_of_grid()] = sum;
}

/// 8 chains of multiply-adds a thread, 64 operations a pass, none of which waits for the one before.
template <class Real> static __device__ void chains(Real* out, Real factor, Real term, u32 passes) {
    Real chain[8];
#pragma unroll
    for (int k = 0; k < 8; ++k) chain[k] = static_cast<Real>(threadIdx.x + k);
    for (u32 pass = 0; pass < passes; ++pass) {
#pragma unroll
        for (int step = 0; step < 8; ++step)
#pragma unroll
            for (int k = 0; k < 8; ++k) chain[k] = fma(chain[k], factor, term);
    }
    Real sum = 0;
#pragma unroll
    for (int k = 0; k < 8; ++k) sum += chain[k];
    out[thread_of_grid()] = sum;
}

template <class Real> static __device__ void chains_one_by_one(Real* out, Real factor, Real term, u32 passes) {
    Real sum = 0;
    for (u32 k = 0; k < 8; ++k) {
        Real value = static_cast<Real>(threadIdx.x + k);
        for (u32 step = 0; step < 8 * passes; ++step) value = fma(value, factor, term);
        sum += value;
    }
    out[thread_of_grid()] = sum;
}

__global__ void __launch_bounds__(256) fp32(float* __restrict__ out, float factor, float term, u32 passes) {
    chains(out, factor, term, passes);
}

__global__ void fp32_reference(float* out, float factor, float term, u32 passes) {
    chains_one_by_one(out, factor, term, passes);
}

__global__ void __launch_bounds__(256) fp64(double* __restrict__ out, double factor, double term, u32 passes) {
    chains(out, factor, term, passes);
}

__global__ void fp64_reference(double* out, double factor, double term, u32 passes) {
    chains_one_by_one(out, factor, term, passes);
}

/// Does nothing: what is left of its time is that of a launch and of the timer.
__global__ void empty() {}
