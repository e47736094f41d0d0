// The throughput of instructions: how many of a kind a multiprocessor starts in a cycle.
//
// What limits it: the units. Each of the four parts of a multiprocessor starts one instruction for a warp a cycle.
// With 32 lanes of fp32 that is 128 multiply-adds a cycle on Hopper, 64 in fp64 and in int32, 128 of two fp16 each,
// and 16 of a special function, whose unit has 4 lanes in each part (the CUDA C++ Programming Guide lists them). Of two
// fp16 each `Fp16x2` reaches half, 63 on an H100: two units share that work (`HFMA2`, `HFMA2.MMA`), and where factor and
// term are constants the compiler takes the first alone. An instruction takes 4 cycles and more until its result can be
// used; each thread therefore has 8 chains that don't wait for each other, and a part has 16 warps.
//
// Three of them have no name in CUDA C++ that stands for the instruction alone, and are written in PTX; the host
// device, which has other instructions, takes the plain form there. Approximations are compared with a tolerance;
// their chains draw numbers together, so that errors don't grow.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }

/// An operation has a `start` for each chain, the instruction that is measured (`step`), the same by other means
/// (`plain`), and what its chain leaves (`end`). `a` and `b` come from the suite, so that the compiler can't work out
/// several steps at once; integers use them.
///
/// x = 0.999 x + 0.5 in single precision: one instruction, two operations.
struct Fp32 {
    using Value = float;
    static __device__ Value start(u32 i) { return static_cast<float>(i); }
    static __device__ Value step(Value x, u32, u32) { return fmaf(x, 0.999f, 0.5f); }
    static __device__ Value plain(Value x, u32, u32) {
        return static_cast<float>(fma(static_cast<double>(x), static_cast<double>(0.999f), 0.5));
    }
    static __device__ float end(Value x) { return x; }
};

/// The same in double precision.
struct Fp64 {
    using Value = double;
    static __device__ Value start(u32 i) { return static_cast<double>(i); }
    static __device__ Value step(Value x, u32, u32) { return fma(x, 0.999, 0.5); }
    static __device__ Value plain(Value x, u32, u32) { return x * 0.999 + 0.5; }
    static __device__ float end(Value x) { return static_cast<float>(x); }
};

/// The same in half precision, two numbers an instruction.
struct Fp16x2 {
    using Value = u32;
    static constexpr u32 factor = 0x3bfe, term = 0x3800;
    static __device__ Value start(u32 i) { return 0x3c003c00u + i % 8 * 0x00400020u; }
    static __device__ Value step(Value x, u32 a, u32 b) {
#ifdef __WARPMARK_HOST__
        return plain(x, a, b);
#else
        asm("fma.rn.f16x2 %0, %0, %1, %2;" : "+r"(x) : "r"(factor * 0x10001u), "r"(term * 0x10001u));
        return x;
#endif
    }
    /// The bits of a half as a number.
    static __device__ double number(u32 bits) {
        const double digits = bits % 1024, exponent = bits / 1024 % 32;
        return exponent == 0 ? digits * exp2(-24.0) : (1024 + digits) * exp2(exponent - 25);
    }
    /// Both numbers by one multiply-add in double precision, which is exact, and one rounding. They are 0.5 to 2,000.
    static __device__ Value plain(Value x, u32, u32) {
        u32 result = 0;
        for (u32 shift = 0; shift < 32; shift += 16) {
            const double value = fma(number(x >> shift & 0xffff), number(factor), number(term));
            const double exponent = floor(log2(value));
            // 11 digits; a carry adds 1 to the exponent, as it should.
            const u32 rounded = static_cast<u32>(rint(value * exp2(10 - exponent)));
            result |= (static_cast<u32>(exponent + 14) * 1024 + rounded) << shift;
        }
        return result;
    }
    static __device__ float end(Value x) { return static_cast<float>(x); }
};

/// x = x a + b of 32-bit integers, wrapping.
struct Int32 {
    using Value = u32;
    static __device__ Value start(u32 i) { return i; }
    static __device__ Value step(Value x, u32 a, u32 b) { return x * a + b; }
    static __device__ Value plain(Value x, u32 a, u32 b) { return static_cast<u32>(static_cast<u64>(x) * a + b); }
    static __device__ float end(Value x) { return static_cast<float>(x >> 8); }
};

