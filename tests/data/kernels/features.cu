// What the host device supports, one part a number: each thread leaves what it saw in its own elements of `out`.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cstdint>
#include <cuda/std/cstdint>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include "features.cuh"

namespace cg = cooperative_groups;

extern __shared__ __align__(16) unsigned char raw[];

__constant__ int primes[8] = {2, 3, 5, 7, 11, 13, 17, 19};
__device__ unsigned visits;

__device__ unsigned thread_in_block() {
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}

__device__ __forceinline__ unsigned thread_in_grid() {
    const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    return block * (blockDim.x * blockDim.y * blockDim.z) + thread_in_block();
}

// 0: three dimensions of grid and block
__device__ void dimensions(unsigned* out) {
    const dim3 g = gridDim;
    out[thread_in_grid()] = blockIdx.z * 1000 + blockIdx.y * 100 + threadIdx.z * 10 + threadIdx.y + g.x * 0;
}

// 1: a sum by shared memory and barriers
__device__ void block_sum(unsigned* out) {
    __shared__ unsigned partial[256];
    const unsigned t = threadIdx.x;
    partial[t] = t + blockIdx.x;
    __syncthreads();
    for (unsigned step = blockDim.x / 2; step > 0; step /= 2) {
        if (t < step) partial[t] += partial[t + step];
        __syncthreads();
    }
    out[thread_in_grid()] = partial[0];
}

// 2: a barrier behind divergent code, and threads that return before it
__device__ void early_return(unsigned* out) {
    __shared__ unsigned seen;
    const unsigned t = threadIdx.x;
    if (t == 0) seen = 0;
    __syncthreads();
    if (t % 3 == 1) {
        out[t] = 7;
        return;
    }
    if (t % 3 == 2)
        atomicAdd(&seen, 1u);
    else
        atomicAdd(&seen, 100u);
    __syncthreads();
    out[t] = seen;
}

// 3: barriers that count
__device__ void counting(unsigned* out) {
    const int t = threadIdx.x;
    const int count = __syncthreads_count(t % 4 == 0);
    const int all = __syncthreads_and(t < 1000);
    const int any = __syncthreads_or(t == 17);
    const int none = __syncthreads_or(t < 0);
    out[t] = count * 1000 + all * 100 + any * 10 + none;
}

// 4: shuffles, of 32 and 64 bits and of narrower widths
__device__ void shuffles(unsigned* out) {
    const unsigned t = threadIdx.x, lane = t % 32;
    const unsigned from = __shfl_sync(0xffffffffu, t, 5);
    const unsigned up = __shfl_up_sync(0xffffffffu, t, 2, 8);
    const unsigned down = __shfl_down_sync(0xffffffffu, t, 3, 16);
    const unsigned other = __shfl_xor_sync(0xffffffffu, t, 1);
    const unsigned long long wide = __shfl_sync(0xffffffffu, (1ull << 40) + t, int(lane) + 1, 4);
    const double real = __shfl_xor_sync(0xffffffffu, t * 0.5, 16);
    unsigned* mine = out + t * 6;
    mine[0] = from;
    mine[1] = up;
    mine[2] = down;
    mine[3] = other;
    mine[4] = unsigned(wide >> 40) * 1000 + unsigned(wide);
    mine[5] = unsigned(real * 2);
}

// 5: votes, matches and reductions, with a part of a warp exited
__device__ void votes(unsigned* out) {
    const unsigned t = threadIdx.x;
    if (t >= 40) return;
    unsigned* mine = out + t * 8;
    mine[0] = __ballot_sync(0xffffffffu, t & 1);
    mine[1] = __any_sync(0xffffffffu, t == 33);
    mine[2] = __all_sync(0xffffffffu, t < 32);
    mine[3] = __match_any_sync(0xffffffffu, t / 8);
    int same;
    mine[4] = __match_all_sync(0xffffffffu, t / 32, &same) + same;
    mine[5] = __reduce_add_sync(0xffffffffu, t);
    mine[6] = unsigned(__reduce_min_sync(0xffffffffu, int(t) - 36));
    mine[7] = __reduce_xor_sync(0xffffffffu, t) + __reduce_max_sync(0xffffffffu, t) * 1000;
    __syncwarp();
}

// 6: operations of a part of a warp, and who is active
__device__ void divergent(unsigned* out) {
    const unsigned t = threadIdx.x;
    unsigned sum = 0, active = 0;
    if (t % 2 == 0) {
        active = __activemask();
        sum = __reduce_add_sync(0x55555555u, t);
    } else {
        active = __activemask();
        sum = __shfl_sync(0xaaaaaaaau, t, 31);
    }
    out[2 * t] = sum;
    out[2 * t + 1] = active;
}

