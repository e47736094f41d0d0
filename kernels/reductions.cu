// Reduction, scan, histogram and compaction: many numbers in, few or as many out, each touched once.
//
// What limits it: device memory, if nothing else gets in the way, and each kernel here is about what gets in the way.
// A reduction has to bring the sums of its blocks together: the last block to finish adds them up, in a fixed order,
// so that the result is the same bits in each run. A scan and a compaction have to know what all blocks before have:
// they look back over what those have announced (Merrill & Garland, "Single-pass Parallel Prefix Scan with Decoupled
// Look-back", 2016), so that elements are read once instead of twice. A histogram is limited by atomic additions to
// shared memory, and most of all where its values are spread: an addition of 1 is one instruction that counts all lanes
// of a warp with the same bin at once (`ATOMS.POPC.INC`), but different bins in one bank take turns. Bytes of one value
// go at the speed of memory, random ones take 1.4 times as long on an H100. Each warp has bins of its own, so that warps
// don't wait for each other.
//
// Blocks take their numbers in the order in which they start, so one that looks back only ever waits for blocks that
// run.

using u8 = unsigned char;
using u32 = unsigned int;
using u64 = unsigned long long;

constexpr u32 all_lanes = 0xffffffffu;
constexpr u32 threads = 256, warps = threads / 32;

static __device__ float warp_sum(float value) {
    for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(all_lanes, value, step);
    return value;
}

/// The sum of all `own` of a block, for its first thread.
static __device__ float block_sum(float own) {
    __shared__ float of_warp[warps];
    own = warp_sum(own);
    __syncthreads();
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = own;
    __syncthreads();
    float total = 0;
    if (threadIdx.x == 0)
        for (u32 warp = 0; warp < warps; ++warp) total += of_warp[warp];
    return total;
}

static __device__ float sum_of(float4 x) { return (x.x + x.y) + (x.z + x.w); }

constexpr u32 part = 32768, loads = 8;