/// x = (x + a) ^ b: an addition and a logical operation, two instructions. An H100 starts 123 of them a cycle and
/// multiprocessor, nearly as many as it starts of anything.
struct Logic {
    using Value = u32;
    static __device__ Value start(u32 i) { return i; }
    static __device__ Value step(Value x, u32 a, u32 b) { return (x + a) ^ b; }
    static __device__ Value plain(Value x, u32 a, u32 b) {
        const u32 sum = static_cast<u32>(static_cast<u64>(x) + a);
        return (sum | b) & ~(sum & b);
    }
    static __device__ float end(Value x) { return static_cast<float>(x >> 8); }
};

/// x = 2^-x, which tends to 0.641.
struct Exp2 {
    using Value = float;
    static __device__ Value start(u32 i) { return static_cast<float>(i % 64) * 0.03125f; }
    static __device__ Value step(Value x, u32 a, u32 b) {
#ifdef __WARPMARK_HOST__
        return plain(x, a, b);
#else
        asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(x) : "f"(-x));
        return x;
#endif
    }
    static __device__ Value plain(Value x, u32, u32) { return static_cast<float>(exp2(static_cast<double>(-x))); }
    static __device__ float end(Value x) { return x; }
};

/// x = 1 / sqrt(x), which tends to 1.
struct Rsqrt {
    using Value = float;
    static __device__ Value start(u32 i) { return 0.5f + static_cast<float>(i % 64) * 0.03125f; }
    static __device__ Value step(Value x, u32 a, u32 b) {
#ifdef __WARPMARK_HOST__
        return plain(x, a, b);
#else
        asm("rsqrt.approx.ftz.f32 %0, %0;" : "+f"(x));
        return x;
#endif
    }
    static __device__ Value plain(Value x, u32, u32) { return static_cast<float>(1.0 / sqrt(static_cast<double>(x))); }
    static __device__ float end(Value x) { return x; }
};

constexpr int chains = 8, steps = 8;

/// 8 chains of 8 operations a thread and pass.
template <class Op> __global__ void __launch_bounds__(256)
    throughput(float* __restrict__ out, u32 a, u32 b, u32 passes) {
    typename Op::Value chain[chains];
#pragma unroll
    for (int k = 0; k < chains; ++k) chain[k] = Op::start(threadIdx.x + k);
    for (u32 pass = 0; pass < passes; ++pass) {
#pragma unroll
        for (int step = 0; step < steps; ++step)
#pragma unroll
            for (int k = 0; k < chains; ++k) chain[k] = Op::step(chain[k], a, b);
    }
    float sum = 0;
#pragma unroll
    for (int k = 0; k < chains; ++k) sum += Op::end(chain[k]);
    out[thread_of_grid()] = sum;
}

/// The same, a chain after the other, by other means.
template <class Op> __global__ void throughput_reference(float* out, u32 a, u32 b, u32 passes) {
    float sum = 0;
    for (u32 k = 0; k < chains; ++k) {
        typename Op::Value value = Op::start(threadIdx.x + k);
        for (u32 step = 0; step < steps * passes; ++step) value = Op::plain(value, a, b);
        sum += Op::end(value);
    }
    out[thread_of_grid()] = sum;
}

/// One chain a thread, 64 operations a pass, each waiting for the one before: with one warp, that many latencies.
template <class Op> __global__ void __launch_bounds__(256) latency(float* __restrict__ out, u32 a, u32 b, u32 passes) {
    typename Op::Value value = Op::start(threadIdx.x);
    for (u32 pass = 0; pass < passes; ++pass) {
#pragma unroll
        for (int step = 0; step < chains * steps; ++step) value = Op::step(value, a, b);
    }
    out[thread_of_grid()] = Op::end(value);
}

template <class Op> __global__ void latency_reference(float* out, u32 a, u32 b, u32 passes) {
    typename Op::Value value = Op::start(threadIdx.x);
    for (u32 step = 0; step < chains * steps * passes; ++step) value = Op::plain(value, a, b);
    out[thread_of_grid()] = Op::end(value);
}
