// Warp scheduling: latency hidden by other warps, by other instructions of the same warp, and what divergence costs.
//
// What limits it. A part of a multiprocessor (there are four) picks a warp that is ready in each cycle. One warp with
// one chain of multiply-adds is ready every fourth cycle, since the result takes four: a quarter of the throughput.
// Four chains in that warp bring it to five sixths on an H100, four warps with one chain each only to half: they start
// one in two cycles. Both together reach nine tenths. A load from memory takes hundreds of cycles, so it takes many more
// loads under way, again by warps or by independent loads of each: bandwidth is bytes under way divided by latency,
// whoever has them under way.
//
// Lanes of a warp that take different branches run one after another: `ways` branches take `ways` times as long,
// though the work is the same. Warps that differ from each other cost nothing.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }

constexpr u32 batch = 16;

/// `chains` chains of `steps` multiply-adds a thread, `steps` a multiple of 16: how many warps it takes says the
/// suite.
template <int chains> __global__ void __launch_bounds__(1024)
    arithmetic(float* __restrict__ out, float factor, float term, u32 steps) {
    float value[chains];
#pragma unroll
    for (int k = 0; k < chains; ++k) value[k] = static_cast<float>(threadIdx.x + k);
    for (u32 step = 0; step < steps; step += batch) {
#pragma unroll
        for (u32 i = 0; i < batch; ++i)
#pragma unroll
            for (int k = 0; k < chains; ++k) value[k] = fmaf(value[k], factor, term);
    }
    float sum = 0;
#pragma unroll
    for (int k = 0; k < chains; ++k) sum += value[k];
    out[thread_of_grid()] = sum;
}

template <int chains> __global__ void arithmetic_reference(float* out, float factor, float term, u32 steps) {
    float sum = 0;
    for (u32 k = 0; k < chains; ++k) {
        float value = static_cast<float>(threadIdx.x + k);
        for (u32 step = 0; step < steps; ++step) value = fmaf(value, factor, term);
        sum += value;
    }
    out[thread_of_grid()] = sum;
}

/// Reads all of the `packs` packs of 16 bytes, the whole grid side by side, `loads` under way in each thread. out[t]
/// is the wrapping sum of the words that thread t read.
template <int loads> __global__ void __launch_bounds__(1024)
    memory(const u32* __restrict__ in, u32* __restrict__ out, u64 packs) {
    const uint4* from = reinterpret_cast<const uint4*>(in);
    const u64 threads = threads_of_grid();
    u32 sum = 0;
    for (u64 first = thread_of_grid(); first < packs; first += threads * loads) {
        uint4 held[loads];
#pragma unroll
        for (int k = 0; k < loads; ++k) {
            const u64 i = first + k * threads;
            held[k] = i < packs ? from[i] : make_uint4(0, 0, 0, 0);
        }
#pragma unroll
        for (int k = 0; k < loads; ++k) sum += (held[k].x + held[k].y) + (held[k].z + held[k].w);
    }
    out[thread_of_grid()] = sum;
}

__global__ void memory_reference(const u32* in, u32* out, u64 packs) {
    u32 sum = 0;
    for (u64 i = thread_of_grid(); i < packs; i += threads_of_grid())
        for (u64 word = 4 * i; word < 4 * i + 4; ++word) sum += in[word];
    out[thread_of_grid()] = sum;
}

/// The factor of a branch: each has its own, so that the compiler can't make one of two.
static __device__ float factor_of(u32 branch) { return 0.999f - 0.001f * static_cast<float>(branch); }

/// A chain of `steps` multiply-adds a thread, `steps` a multiple of 16. Lane l takes branch l % `ways`: a warp goes
/// through `ways` branches, one after another.
__global__ void __launch_bounds__(256) diverging_lanes(float* __restrict__ out, u32 ways, u32 steps) {
    float value = static_cast<float>(threadIdx.x);
    for (u32 branch = 0; branch < ways; ++branch)
        if (threadIdx.x % 32 % ways == branch) {
            const float factor = factor_of(branch);
            for (u32 step = 0; step < steps; step += batch) {
#pragma unroll
                for (u32 i = 0; i < batch; ++i) value = fmaf(value, factor, 0.5f);
            }
        }
    out[thread_of_grid()] = value;
}

__global__ void diverging_lanes_reference(float* out, u32 ways, u32 steps) {
    float value = static_cast<float>(threadIdx.x);
    const float factor = factor_of(threadIdx.x % 32 % ways);
    for (u32 step = 0; step < steps; ++step) value = fmaf(value, factor, 0.5f);
    out[thread_of_grid()] = value;
}

/// The same work, but warp w of the block takes branch w % `ways` as a whole.
__global__ void __launch_bounds__(256) diverging_warps(float* __restrict__ out, u32 ways, u32 steps) {
    float value = static_cast<float>(threadIdx.x);
    for (u32 branch = 0; branch < ways; ++branch)
        if (threadIdx.x / 32 % ways == branch) {
            const float factor = factor_of(branch);
            for (u32 step = 0; step < steps; step += batch) {
#pragma unroll
                for (u32 i = 0; i < batch; ++i) value = fmaf(value, factor, 0.5f);
            }
        }
    out[thread_of_grid()] = value;
}

__global__ void diverging_warps_reference(float* out, u32 ways, u32 steps) {
    float value = static_cast<float>(threadIdx.x);
    const float factor = factor_of(threadIdx.x / 32 % ways);
    for (u32 step = 0; step < steps; ++step) value = fmaf(value, factor, 0.5f);
    out[thread_of_grid()] = value;
}
