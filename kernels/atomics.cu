// Atomics: additions of many threads to few words, in shared memory and in device memory.
//
// What limits it. Shared memory adds integers in a unit beside its banks: threads of a warp that meet in a word take
// turns, and so do words of one bank. Device memory's atomics are done in the L2 cache: a slice of it adds one word,
// or one sector of a warp's neighbouring words, every few cycles, so throughput grows with the number of different
// sectors until all slices are busy. An addition whose result nobody asks for is sent off and forgotten; one that
// returns the old value is waited for. Where a warp would add to one word, one lane adds the sum of all: one atomic
// operation instead of 32.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }

/// The word that a thread adds to in a step: neighbouring threads add to neighbouring words, `words` (a power of 2) in
/// all.
static __device__ u32 place(u64 thread, u32 step, u32 words) {
    return static_cast<u32>(thread + step * 32ull) & (words - 1);
}

constexpr u32 most_words = 4096;

/// `steps` additions a thread to `words` words of shared memory, 4,096 at most; out[] sums them up over all blocks. With
/// 4,096 words it is this sum, an addition to device memory a word and block, that takes more than half of the time.
__global__ void __launch_bounds__(256) shared_add(u32* __restrict__ out, u32 words, u32 steps) {
    __shared__ u32 own[most_words];
    for (u32 i = threadIdx.x; i < words; i += blockDim.x) own[i] = 0;
    __syncthreads();
    for (u32 step = 0; step < steps; ++step) atomicAdd(&own[place(threadIdx.x, step, words)], step + 1);
    __syncthreads();
    for (u32 i = threadIdx.x; i < words; i += blockDim.x) atomicAdd(&out[i], own[i]);
}

/// What all threads of a grid add to each word: the first thread of the grid goes through them for one block, and all
/// blocks add the same.
__global__ void shared_add_reference(u32* out, u32 words, u32 steps) {
    for (u32 i = thread_of_grid(); i < words; i += gridDim.x * blockDim.x) {
        u32 sum = 0;
        for (u32 thread = 0; thread < blockDim.x; ++thread)
            for (u32 step = 0; step < steps; ++step)
                if (place(thread, step, words) == i) sum += step + 1;
        out[i] += sum * gridDim.x;
    }
}

/// `steps` additions a thread to `words` words of device memory; nobody asks for the old value.
__global__ void __launch_bounds__(256) global_add(u32* __restrict__ out, u32 words, u32 steps) {
    const u64 thread = thread_of_grid();
    for (u32 step = 0; step < steps; ++step) atomicAdd(&out[place(thread, step, words)], step + 1);
}

/// The same with the old value, which decides where to add next: each addition waits for the one before. (It is below
/// 2^31, so that its highest bit is 0.)
__global__ void __launch_bounds__(256) global_add_returning(u32* __restrict__ out, u32 words, u32 steps) {
    const u64 thread = thread_of_grid();
    u32 high = 0;
    for (u32 step = 0; step < steps; ++step)
        high |= atomicAdd(&out[place(thread + high, step, words)], step + 1) >> 31;
}

/// One addition a warp of what its 32 lanes would have added to one word.
__global__ void __launch_bounds__(256) global_add_by_warp(u32* __restrict__ out, u32 words, u32 steps) {
    const u64 warp = thread_of_grid() / 32;
    for (u32 step = 0; step < steps; ++step) {
        u32 sum = step + 1;
        for (int half = 16; half > 0; half /= 2) sum += __shfl_down_sync(0xffffffffu, sum, half);
        if (threadIdx.x % 32 == 0) atomicAdd(&out[place(warp, step, words)], sum);
    }
}

/// The plain sum of the same additions, one thread a word: `every` threads share a place.
static __device__ void plain(u32* out, u32 words, u32 steps, u32 every) {
    const u64 all = gridDim.x * static_cast<u64>(blockDim.x);
    for (u64 i = thread_of_grid(); i < words; i += all)
        for (u32 step = 0; step < steps; ++step) {
            // The first of `all / every` places that adds to word i in this step, then every `words`th one.
            const u64 first = (i - step * 32ull) & (words - 1);
            const u64 places = all / every;
            const u64 adding = first < places ? (places - first + words - 1) / words : 0;
            out[i] += static_cast<u32>(adding) * every * (step + 1);
        }
}

__global__ void global_add_reference(u32* out, u32 words, u32 steps) { plain(out, words, steps, 1); }

__global__ void global_add_by_warp_reference(u32* out, u32 words, u32 steps) { plain(out, words, steps, 32); }
