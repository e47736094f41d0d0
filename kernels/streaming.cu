// Streaming: every byte is touched once, and next to nothing is computed.
//
// What limits it: device memory, as soon as enough bytes are under way. By Little's law that is bandwidth times
// latency: some 3 TB/s times 0.4 us, 1.2 MB for the whole GPU, 9 KB for each multiprocessor. A thread has `unroll`
// accesses of `vec` words under way at once, and a multiprocessor holds 2,048 threads: with 4 bytes each that is just
// 8 KB, which is why wide accesses and unrolling pay, and why more of both stops paying. A warp always touches one
// unbroken stretch, so no byte is fetched in vain. Blocks are many and short: the GPU hands a new one to whichever
// multiprocessor is free.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }

/// `vec` floats that are read and written by one access.
template <int vec> struct alignas(4 * vec) Pack {
    float at[vec];
};

/// Calls `take(k, i)` for the `unroll` packs of a thread, a block's width apart: pack i of `packs`.
template <int unroll, class Take> static __device__ __forceinline__ void each(u64 packs, Take take) {
    const u64 first = blockIdx.x * static_cast<u64>(blockDim.x) * unroll + threadIdx.x;
#pragma unroll
    for (int k = 0; k < unroll; ++k) {
        const u64 i = first + k * static_cast<u64>(blockDim.x);
        if (i < packs) take(k, i);
    }
}

template <int vec> static __device__ __forceinline__ const Pack<vec>* packs_of(const float* p) {
    return reinterpret_cast<const Pack<vec>*>(p);
}
template <int vec> static __device__ __forceinline__ Pack<vec>* packs_of(float* p) {
    return reinterpret_cast<Pack<vec>*>(p);
}

/// a[i] = f(b[i], c[i]): all of a thread's packs are read before the first is written. `n` is a multiple of `vec`.
template <int vec, int unroll, class F>
static __device__ __forceinline__ void of_two(const float* b, const float* c, float* a, u64 n, F f) {
    Pack<vec> left[unroll], right[unroll];
    each<unroll>(n / vec, [&](int k, u64 i) {
        left[k] = packs_of<vec>(b)[i];
        right[k] = packs_of<vec>(c)[i];
    });
    each<unroll>(n / vec, [&](int k, u64 i) {
        Pack<vec> out;
#pragma unroll
        for (int lane = 0; lane < vec; ++lane) out.at[lane] = f(left[k].at[lane], right[k].at[lane]);
        packs_of<vec>(a)[i] = out;
    });
}

/// a[i] = f(b[i]).
template <int vec, int unroll, class F>
static __device__ __forceinline__ void of_one(const float* b, float* a, u64 n, F f) {
    Pack<vec> held[unroll];
    each<unroll>(n / vec, [&](int k, u64 i) { held[k] = packs_of<vec>(b)[i]; });
    each<unroll>(n / vec, [&](int k, u64 i) {
        Pack<vec> out;
#pragma unroll
        for (int lane = 0; lane < vec; ++lane) out.at[lane] = f(held[k].at[lane]);
        packs_of<vec>(a)[i] = out;
    });
}

/// a[i] = b[i]
template <int vec, int unroll> __global__ void __launch_bounds__(256)
    copy(const float* __restrict__ b, float* __restrict__ a, u64 n) {
    of_one<vec, unroll>(b, a, n, [](float x) { return x; });
}

__global__ void copy_reference(const float* b, float* a, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) a[i] = b[i];
}

/// a[i] = s b[i]
template <int vec, int unroll> __global__ void __launch_bounds__(256)
    scale(const float* __restrict__ b, float* __restrict__ a, float s, u64 n) {
    of_one<vec, unroll>(b, a, n, [=](float x) { return s * x; });
}

__global__ void scale_reference(const float* b, float* a, float s, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) a[i] = s * b[i];
}

/// a[i] = b[i] + c[i]
template <int vec, int unroll> __global__ void __launch_bounds__(256)
    add(const float* __restrict__ b, const float* __restrict__ c, float* __restrict__ a, u64 n) {
    of_two<vec, unroll>(b, c, a, n, [](float x, float y) { return x + y; });
}

__global__ void add_reference(const float* b, const float* c, float* a, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) a[i] = b[i] + c[i];
}

/// a[i] = b[i] + s c[i], rounded once.
template <int vec, int unroll> __global__ void __launch_bounds__(256)
    triad(const float* __restrict__ b, const float* __restrict__ c, float* __restrict__ a, float s, u64 n) {
    of_two<vec, unroll>(b, c, a, n, [=](float x, float y) { return fmaf(s, y, x); });
}

__global__ void triad_reference(const float* b, const float* c, float* a, float s, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) a[i] = fmaf(s, c[i], b[i]);
}

/// Reads: sums[b] is the wrapping sum of the bits of what block b read, its 256 x `vec` x `unroll` words. Words are
/// summed as integers, so that the order changes nothing.
template <int vec, int unroll> __global__ void __launch_bounds__(256)
    read(const float* __restrict__ in, u32* __restrict__ sums, u64 n) {
    __shared__ u32 of_warp[8];
    Pack<vec> held[unroll];
    each<unroll>(n / vec, [&](int k, u64 i) { held[k] = packs_of<vec>(in)[i]; });
    u32 sum = 0;
    each<unroll>(n / vec, [&](int k, u64) {
#pragma unroll
        for (int lane = 0; lane < vec; ++lane) sum += __float_as_uint(held[k].at[lane]);
    });
    for (int step = 16; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x == 0) {
        u32 total = 0;
        for (u32 warp = 0; warp < blockDim.x / 32; ++warp) total += of_warp[warp];
        sums[blockIdx.x] = total;
    }
}

template <int vec, int unroll> __global__ void read_reference(const float* in, u32* sums, u64 n) {
    if (threadIdx.x != 0) return;
    const u64 words = static_cast<u64>(blockDim.x) * vec * unroll, first = blockIdx.x * words;
    u32 sum = 0;
    for (u64 i = first; i < first + words && i < n; ++i) sum += __float_as_uint(in[i]);
    sums[blockIdx.x] = sum;
}

/// Writes: a[i] = i + `base`, wrapping.
template <int vec, int unroll> __global__ void __launch_bounds__(256) write(u32* __restrict__ a, u32 base, u64 n) {
    struct alignas(4 * vec) Words {
        u32 at[vec];
    };
    each<unroll>(n / vec, [&](int, u64 i) {
        Words out;
#pragma unroll
        for (int lane = 0; lane < vec; ++lane) out.at[lane] = static_cast<u32>(vec * i + lane) + base;
        reinterpret_cast<Words*>(a)[i] = out;
    });
}

__global__ void write_reference(u32* a, u32 base, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) a[i] = static_cast<u32>(i) + base;
}