/// total[0] = the sum of the `n` (a multiple of 4) floats of `in`. Block b sums part b of 32,768; the block that
/// finishes last sums the parts. `finished` is 0 before and after.
__global__ void __launch_bounds__(threads)
    sum(const float* __restrict__ in, float* __restrict__ parts, float* __restrict__ total, u32* finished, u64 n) {
    __shared__ bool last;
    const float4* from = reinterpret_cast<const float4*>(in);
    const u64 first = blockIdx.x * static_cast<u64>(part / 4);
    float own = 0;
    for (u32 round = 0; round < part / 4; round += threads * loads) {
        float4 held[loads];
#pragma unroll
        for (u32 k = 0; k < loads; ++k) {
            const u64 i = first + round + k * threads + threadIdx.x;
            held[k] = i < n / 4 ? from[i] : make_float4(0, 0, 0, 0);
        }
#pragma unroll
        for (u32 k = 0; k < loads; ++k) own += sum_of(held[k]);
    }
    own = block_sum(own);
    if (threadIdx.x == 0) {
        parts[blockIdx.x] = own;
        __threadfence();
        last = atomicInc(finished, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (!last) return;
    __threadfence();
    own = 0;
    for (u32 i = threadIdx.x; i < gridDim.x; i += threads) own += __ldcg(&parts[i]);
    own = block_sum(own);
    if (threadIdx.x == 0) total[0] = own;
}

/// The same by one block, in double precision.
__global__ void sum_reference(const float* in, float* parts, float* total, u32* finished, u64 n) {
    __shared__ double of_thread[threads];
    double all = 0;
    for (u64 first = 0; first < n; first += part) {
        double own = 0;
        for (u64 i = first + threadIdx.x; i < first + part && i < n; i += threads) own += in[i];
        of_thread[threadIdx.x] = own;
        __syncthreads();
        for (u32 half = threads / 2; half > 0; half /= 2) {
            if (threadIdx.x < half) of_thread[threadIdx.x] += of_thread[threadIdx.x + half];
            __syncthreads();
        }
        if (threadIdx.x == 0) parts[first / part] = static_cast<float>(of_thread[0]);
        all += of_thread[0];
        __syncthreads();
    }
    if (threadIdx.x == 0) {
        total[0] = static_cast<float>(all);
        finished[0] = 0;
    }
}

// What a block announces of itself, in one word of 64 bits that is written at once: a state and a sum of 32 bits.
constexpr u64 sum_of_block = 1ull << 32, sum_up_to_block = 2ull << 32;

/// The number of this block in the order of starting, for all its threads.
static __device__ u32 block_number(u32* started) {
    __shared__ u32 number;
    if (threadIdx.x == 0) number = atomicAdd(started, 1u);
    __syncthreads();
    return number;
}

static __device__ u64 announced(const u64* state) { return *reinterpret_cast<const volatile u64*>(state); }

/// The sum of all blocks before `block`, whose own sum is `own`: announces `own`, adds up what the 32 blocks before
/// have announced, and the 32 before those, until one knows the sum of all before. By the first warp, for its first
/// lane.
static __device__ u32 sum_before(u64* states, u32 block, u32 own) {
    const u32 lane = threadIdx.x;
    if (lane == 0) atomicExch(&states[block], (block == 0 ? sum_up_to_block : sum_of_block) | own);
    u32 before = 0;
    for (long long last = static_cast<long long>(block) - 1; last >= 0; last -= 32) {
        const long long mine = last - lane;
        u64 state = mine < 0 ? sum_up_to_block : announced(&states[mine]);
        while (!__all_sync(all_lanes, state >= sum_of_block)) {
            if (state < sum_of_block) state = announced(&states[mine]);
        }
        const u32 whole = __ballot_sync(all_lanes, state >= sum_up_to_block);
        // Nearer blocks are in lower lanes: count those up to the first that knows all before.
        const u32 nearest = whole == 0 ? 31 : static_cast<u32>(__ffs(static_cast<int>(whole))) - 1;
        u32 value = lane <= nearest ? static_cast<u32>(state) : 0;
        for (int step = 16; step > 0; step /= 2) value += __shfl_down_sync(all_lanes, value, step);
        before += value;
        if (whole != 0) break;
    }
    if (lane == 0 && block != 0) atomicExch(&states[block], sum_up_to_block | (before + own));
    return before;
}

/// Turns `own` of each thread into the sum of the threads before it, and gives the block's sum to all of them.
static __device__ u32 scan_block(u32& own) {
    __shared__ u32 of_warp[warps];
    const u32 lane = threadIdx.x % 32, warp = threadIdx.x / 32, value = own;
    u32 up_to = value;
    for (u32 step = 1; step < 32; step *= 2) {
        const u32 left = __shfl_up_sync(all_lanes, up_to, step);
        if (lane >= step) up_to += left;
    }
    if (lane == 31) of_warp[warp] = up_to;
    __syncthreads();
    u32 before = 0, all = 0;
    for (u32 i = 0; i < warps; ++i) {
        if (i < warp) before += of_warp[i];
        all += of_warp[i];
    }
    own = before + up_to - value;
    return all;
}

constexpr u32 packs = 4, tile = threads * packs * 4;

/// out[i] = in[0] + ... + in[i], wrapping, for `n` words (a multiple of 4). A block has a tile of 4,096 words, which
/// lies in shared memory so that memory sees unbroken stretches and each thread 16 neighbouring words.
__global__ void __launch_bounds__(threads)
    scan(const u32* __restrict__ in, u32* __restrict__ out, u64* states, u32* started, u64 n) {
    __shared__ uint4 held[threads * packs + threads * packs / 8];
    __shared__ u32 before_block;
    const u32 block = block_number(started);
    const u64 first = block * static_cast<u64>(tile / 4);
    // A gap after each 8 packs keeps the reads of neighbouring threads, 4 packs apart, in different banks.
    const auto at = [](u32 i) { return i + i / 8; };
#pragma unroll
    for (u32 k = 0; k < packs; ++k) {
        const u32 i = k * threads + threadIdx.x;
        held[at(i)] = first + i < n / 4 ? reinterpret_cast<const uint4*>(in)[first + i] : make_uint4(0, 0, 0, 0);
    }
    __syncthreads();
    uint4 own[packs];
    u32 sum = 0;
#pragma unroll
    for (u32 k = 0; k < packs; ++k) {
        own[k] = held[at(threadIdx.x * packs + k)];
        sum = own[k].x += sum;
        sum = own[k].y += sum;
        sum = own[k].z += sum;
        sum = own[k].w += sum;
    }
    const u32 all = scan_block(sum);
    if (threadIdx.x < 32) {
        const u32 before = sum_before(states, block, all);
        if (threadIdx.x == 0) before_block = before;
    }
    __syncthreads();
    sum += before_block;
#pragma unroll
    for (u32 k = 0; k < packs; ++k)
        held[at(threadIdx.x * packs + k)] = make_uint4(own[k].x + sum, own[k].y + sum, own[k].z + sum, own[k].w + sum);
    __syncthreads();
#pragma unroll
    for (u32 k = 0; k < packs; ++k) {
        const u32 i = k * threads + threadIdx.x;
        if (first + i < n / 4) reinterpret_cast<uint4*>(out)[first + i] = held[at(i)];
    }
}

/// What all blocks announced in the end, of tiles of 4,096 whose sums are counted by `count(i)` for element i. One
/// block; gives each thread the sum before its elements of the tile, and calls `put(i, sum before i)`.
template <class Count, class Put>
static __device__ void by_one_block(u64* states, u32* started, u64 n, Count count, Put put) {
    __shared__ u32 of_thread[threads];
    u32 before = 0, block = 0;
    for (u64 first = 0; first < n; first += tile, ++block) {
        const u64 mine = first + threadIdx.x * (tile / threads);
        u32 sum = 0;
        for (u64 i = mine; i < mine + tile / threads && i < n; ++i) sum += count(i);
        of_thread[threadIdx.x] = sum;
        __syncthreads();
        u32 at = before, all = 0;
        for (u32 thread = 0; thread < threads; ++thread) {
            if (thread < threadIdx.x) at += of_thread[thread];
            all += of_thread[thread];
        }
        for (u64 i = mine; i < mine + tile / threads && i < n; ++i) {
            put(i, at);
            at += count(i);
        }
        before += all;
        if (threadIdx.x == 0) states[block] = sum_up_to_block | before;
        __syncthreads();
    }
    if (threadIdx.x == 0) started[0] = block;
}

__global__ void scan_reference(const u32* in, u32* out, u64* states, u32* started, u64 n) {
    by_one_block(
        states, started, n, [=](u64 i) { return in[i]; }, [=](u64 i, u32 before) { out[i] = before + in[i]; });
}

/// The words of `in` that are below `limit`, in their order, at the beginning of `out`; count[0] is how many. What
/// lies behind them is left alone. `n` is a multiple of 4.
__global__ void __launch_bounds__(threads)
    compact(const u32* __restrict__ in, u32* __restrict__ out, u64* states, u32* started, u32 limit, u64 n) {
    __shared__ uint4 held[threads * packs + threads * packs / 8];
    __shared__ u32 before_block;
    const u32 block = block_number(started);
    const u64 first = block * static_cast<u64>(tile / 4);
    const auto at = [](u32 i) { return i + i / 8; };
#pragma unroll
    for (u32 k = 0; k < packs; ++k) {
        const u32 i = k * threads + threadIdx.x;
        // What isn't there is no less than the limit.
        held[at(i)] =
            first + i < n / 4 ? reinterpret_cast<const uint4*>(in)[first + i] : make_uint4(limit, limit, limit, limit);
    }
    __syncthreads();
    u32 own[4 * packs], count = 0;
#pragma unroll
    for (u32 k = 0; k < packs; ++k) {
        const uint4 four = held[at(threadIdx.x * packs + k)];
        own[4 * k] = four.x;
        own[4 * k + 1] = four.y;
        own[4 * k + 2] = four.z;
        own[4 * k + 3] = four.w;
    }
#pragma unroll
    for (u32 k = 0; k < 4 * packs; ++k) count += own[k] < limit;
    u32 place = count;
    const u32 all = scan_block(place);
    if (threadIdx.x < 32) {
        const u32 before = sum_before(states, block, all);
        if (threadIdx.x == 0) before_block = before;
    }
    // All have read the tile: its place is free for what is kept.
    u32* taken = reinterpret_cast<u32*>(held);
#pragma unroll
    for (u32 k = 0; k < 4 * packs; ++k)
        if (own[k] < limit) taken[place++] = own[k];
    __syncthreads();
    for (u32 i = threadIdx.x; i < all; i += threads) out[before_block + i] = taken[i];
}

__global__ void compact_reference(const u32* in, u32* out, u64* states, u32* started, u32 limit, u64 n) {
    by_one_block(
        states, started, n, [=](u64 i) { return in[i] < limit ? 1u : 0u; },
        [=](u64 i, u32 before) {
            if (in[i] < limit) out[before] = in[i];
        });
}

constexpr u32 bins = 256, bytes = 16, rounds = 8;

/// Adds the number of bytes of each value among the `n` (a multiple of 16) of `in` to `counts`. Each warp counts in
/// bins of its own; a block has 32 KiB of the input, 16 bytes an access.
__global__ void __launch_bounds__(threads) histogram(const u8* __restrict__ in, u32* __restrict__ counts, u64 n) {
    __shared__ u32 own[warps][bins];
    for (u32 i = threadIdx.x; i < warps * bins; i += threads) own[i / bins][i % bins] = 0;
    __syncthreads();
    u32* mine = own[threadIdx.x / 32];
    const u64 first = blockIdx.x * static_cast<u64>(threads * rounds) + threadIdx.x;
    uint4 held[rounds];
#pragma unroll
    for (u32 k = 0; k < rounds; ++k) {
        const u64 i = first + k * threads;
        if (i < n / bytes) held[k] = reinterpret_cast<const uint4*>(in)[i];
    }
#pragma unroll
    for (u32 k = 0; k < rounds; ++k) {
        if (first + k * threads >= n / bytes) continue;
        const u32 words[4] = {held[k].x, held[k].y, held[k].z, held[k].w};
#pragma unroll
        for (u32 word = 0; word < 4; ++word)
#pragma unroll
            for (u32 shift = 0; shift < 32; shift += 8) atomicAdd(&mine[words[word] >> shift & 0xff], 1u);
    }
    __syncthreads();
    for (u32 bin = threadIdx.x; bin < bins; bin += threads) {
        u32 sum = 0;
        for (u32 warp = 0; warp < warps; ++warp) sum += own[warp][bin];
        if (sum != 0) atomicAdd(&counts[bin], sum);
    }
}

__global__ void histogram_reference(const u8* in, u32* counts, u64 n) {
    const u64 all = gridDim.x * static_cast<u64>(blockDim.x);
    for (u64 i = blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; i < n; i += all)
        atomicAdd(&counts[in[i]], 1u);
}