// 7: dynamic shared memory, in a function and outside
template <typename T, int rows> __device__ void dynamic_memory(unsigned* out) {
    extern __shared__ T table[];
    const unsigned t = threadIdx.x;
    table[t] = T(t * rows);
    __syncthreads();
    const T last = table[blockDim.x - 1 - t];
    __syncthreads();
    reinterpret_cast<uint2*>(raw)[t] = make_uint2(t, unsigned(last));
    __syncthreads();
    const uint2 other = reinterpret_cast<const uint2*>(&raw[0])[t ^ 1];
    out[t] = other.x * 1000 + other.y;
}

// 8: atomics
__device__ void atomics(unsigned* out) {
    __shared__ unsigned bins[4];
    __shared__ int lowest, highest;
    __shared__ unsigned long long wide;
    __shared__ float real;
    __shared__ unsigned wrapped, claimed;
    const unsigned t = threadIdx.x;
    if (t == 0) {
        bins[0] = bins[1] = bins[2] = bins[3] = 0;
        lowest = 1000, highest = -1000, wide = 0, real = 0, wrapped = 0, claimed = ~0u;
    }
    __syncthreads();
    atomicAdd(&bins[t % 4], 1u);
    atomicMin(&lowest, int(t) - 5);
    atomicMax_block(&highest, int(t) - 5);
    atomicAdd(&wide, 1ull << 33);
    atomicAdd(&real, 0.5f);
    atomicInc(&wrapped, 9u);
    atomicCAS(&claimed, ~0u, t);
    atomicAdd_system(&visits, 1u);
    __syncthreads();
    if (t == 0) {
        const unsigned found[] = {bins[0], bins[3], unsigned(lowest), unsigned(highest), unsigned(wide >> 33),
                                  unsigned(real), wrapped, claimed < 64, visits};
        for (int i = 0; i < 9; ++i) out[i] = found[i];
        visits = 0;
        out[9] = atomicExch(&wrapped, 3u);
        out[10] = atomicOr(&wrapped, 4u);
        out[11] = atomicSub(&wrapped, 1u);
        out[12] = atomicXor(&wrapped, 2u);
        out[13] = atomicAnd(&wrapped, 5u);
        out[14] = atomicDec(&wrapped, 8u);
    }
}

// 9: vector types
__device__ void vectors(unsigned* out) {
    if (threadIdx.x != 0) return;
    const unsigned found[] = {sizeof(float2),  alignof(float2),  sizeof(float3),    alignof(float3),
                              sizeof(float4),  alignof(float4),  sizeof(double2),   alignof(double2),
                              sizeof(uchar4),  alignof(uchar4),  sizeof(longlong4), alignof(longlong4),
                              sizeof(ushort3), alignof(ushort3), sizeof(half2),     alignof(half2)};
    for (int i = 0; i < 16; ++i) out[i] = found[i];
    const float4 v = make_float4(1, 2, 3, 4);
    const int2 w = make_int2(-1, 5);
    const dim3 d(4);
    out[16] = unsigned(v.x + v.y + v.z + v.w);
    out[17] = unsigned(w.x + w.y);
    out[18] = d.x * 100 + d.y * 10 + d.z;
}

// 10: integer intrinsics
__device__ void integers(unsigned* out) {
    if (threadIdx.x != 0) return;
    const unsigned found[] = {unsigned(__popc(0xf0f0u)),
                              unsigned(__popcll(~0ull)),
                              unsigned(__clz(1)),
                              unsigned(__clz(0)),
                              unsigned(__clzll(1)),
                              unsigned(__ffs(8)),
                              unsigned(__ffs(0)),
                              __brev(1u),
                              unsigned(__brevll(1ull) >> 32),
                              __umulhi(0x80000000u, 6u),
                              unsigned(__mulhi(-1, 2)),
                              __byte_perm(0x33221100u, 0x77665544u, 0x7531u),
                              __funnelshift_l(0x80000000u, 1u, 4),
                              unsigned(__dp4a(0x01020304, 0x01010101, 10)),
                              unsigned(min(-3, 2)),
                              max(7u, 9u),
                              unsigned(__umul64hi(1ull << 63, 4ull)),
                              unsigned(__float_as_int(1.0f)),
                              __float_as_uint(__int_as_float(12345)),
                              unsigned(__double2hiint(1.0)),
                              unsigned(primes[3]),
                              unsigned(__ldg(&primes[4])),
                              unsigned(warpSize),
                              unsigned(__usad(3u, 10u, 1u))};
    for (int i = 0; i < 24; ++i) out[i] = found[i];
}

