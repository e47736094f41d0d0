// The kernels of a transformer's block beside its matrix products: softmax, layer norm, RMS norm, GELU, rotary
// embedding, in fp32 and bf16.
//
// What limits it: device memory. Each element is read once and written once; a row is kept in registers between the
// two, so that statistics over it cost no second look. What is computed must fit into the time that bytes take: in
// bf16 twice as many elements go through the same arithmetic, so exponentials are those of the special function unit,
// and GELU is the form by tanh. A block has a row, threads of it 16 bytes an access; several blocks on a
// multiprocessor fill each other's waits at the barrier between reading and writing. A row of a vocabulary is too long
// for registers: softmax reads it twice, and the second time it comes from the L2 cache, as far as the rows of all
// blocks fit there. (Rows of 128,256 bf16 don't on an H100: two blocks on each multiprocessor have 68 MB under way, and
// the cache has 50. So it reaches 63 % of a copy, about what reading twice from memory would.)
//
// Everything is computed in single precision, whatever the elements are. References are plain, a thread a row, in
// double.

using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }

/// A bfloat16: the upper half of a float.
struct bf16 {
    u16 bits;
};

static __device__ float number(float x) { return x; }
static __device__ float number(bf16 x) { return __uint_as_float(static_cast<u32>(x.bits) << 16); }

/// Two floats as bfloat16 in a word, the first in the lower half, rounded to nearest even.
static __device__ u32 rounded(float first, float second) {
#ifdef __WARPMARK_HOST__
    const auto bits = [](float x) {
        const u32 all = __float_as_uint(x);
        return (all + 0x7fff + (all >> 16 & 1)) >> 16;
    };
    return bits(first) | bits(second) << 16;
#else
    u32 both;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
    return both;
#endif
}

static __device__ void put(float* to, double value) { *to = static_cast<float>(value); }
static __device__ void put(bf16* to, double value) {
    to->bits = static_cast<u16>(rounded(static_cast<float>(value), 0.0f) & 0xffff);
}

/// 16 bytes of elements: 4 floats or 8 bfloat16.
template <class T> struct Pack;

template <> struct Pack<float> {
    static constexpr u32 size = 4;
    float at[4];
    __device__ void load(const float* from, u64 pack) {
        const float4 x = reinterpret_cast<const float4*>(from)[pack];
        at[0] = x.x, at[1] = x.y, at[2] = x.z, at[3] = x.w;
    }
    __device__ void store(float* to, u64 pack) const {
        reinterpret_cast<float4*>(to)[pack] = make_float4(at[0], at[1], at[2], at[3]);
    }
};

template <> struct Pack<bf16> {
    static constexpr u32 size = 8;
    float at[8];
    __device__ void load(const bf16* from, u64 pack) {
        const uint4 x = reinterpret_cast<const uint4*>(from)[pack];
        const u32 words[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
        for (u32 k = 0; k < 4; ++k) {
            at[2 * k] = __uint_as_float(words[k] << 16);
            at[2 * k + 1] = __uint_as_float(words[k] & 0xffff0000u);
        }
    }
    __device__ void store(bf16* to, u64 pack) const {
        reinterpret_cast<uint4*>(to)[pack] =
            make_uint4(rounded(at[0], at[1]), rounded(at[2], at[3]), rounded(at[4], at[5]), rounded(at[6], at[7]));
    }
};

constexpr u32 all_lanes = 0xffffffffu;

/// The least float that isn't infinite.
constexpr float lowest = -3.402823466e38f;

/// `join` over all `own` of a block of whole warps, for all its threads.
template <class Join> static __device__ float over_block(float own, Join join) {
    __shared__ float of_warp[32];
    for (int step = 16; step > 0; step /= 2) own = join(own, __shfl_xor_sync(all_lanes, own, step));
    __syncthreads();
    if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = own;
    __syncthreads();
    float all = of_warp[0];
    for (u32 warp = 1; warp < blockDim.x / 32; ++warp) all = join(all, of_warp[warp]);
    return all;
}

static __device__ float block_sum(float own) {
    return over_block(own, [](float a, float b) { return a + b; });
}
static __device__ float block_max(float own) {
    return over_block(own, [](float a, float b) { return fmaxf(a, b); });
}

/// A row in registers: `packs` packs a thread, a block's width apart. A block has exactly as many threads as it takes.
template <class T, int packs> struct Row {
    Pack<T> held[packs];
    __device__ void load(const T* row) {
#pragma unroll
        for (int k = 0; k < packs; ++k) held[k].load(row, k * blockDim.x + threadIdx.x);
    }
    __device__ void store(T* row) const {
#pragma unroll
        for (int k = 0; k < packs; ++k) held[k].store(row, k * blockDim.x + threadIdx.x);
    }
    template <class F> __device__ void each(F f) {
#pragma unroll
        for (int k = 0; k < packs; ++k)
#pragma unroll
            for (u32 i = 0; i < Pack<T>::size; ++i) f(held[k].at[i]);
    }
    /// `f(element, element of other)`.
    template <class F> __device__ void with(const T* other, F f) {
#pragma unroll
        for (int k = 0; k < packs; ++k) {
            Pack<T> beside;
            beside.load(other, k * blockDim.x + threadIdx.x);
#pragma unroll
            for (u32 i = 0; i < Pack<T>::size; ++i) f(held[k].at[i], beside.at[i]);
        }
    }
};

/// Each block a row of `columns`: out = exp(in - max) / sum.
template <class T, int packs> __global__ void __launch_bounds__(1024)
    softmax(const T* __restrict__ in, T* __restrict__ out, u32 columns) {
    const u64 first = blockIdx.x * static_cast<u64>(columns);
    Row<T, packs> row;
    row.load(in + first);
    float largest = lowest, sum = 0;
    row.each([&](float& x) { largest = fmaxf(largest, x); });
    largest = block_max(largest);
    row.each([&](float& x) { sum += x = __expf(x - largest); });
    const float share = 1.0f / block_sum(sum);
    row.each([&](float& x) { x *= share; });
    row.store(out + first);
}

/// A row of any length that packs divide, read twice: the first time for its largest element and the sum, which is put
/// right whenever a larger one comes (Milakov & Gimelshein, "Online normalizer calculation for softmax", 2018).
template <class T> __global__ void __launch_bounds__(1024)
    softmax_long(const T* __restrict__ in, T* __restrict__ out, u32 columns) {
    const u64 first = blockIdx.x * static_cast<u64>(columns);
    const u32 packs = columns / Pack<T>::size;
    float largest = lowest, sum = 0;
#pragma unroll 4
    for (u32 pack = threadIdx.x; pack < packs; pack += blockDim.x) {
        Pack<T> x;
        x.load(in + first, pack);
        float here = x.at[0];
#pragma unroll
        for (u32 i = 1; i < Pack<T>::size; ++i) here = fmaxf(here, x.at[i]);
        if (here > largest) {
            sum *= __expf(largest - here);
            largest = here;
        }
#pragma unroll
        for (u32 i = 0; i < Pack<T>::size; ++i) sum += __expf(x.at[i] - largest);
    }
    const float all = block_max(largest);
    // A thread without elements adds 0 times 0.
    const float share = 1.0f / block_sum(sum * __expf(largest - all));
#pragma unroll 4
    for (u32 pack = threadIdx.x; pack < packs; pack += blockDim.x) {
        Pack<T> x;
        x.load(in + first, pack);
#pragma unroll
        for (u32 i = 0; i < Pack<T>::size; ++i) x.at[i] = __expf(x.at[i] - all) * share;
        x.store(out + first, pack);
    }
}

/// A row a thread. The grid is that of the kernel: a block for each row.
template <class T> __global__ void softmax_reference(const T* in, T* out, u32 columns) {
    const u64 row = thread_of_grid();
    if (row >= gridDim.x) return;
    in += row * columns;
    out += row * columns;
    double largest = number(in[0]), sum = 0;
    for (u32 i = 1; i < columns; ++i) largest = fmax(largest, static_cast<double>(number(in[i])));
    for (u32 i = 0; i < columns; ++i) sum += exp(number(in[i]) - largest);
    for (u32 i = 0; i < columns; ++i) put(out + i, exp(number(in[i]) - largest) / sum);
}

/// Each block a row: out = (in - mean) / sqrt(variance + epsilon) * weight + bias.
template <class T, int packs> __global__ void __launch_bounds__(1024)
    layer_norm(const T* __restrict__ in, const T* __restrict__ weight, const T* __restrict__ bias, T* __restrict__ out,
               u32 columns, float epsilon) {
    const u64 first = blockIdx.x * static_cast<u64>(columns);
    Row<T, packs> row;
    row.load(in + first);
    float sum = 0, squares = 0;
    row.each([&](float& x) { sum += x; });
    const float mean = block_sum(sum) / static_cast<float>(columns);
    row.each([&](float& x) {
        x -= mean;
        squares = fmaf(x, x, squares);
    });
    const float scale = rsqrtf(block_sum(squares) / static_cast<float>(columns) + epsilon);
    row.with(weight, [=](float& x, float w) { x *= scale * w; });
    row.with(bias, [](float& x, float b) { x += b; });
    row.store(out + first);
}

template <class T>
__global__ void layer_norm_reference(const T* in, const T* weight, const T* bias, T* out, u32 columns, float epsilon) {
    const u64 row = thread_of_grid();
    if (row >= gridDim.x) return;
    in += row * columns;
    out += row * columns;
    double sum = 0, squares = 0;
    for (u32 i = 0; i < columns; ++i) sum += number(in[i]);
    const double mean = sum / columns;
    for (u32 i = 0; i < columns; ++i) squares += (number(in[i]) - mean) * (number(in[i]) - mean);
    const double scale = 1.0 / sqrt(squares / columns + epsilon);
    for (u32 i = 0; i < columns; ++i)
        put(out + i, (number(in[i]) - mean) * scale * number(weight[i]) + number(bias[i]));
}

/// Each block a row: out = in / sqrt(mean of squares + epsilon) * weight.
template <class T, int packs> __global__ void __launch_bounds__(1024)
    rms_norm(const T* __restrict__ in, const T* __restrict__ weight, T* __restrict__ out, u32 columns, float epsilon) {
    const u64 first = blockIdx.x * static_cast<u64>(columns);
    Row<T, packs> row;
    row.load(in + first);
    float squares = 0;
    row.each([&](float& x) { squares = fmaf(x, x, squares); });
    const float scale = rsqrtf(block_sum(squares) / static_cast<float>(columns) + epsilon);
    row.with(weight, [=](float& x, float w) { x *= scale * w; });
    row.store(out + first);
}

template <class T>
__global__ void rms_norm_reference(const T* in, const T* weight, T* out, u32 columns, float epsilon) {
    const u64 row = thread_of_grid();
    if (row >= gridDim.x) return;
    in += row * columns;
    out += row * columns;
    double squares = 0;
    for (u32 i = 0; i < columns; ++i) squares += static_cast<double>(number(in[i])) * number(in[i]);
    const double scale = 1.0 / sqrt(squares / columns + epsilon);
    for (u32 i = 0; i < columns; ++i) put(out + i, number(in[i]) * scale * number(weight[i]));
}

/// out = x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the form of GPT-2, by 1 + tanh(u) = 2 / (1 + exp(-2 u)). A
/// thread has `packs` packs, a block's width apart. `n` is a multiple of a pack.
template <class T, int packs> __global__ void __launch_bounds__(256)
    gelu(const T* __restrict__ in, T* __restrict__ out, u64 n) {
    const u64 first = blockIdx.x * static_cast<u64>(blockDim.x) * packs + threadIdx.x;
    Pack<T> held[packs];
#pragma unroll
    for (int k = 0; k < packs; ++k) {
        const u64 pack = first + k * static_cast<u64>(blockDim.x);
        if (pack < n / Pack<T>::size) held[k].load(in, pack);
    }
#pragma unroll
    for (int k = 0; k < packs; ++k) {
        const u64 pack = first + k * static_cast<u64>(blockDim.x);
        if (pack >= n / Pack<T>::size) continue;
#pragma unroll
        for (u32 i = 0; i < Pack<T>::size; ++i) {
            const float x = held[k].at[i];
            // -2 sqrt(2 / pi), and that times 0.044715.
            const float exponent = x * fmaf(x * x, -0.0713548162726f, -1.59576912161f);
            held[k].at[i] = __fdividef(x, 1.0f + __expf(exponent));
        }
        held[k].store(out, pack);
    }
}

template <class T> __global__ void gelu_reference(const T* in, T* out, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) {
        const double x = number(in[i]);
        put(out + i, 0.5 * x * (1.0 + tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))));
    }
}