// 11: real functions, in thousandths
__device__ void reals(unsigned* out) {
    if (threadIdx.x != 0) return;
    const float found[] = {rsqrtf(4.0f),
                           __expf(1.0f),
                           __fmaf_rn(2.0f, 3.0f, 4.0f),
                           fminf(1.0f, 2.0f),
                           max(1.0f, nanf("")),
                           __fdividef(1.0f, 8.0f),
                           sqrtf(2.0f),
                           sinpif(0.5f),
                           __saturatef(3.0f),
                           exp10f(2.0f),
                           float(__float2int_rn(2.5f)),
                           float(__float2int_rd(2.9f)),
                           float(__float2uint_rz(-1.0f)),
                           powf(2.0f, 10.0f),
                           norm3df(1.0f, 2.0f, 2.0f),
                           erff(0.0f) + cbrtf(27.0f)};
    for (int i = 0; i < 16; ++i) out[i] = unsigned(rintf(found[i] * 1000.0f));
}

// 12: half and bfloat16
__device__ void halves(unsigned* out) {
    if (threadIdx.x != 0) return;
    const __half third = __float2half(1.0f / 3.0f);
    const __nv_bfloat16 brain = __float2bfloat16(1.0f / 3.0f);
    const unsigned found[] = {__half_as_ushort(third),
                              __half_as_ushort(__float2half(65520.0f)),
                              __half_as_ushort(__float2half(5.9604645e-8f)),
                              __half_as_ushort(__float2half(2.9e-8f)),
                              __half_as_ushort(third + third),
                              __half_as_ushort(__hfma(third, third, third)),
                              __bfloat16_as_ushort(brain),
                              __bfloat16_as_ushort(brain * brain),
                              __half_as_ushort(half(-2)),
                              unsigned(__half2float(__ushort_as_half(0x0001)) * 16777216.0f),
                              unsigned(__half2float(__hadd2(__float2half2_rn(1.5f), __float2half2_rn(2.0f)).y) * 2),
                              third < half(0.5f)};
    for (int i = 0; i < 12; ++i) out[i] = found[i];
}

// 13: cooperative groups
__device__ void groups(unsigned* out) {
    const cg::thread_block block = cg::this_thread_block();
    const auto warp = cg::tiled_partition<32>(block);
    const auto four = cg::tiled_partition<4>(warp);
    const unsigned t = block.thread_rank();
    unsigned* mine = out + t * 5;
    mine[0] = block.size() * 1000 + warp.thread_rank() * 10 + four.thread_rank();
    mine[1] = cg::reduce(warp, t, cg::plus<unsigned>());
    mine[2] = four.shfl_down(t, 1) + four.ballot(t % 2) * 1000;
    if (t % 5 == 0) {
        const auto some = cg::coalesced_threads();
        mine[3] = some.size() * 1000 + some.thread_rank() * 100 + some.shfl(t, 1);
    } else {
        mine[3] = 0;
    }
    block.sync();
    mine[4] = four.meta_group_rank() + cg::tiled_partition<8>(block).meta_group_rank() * 10;
}

// 14: one thread waits for another of its block, and lets it go on
__device__ void waiting(unsigned* out) {
    __shared__ volatile unsigned turn;
    if (threadIdx.x == 0) turn = 0;
    __syncthreads();
    while (turn != blockDim.x - 1 - threadIdx.x) __nanosleep(10);
    out[threadIdx.x] = turn;
    turn = turn + 1;
    asm volatile("" ::: "memory");
}

// 15: __shared__ in a template with commas, and a header of the user's
template <typename A, typename B> __device__ void pairs(unsigned* out) {
    __shared__ pair<A, B> cells[32];
    const unsigned t = threadIdx.x;
    cells[t] = {A(t), B(t + 0.5)};
    __syncthreads();
    const pair<A, B> other = cells[31 - t];
    out[t] = unsigned(other.first) + unsigned(2 * other.second) * 1000;
    auto twice = [=] __device__(unsigned x) { return 2 * x; };
    out[t] = twice(out[t]);
}

// 16: a large array of each thread's own, and threads that wait on it
__device__ void stacks(unsigned* out) {
    volatile unsigned own[2000];
    for (int i = 0; i < 2000; ++i) own[i] = i + thread_in_block();
    __syncthreads();
    unsigned sum = 0;
    for (int i = 0; i < 2000; ++i) sum += own[i];
    out[thread_in_grid()] = sum;
}

template <typename T, int factor>
__global__ void __launch_bounds__(1024) features(const int part, T* __restrict__ out) {
    static_assert(factor == 3, "the entry's second argument comes from a macro");
    switch (part) {
    case 0: return dimensions(out);
    case 1: return block_sum(out);
    case 2: return early_return(out);
    case 3: return counting(out);
    case 4: return shuffles(out);
    case 5: return votes(out);
    case 6: return divergent(out);
    case 7: return dynamic_memory<float, 2>(out);
    case 8: return atomics(out);
    case 9: return vectors(out);
    case 10: return integers(out);
    case 11: return reals(out);
    case 12: return halves(out);
    case 13: return groups(out);
    case 14: return waiting(out);
    case 15: return pairs<int, double>(out);
    case 16: return stacks(out);
    }
}