constexpr u32 head = 128, half_head = head / 2;

/// Turns each pair (x[i], x[i + 64]) of a head of 128 by the angle of its position, whose cosines and sines stand in
/// tables of 64 a position. `in` and `out` are positions x heads x 128. A thread has a pack of each half; blocks lie
/// side by side over all of it.
template <class T> __global__ void __launch_bounds__(256)
    rotary(const T* __restrict__ in, const float* __restrict__ cosines, const float* __restrict__ sines,
           T* __restrict__ out, u32 heads, u64 n) {
    constexpr u32 size = Pack<T>::size, packs = half_head / size;
    const u64 thread = thread_of_grid();
    if (thread >= n / (2 * size)) return;
    const u64 vector = thread / packs, lower = vector * 2 * packs + thread % packs;
    const u64 table = vector / heads * half_head + thread % packs * size;
    Pack<T> left, right;
    left.load(in, lower);
    right.load(in, lower + packs);
#pragma unroll
    for (u32 four = 0; four < size; four += 4) {
        const float4 c = *reinterpret_cast<const float4*>(cosines + table + four);
        const float4 s = *reinterpret_cast<const float4*>(sines + table + four);
        const float cos_of[4] = {c.x, c.y, c.z, c.w}, sin_of[4] = {s.x, s.y, s.z, s.w};
#pragma unroll
        for (u32 i = 0; i < 4; ++i) {
            const float x = left.at[four + i], y = right.at[four + i];
            left.at[four + i] = x * cos_of[i] - y * sin_of[i];
            right.at[four + i] = y * cos_of[i] + x * sin_of[i];
        }
    }
    left.store(out, lower);
    right.store(out, lower + packs);
}

template <class T>
__global__ void rotary_reference(const T* in, const float* cosines, const float* sines, T* out, u32 heads, u64 n) {
    for (u64 i = thread_of_grid(); i < n; i += threads_of_grid()) {
        const u64 position = i / head / heads;
        const u32 at = i % head, pair = at % half_head;
        const double c = cosines[position * half_head + pair], s = sines[position * half_head + pair];
        const double other = number(in[at < half_head ? i + half_head : i - half_head]);
        put(out + i, number(in[i]) * c + (at < half_head ? -other : other) * s);
    }
}
