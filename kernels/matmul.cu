// Matrix products: C = A B', with A of m x k and B of n x k elements, both stored row after row, so that k runs in
// memory in both (as the weights of a linear layer lie). C has m x n elements. Sums are kept in fp32.
//
// From plain to fast: fp32 by CUDA cores; tf32, fp16 and bf16 by `mma.sync` (sm_80 and newer), where each warp loads its
// fragments into registers; bf16 and fp8 by `wgmma` (sm_90a), where four warps multiply out of shared memory, which the
// TMA unit fills. What limits each is said above it. None masks edges: m, n and k are multiples of the tiles, and what
// lies behind is left out.

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;

// The types of elements, as kernels name them.
struct Fp32 { using Input = float; using Output = float; };
struct Tf32 { using Input = float; using Output = float; };
struct Fp16 { using Input = u16; using Output = u16; };
struct Bf16 { using Input = u16; using Output = u16; };
struct Fp8 { using Input = u8; using Output = u16; }; // e4m3 in, bf16 out

/// Two floats rounded to two bf16, `low` in the lower half.
inline __device__ u32 bf16_pair(float low, float high) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

inline __device__ u32 fp16_pair(float low, float high) {
    u32 pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

inline __device__ float value(Fp32, float x) { return x; }
/// The tensor cores look at the upper 19 bits of a tf32 operand.
inline __device__ float value(Tf32, float x) { return __uint_as_float(__float_as_uint(x) & 0xffffe000u); }
inline __device__ float value(Bf16, u16 x) { return __uint_as_float(static_cast<u32>(x) << 16); }
inline __device__ float value(Fp16, u16 x) {
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x));
    return wide;
}
/// e4m3: a sign, four bits of exponent (bias 7), three of mantissa.
inline __device__ float value(Fp8, u8 x) {
    const int exponent = x >> 3 & 15, mantissa = x & 7;
    const float size = exponent == 0 ? mantissa * 0x1p-9f : ldexpf(8 + mantissa, exponent - 10);
    return x & 0x80 ? -size : size;
}

inline __device__ float rounded(Fp32, float x) { return x; }
inline __device__ float rounded(Tf32, float x) { return x; }
inline __device__ u16 rounded(Fp16, float x) { return static_cast<u16>(fp16_pair(x, 0)); }
inline __device__ u16 rounded(Bf16, float x) { return static_cast<u16>(bf16_pair(x, 0)); }
inline __device__ u16 rounded(Fp8, float x) { return static_cast<u16>(bf16_pair(x, 0)); }

/// A block of 16 x 16 threads computes 16 x 16 elements, a thread one. m, n and k are multiples of 16.
template <class Type>
inline __device__ void plain_product(const typename Type::Input* a, const typename Type::Input* b,
                                     typename Type::Output* c, u32 n, u32 k) {
    __shared__ float a_tile[16][17], b_tile[16][17];
    const u32 x = threadIdx.x % 16, y = threadIdx.x / 16;
    const u32 tiles = n / 16;
    const u64 row = blockIdx.x / tiles * 16, column = blockIdx.x % tiles * 16;
    float sum = 0;
    for (u32 first = 0; first < k; first += 16) {
        a_tile[y][x] = value(Type(), a[(row + y) * k + first + x]);
        b_tile[y][x] = value(Type(), b[(column + y) * k + first + x]);
        __syncthreads();
        for (u32 i = 0; i < 16; ++i) sum += a_tile[y][i] * b_tile[x][i];
        __syncthreads();
    }
    c[(row + y) * n + column + x] = rounded(Type(), sum);
}

/// The plain product, by m * n / 256 blocks.
template <class Type>
__global__ void __launch_bounds__(256)
    matmul_reference(const typename Type::Input* a, const typename Type::Input* b, typename Type::Output* c, u32 m, u32 n,
                     u32 k) {
    plain_product<Type>(a, b, c, n, k);
}

/// `CUtensorMap`: what the TMA unit must know of a matrix.
struct alignas(64) TensorMap { u64 words[16]; };

/// The plain product for kernels whose operands come by tensor maps: it reads the buffers behind them.
template <class Type>
__global__ void __launch_bounds__(256)
    matmul_tma_reference(const typename Type::Input* a, const typename Type::Input* b, typename Type::Output* c,
                         const __grid_constant__ TensorMap, const __grid_constant__ TensorMap, u32 m, u32 n, u32 k) {
    plain_product<Type>(a, b, c, n, k);
}

/// A tile of C.
struct Tile { u32 row, column; };

/// Tile number `index` of `rows` x `columns`, in stripes of `most` rows: tiles that are worked on at the same time share
/// their operands in L2.
template <u32 most = 8> inline __device__ Tile tile_of(u32 index, u32 rows, u32 columns) {
    const u32 stripe = index / (most * columns), within = index % (most * columns);
    const u32 high = min(most, rows - stripe * most);
    return {stripe * most + within % high, within / high};
}

// ---- fp32 by CUDA cores ----------------------------------------------------------------------------------------------
//
// Limited by the issue of multiply-adds. A block of 256 threads computes 128 x 128, a thread 8 x 8 as four squares of
// 4 x 4: for each k it reads 16 floats from shared memory and does 64 multiply-adds. Operands lie transposed in shared
// memory, so that both reads are 16 bytes wide; the next 16 columns wait in registers while this tile is multiplied.

inline constexpr u32 simt_depth = 16, simt_pitch = 132;

/// Loads 128 rows x 16 columns into registers: a thread takes two pieces of 4 columns of a row.
inline __device__ void simt_load(const float* from, u32 k, float4 (&held)[2]) {
    const u32 row = threadIdx.x / 2, column = threadIdx.x % 2 * 4;
    held[0] = *reinterpret_cast<const float4*>(from + static_cast<u64>(row) * k + column);
    held[1] = *reinterpret_cast<const float4*>(from + static_cast<u64>(row) * k + column + 8);
}

inline __device__ void simt_store(float (*tile)[simt_pitch], const float4 (&held)[2]) {
    const u32 row = threadIdx.x / 2, column = threadIdx.x % 2 * 4;
#pragma unroll
    for (u32 half = 0; half < 2; ++half) {
        tile[column + half * 8][row] = held[half].x;
        tile[column + half * 8 + 1][row] = held[half].y;
        tile[column + half * 8 + 2][row] = held[half].z;
        tile[column + half * 8 + 3][row] = held[half].w;
    }
}

template <class Type>
__global__ void __launch_bounds__(256, 2)
    matmul_simt(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c, u32 m, u32 n, u32 k) {
    __shared__ __align__(16) float a_tile[2][simt_depth][simt_pitch], b_tile[2][simt_depth][simt_pitch];
    const Tile tile = tile_of(blockIdx.x, m / 128, n / 128);
    const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    // 2 x 4 warps of 64 x 32; 8 x 4 lanes, whose squares lie 32 rows and 16 columns apart.
    const u32 row = warp / 4 * 64 + lane / 4 * 4, column = warp % 4 * 32 + lane % 4 * 4;
    a += static_cast<u64>(tile.row) * 128 * k;
    b += static_cast<u64>(tile.column) * 128 * k;
    float sum[8][8] = {};
    float4 a_next[2], b_next[2];
    simt_load(a, k, a_next);
    simt_load(b, k, b_next);
    simt_store(a_tile[0], a_next);
    simt_store(b_tile[0], b_next);
    __syncthreads();
    u32 now = 0;
    for (u32 first = 0; first < k; first += simt_depth) {
        const bool more = first + simt_depth < k;
        if (more) {
            simt_load(a + first + simt_depth, k, a_next);
            simt_load(b + first + simt_depth, k, b_next);
        }
#pragma unroll
        for (u32 step = 0; step < simt_depth; ++step) {
            float x[8], y[8];
            *reinterpret_cast<float4*>(x) = *reinterpret_cast<const float4*>(&a_tile[now][step][row]);
            *reinterpret_cast<float4*>(x + 4) = *reinterpret_cast<const float4*>(&a_tile[now][step][row + 32]);
            *reinterpret_cast<float4*>(y) = *reinterpret_cast<const float4*>(&b_tile[now][step][column]);
            *reinterpret_cast<float4*>(y + 4) = *reinterpret_cast<const float4*>(&b_tile[now][step][column + 16]);
#pragma unroll
            for (u32 i = 0; i < 8; ++i)
#pragma unroll
                for (u32 j = 0; j < 8; ++j) sum[i][j] = fmaf(x[i], y[j], sum[i][j]);
        }
        if (more) {
            simt_store(a_tile[now ^ 1], a_next);
            simt_store(b_tile[now ^ 1], b_next);
            __syncthreads();
            now ^= 1;
        }
    }
    c += (static_cast<u64>(tile.row) * 128 + row) * n + tile.column * 128 + column;
#pragma unroll
    for (u32 i = 0; i < 8; ++i)
#pragma unroll
        for (u32 half = 0; half < 2; ++half)
            *reinterpret_cast<float4*>(c + static_cast<u64>(i / 4 * 32 + i % 4) * n + half * 16) =
                make_float4(sum[i][half * 4], sum[i][half * 4 + 1], sum[i][half * 4 + 2], sum[i][half * 4 + 3]);
}

// ---- tf32, fp16 and bf16 by mma.sync ---------------------------------------------------------------------------------
//
// Limited by the tensor cores as `mma.sync` reaches them, on Hopper about 60 % of what `wgmma` does, and nearly as much by
// shared memory: for each 32 bytes of k a warp reads 4 KiB of fragments for 32 products. So a warp takes 64 x 64, the
// most whose sums fit in registers beside two sets of fragments: while one is multiplied, `ldmatrix` loads the next, also
// across stages. Tiles are 128 bytes of k deep (64 fp16 or 32 tf32) and wait in stages that `cp.async` fills, a third of
// one in each of the first three steps. The 16-byte pieces of a row are exchanged by the row's number, so that the 8 rows
// that `ldmatrix` reads at once lie in different banks. A fragment of tf32 has the bytes of one of fp16, so loads are the
// same for both.

inline __device__ u32 shared_address(const void* at) { return static_cast<u32>(__cvta_generic_to_shared(at)); }

/// Where the 16-byte piece `piece` of row `row` of a tile lies.
inline __device__ u32 exchanged(u32 row, u32 piece) { return row * 128 + ((piece ^ (row & 7)) << 4); }

inline __device__ void copy_async(u32 to, const void* from) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to), "l"(from) : "memory");
}

inline __device__ void load_matrices(u32 (&to)[4], u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}

#define MMA(instruction)                                                                                              \
    asm volatile("mma.sync.aligned." instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"   \
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])                                                     \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))
inline __device__ void mma(Tf32, float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    MMA("m16n8k8.row.col.f32.tf32.tf32.f32");
}
inline __device__ void mma(Fp16, float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    MMA("m16n8k16.row.col.f32.f16.f16.f32");
}
inline __device__ void mma(Bf16, float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    MMA("m16n8k16.row.col.f32.bf16.bf16.f32");
}

inline __device__ void put_pair(Tf32, float* at, float x, float y) {
    *reinterpret_cast<float2*>(at) = make_float2(x, y);
}
inline __device__ void put_pair(Fp16, u16* at, float x, float y) { *reinterpret_cast<u32*>(at) = fp16_pair(x, y); }
inline __device__ void put_pair(Bf16, u16* at, float x, float y) { *reinterpret_cast<u32*>(at) = bf16_pair(x, y); }

/// A block's tiles, 64 x 64 elements a warp, and how a thread finds its part of them.
template <u32 rows, u32 columns, u32 stages_> struct MmaTiles {
    static constexpr u32 stages = stages_, warps = rows * columns / 4096, threads = 32 * warps;
    static constexpr u32 a_bytes = rows * 128, stage_bytes = (rows + columns) * 128;
    /// Rows that the block copies at once, 8 threads each; rounds of that for a stage, and for a third of it.
    static constexpr u32 at_once = threads / 8, rounds = (rows + columns) / at_once, third = (rounds + 2) / 3;
    const char *a, *b; // the thread's first piece
    u64 skip;          // bytes from a round's row to the next's
    u32 to, a_part, b_part;

    __device__ MmaTiles(u32 base, const void* a_from, const void* b_from, u64 pitch) {
        const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
        const u64 own = threadIdx.x / 8 * pitch + threadIdx.x % 8 * 16;
        a = static_cast<const char*>(a_from) + own;
        b = static_cast<const char*>(b_from) + own;
        skip = at_once * pitch;
        to = base + exchanged(threadIdx.x / 8, threadIdx.x % 8);
        a_part = base + exchanged(warp / (columns / 64) * 64 + lane % 16, lane / 16);
        b_part = base + a_bytes + exchanged(warp % (columns / 64) * 64 + lane / 16 * 8 + lane % 8, lane / 8 % 2);
    }

    /// Starts the copy of a third of stage `number`.
    __device__ void fetch(u32 number, u32 part) const {
        const u32 stage = to + number % stages * stage_bytes;
        const char *a_from = a + number * 128ull, *b_from = b + number * 128ull;
#pragma unroll
        for (u32 round = part * third; round < min(part * third + third, rounds); ++round) {
            const bool left = round < rows / at_once;
            const char* from = left ? a_from + round * skip : b_from + (round - rows / at_once) * skip;
            copy_async(stage + round * at_once * 128, from);
        }
    }

    /// Loads the fragments of a step, 32 bytes of k, of the stage `offset` bytes from the first.
    __device__ void load(u32 (&x)[4][4], u32 (&y)[4][4], u32 offset, u32 step) const {
#pragma unroll
        for (u32 i = 0; i < 4; ++i) load_matrices(x[i], ((a_part + offset) ^ step * 32) + i * 16 * 128);
#pragma unroll
        for (u32 j = 0; j < 4; ++j) load_matrices(y[j], ((b_part + offset) ^ step * 32) + j * 16 * 128);
    }
};

/// Adds the products of a step. Every other row goes from right to left: neighbours share an operand.
template <class Type>
inline __device__ void mma_step(float (&sum)[4][8][4], const u32 (&x)[4][4], const u32 (&y)[4][4]) {
#pragma unroll
    for (u32 i = 0; i < 4; ++i)
#pragma unroll
        for (u32 other = 0; other < 8; ++other) {
            const u32 j = i % 2 ? 7 - other : other;
            mma(Type(), sum[i][j], x[i], y[j / 2][j % 2 * 2], y[j / 2][j % 2 * 2 + 1]);
        }
}

inline __device__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <u32 pending> inline __device__ void wait_for_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

/// Writes a warp's 64 x 64 sums from `c` on.
template <class Type>
inline __device__ void mma_store(const float (&sum)[4][8][4], typename Type::Output* c, u32 n) {
    const u32 lane = threadIdx.x % 32;
    c += static_cast<u64>(lane / 4) * n + lane % 4 * 2;
#pragma unroll
    for (u32 i = 0; i < 4; ++i)
#pragma unroll
        for (u32 j = 0; j < 8; ++j) {
            put_pair(Type(), c + i * 16ull * n + j * 8, sum[i][j][0], sum[i][j][1]);
            put_pair(Type(), c + (i * 16ull + 8) * n + j * 8, sum[i][j][2], sum[i][j][3]);
        }
}

/// Dynamic shared memory: stages * (rows + columns) * 128 bytes; rows * columns / 128 threads.
template <class Type, u32 rows = 128, u32 columns = 256, u32 stages = 4, u32 stripe = 16>
__global__ void __launch_bounds__(rows* columns / 128, 32768 / (rows * columns))
    matmul_mma(const typename Type::Input* __restrict__ a, const typename Type::Input* __restrict__ b,
               typename Type::Output* __restrict__ c, u32 m, u32 n, u32 k) {
    extern __shared__ __align__(128) char shared[];
    using Tiles = MmaTiles<rows, columns, stages>;
    const Tile tile = tile_of<stripe>(blockIdx.x, m / rows, n / columns);
    const u32 row = tile.row * rows, column = tile.column * columns;
    const u64 pitch = k * sizeof(typename Type::Input);
    const Tiles tiles(shared_address(shared), a + static_cast<u64>(row) * k, b + static_cast<u64>(column) * k, pitch);
    const u32 count = static_cast<u32>(pitch / 128);
#pragma unroll
    for (u32 number = 0; number < stages - 1; ++number) {
        for (u32 part = 0; part < 3 && number < count; ++part) tiles.fetch(number, part);
        commit_copies();
    }
    wait_for_copies<stages - 2>();
    __syncthreads();
    float sum[4][8][4] = {};
    u32 x[2][4][4], y[2][4][4], offset = 0;
    tiles.load(x[0], y[0], 0, 0);
    for (u32 number = 0; number < count; ++number) {
#pragma unroll
        for (u32 step = 0; step < 4; ++step) {
            if (step < 3) {
                tiles.load(x[(step + 1) % 2], y[(step + 1) % 2], offset, step + 1);
                if (number + stages - 1 < count) tiles.fetch(number + stages - 1, step);
                if (step == 2) commit_copies();
            } else {
                // Behind this barrier the next stage has come for all, and nobody reads this one any more. Behind the
                // last stage are loads of what is never multiplied.
                wait_for_copies<stages - 2>();
                __syncthreads();
                offset = offset == (stages - 1) * Tiles::stage_bytes ? 0 : offset + Tiles::stage_bytes;
                tiles.load(x[0], y[0], offset, 0);
            }
            mma_step<Type>(sum, x[step % 2], y[step % 2]);
        }
    }
    const u32 warp = threadIdx.x / 32;
    const u64 first = row + warp / (columns / 64) * 64;
    mma_store<Type>(sum, c + first * n + column + warp % (columns / 64) * 64, n);
}

// ---- bf16 and fp8 by wgmma and TMA -----------------------------------------------------------------------------------
//
// Limited by the tensor cores, then by power. A block stays on its multiprocessor and takes one tile of 128 x 256 after
// another. One thread of the first warpgroup has the TMA unit fill 4 stages of 128 bytes of k; the two other warpgroups
// multiply 64 x 256 each out of them, and write their results while the next tile is on its way. `full` and `empty`
// barriers hand stages over. Registers go from the first warpgroup to the two that hold sums.
//
// fp8 pays with precision: between two steps a sum of e4m3 products keeps about 13 bits, and the rest is cut off, towards
// zero. Where signs are mixed that is noise. Where all products are positive, as behind a ReLU, a long sum loses a little
// in each step and never gets it back: 8,192 products of 0.44 on average gave 3,104 for 3,632. Who needs more adds what a
// few steps make to a second set of sums in fp32.

inline constexpr u32 wgmma_rows = 128, wgmma_columns = 256, wgmma_stages = 4;
inline constexpr u32 wgmma_a_bytes = wgmma_rows * 128, wgmma_stage_bytes = (wgmma_rows + wgmma_columns) * 128;

inline __device__ void barrier_init(u32 barrier, u32 count) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(count) : "memory");
}
inline __device__ void barrier_arrive(u32 barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
inline __device__ void barrier_expect(u32 barrier, u32 bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
/// Waits until the phase of this parity is complete.
inline __device__ void barrier_wait(u32 barrier, u32 parity) {
    asm volatile(
        "{\n.reg .pred done;\n"
        "again: mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n"
        "@!done bra again;\n}" ::"r"(barrier), "r"(parity)
        : "memory");
}

/// Has the TMA unit copy a box to shared memory: from element `x` of k on, row `y` on.
inline __device__ void tma_load(u32 to, const TensorMap* map, u32 x, u32 y, u32 barrier) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
        "[%0], [%1, {%2, %3}], [%4];" ::"r"(to),
        "l"(map), "r"(x), "r"(y), "r"(barrier)
        : "memory");
}

/// How wgmma finds a tile in shared memory: its address, 1,024 bytes from 8 rows to the next 8, and exchanged pieces as
/// the TMA unit writes them with a swizzle of 128 bytes. All but the address are constants.
inline __device__ u64 matrix_at(u32 address) {
    return (address & 0x3ffff) >> 4 | 1ull << 16 | static_cast<u64>(1024 >> 4) << 32 | 1ull << 62;
}

#define WGMMA_SUMS(i)                                                                                                  \
    "+f"(sum[i]), "+f"(sum[i + 1]), "+f"(sum[i + 2]), "+f"(sum[i + 3]), "+f"(sum[i + 4]), "+f"(sum[i + 5]),            \
        "+f"(sum[i + 6]), "+f"(sum[i + 7])
#define WGMMA(instruction, transposed)                                                                                 \
    asm volatile(                                                                                                      \
        "{\n.reg .pred on;\nsetp.ne.b32 on, %130, 0;\nwgmma.mma_async.sync.aligned." instruction " "                 \
        "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "                                      \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "                             \
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "                             \
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "                             \
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "                             \
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "                             \
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "                 \
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "            \
        "%128, %129, on, 1, 1" transposed ";\n}"                                                                      \
        : WGMMA_SUMS(0), WGMMA_SUMS(8), WGMMA_SUMS(16), WGMMA_SUMS(24),                                                \
            WGMMA_SUMS(32), WGMMA_SUMS(40), WGMMA_SUMS(48), WGMMA_SUMS(56),                                            \
            WGMMA_SUMS(64), WGMMA_SUMS(72), WGMMA_SUMS(80), WGMMA_SUMS(88),                                            \
            WGMMA_SUMS(96), WGMMA_SUMS(104), WGMMA_SUMS(112), WGMMA_SUMS(120)                                          \
        : "l"(a), "l"(b), "r"(add))

/// `sum` = A B', or `sum` + A B' where `add` isn't 0, for 64 x 256 elements and 32 bytes of k.
inline __device__ void wgmma(Bf16, float (&sum)[128], u64 a, u64 b, int add) {
    WGMMA("m64n256k16.f32.bf16.bf16", ", 0, 0");
}
inline __device__ void wgmma(Fp8, float (&sum)[128], u64 a, u64 b, int add) {
    WGMMA("m64n256k32.f32.e4m3.e4m3", "");
}

inline __device__ void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
inline __device__ void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int pending> inline __device__ void wgmma_wait() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

/// Keeps the compiler from reading sums before the wait that stands above.
inline __device__ void settle(float (&sum)[128]) {
#pragma unroll
    for (u32 i = 0; i < 128; ++i) asm volatile("" : "+f"(sum[i])::"memory");
}

/// Exchanges words among the 4 lanes of a quad: word i of lane j becomes word j of lane i.
inline __device__ void transpose_quad(u32 (&word)[4]) {
    const u32 lane = threadIdx.x % 4;
#pragma unroll
    for (u32 step = 1; step <= 2; step *= 2)
#pragma unroll
        for (u32 i = 0; i < 4; ++i) {
            if (i & step) continue;
            const bool high = lane & step;
            const u32 got = __shfl_xor_sync(0xffffffffu, high ? word[i] : word[i + step], step);
            if (high) word[i] = got;
            else word[i + step] = got;
        }
}

/// Writes 64 x 256 sums as bf16. A lane has pairs of neighbours; after an exchange it has 8 side by side.
inline __device__ void wgmma_store(const float (&sum)[128], u16* c, u64 row, u32 column, u32 n) {
    const u32 lane = threadIdx.x % 32;
    row += threadIdx.x % 128 / 32 * 16 + lane / 4;
    column += lane % 4 * 8;
#pragma unroll
    for (u32 part = 0; part < 8; ++part)
#pragma unroll
        for (u32 half = 0; half < 2; ++half) {
            u32 word[4];
#pragma unroll
            for (u32 i = 0; i < 4; ++i) {
                const u32 at = part * 16 + i * 4 + half * 2;
                word[i] = bf16_pair(sum[at], sum[at + 1]);
            }
            transpose_quad(word);
            *reinterpret_cast<uint4*>(c + (row + half * 8) * n + column + part * 32) =
                make_uint4(word[0], word[1], word[2], word[3]);
        }
}

/// Stages one after another, round and round: `parity` tells the rounds apart.
struct Turn {
    u32 stage = 0, parity = 0;
    __device__ void next() {
        if (++stage == wgmma_stages) {
            stage = 0;
            parity ^= 1;
        }
    }
};

template <class Type>
__global__ void __launch_bounds__(384, 1)
    matmul_wgmma(const typename Type::Input*, const typename Type::Input*, u16* __restrict__ c,
                 const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, u32 m, u32 n, u32 k) {
    extern __shared__ __align__(1024) char raw[];
    __shared__ __align__(8) u64 barriers[2 * wgmma_stages];
    // The swizzle goes by address: stages begin at multiples of 1,024 bytes.
    const u32 base = (shared_address(raw) + 1023) & ~1023u;
    const u32 full = shared_address(barriers), empty = full + 8 * wgmma_stages;
    constexpr u32 depth = 128 / sizeof(typename Type::Input);
    const u32 rows = m / wgmma_rows, columns = n / wgmma_columns, count = k / depth;
    if (threadIdx.x == 0) {
        for (u32 stage = 0; stage < wgmma_stages; ++stage) {
            barrier_init(full + 8 * stage, 1);
            barrier_init(empty + 8 * stage, 8); // a thread of each of the 8 warps that read
        }
        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    }
    __syncthreads();
    Turn turn;
    if (threadIdx.x < 128) {
        asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
        if (threadIdx.x != 0) return;
        for (u32 index = blockIdx.x; index < rows * columns; index += gridDim.x) {
            const Tile tile = tile_of(index, rows, columns);
            for (u32 number = 0; number < count; ++number, turn.next()) {
                const u32 to = base + turn.stage * wgmma_stage_bytes, barrier = full + 8 * turn.stage;
                barrier_wait(empty + 8 * turn.stage, turn.parity ^ 1); // a fresh barrier lets the first round pass
                barrier_expect(barrier, wgmma_stage_bytes);
                tma_load(to, &a, number * depth, tile.row * wgmma_rows, barrier);
                tma_load(to + wgmma_a_bytes, &b, number * depth, tile.column * wgmma_columns, barrier);
            }
        }
        return;
    }
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const u32 group = threadIdx.x / 128 - 1;
    float sum[128];
    for (u32 index = blockIdx.x; index < rows * columns; index += gridDim.x) {
        const Tile tile = tile_of(index, rows, columns);
        u32 before = 0;
        for (u32 number = 0; number < count; ++number, turn.next()) {
            barrier_wait(full + 8 * turn.stage, turn.parity);
            const u32 stage = base + turn.stage * wgmma_stage_bytes;
            const u64 x = matrix_at(stage + group * 64 * 128), y = matrix_at(stage + wgmma_a_bytes);
            wgmma_fence();
#pragma unroll
            for (u32 step = 0; step < 4; ++step) // 32 bytes further on: 2 in the unit of addresses
                wgmma(Type(), sum, x + 2 * step, y + 2 * step, number + step != 0);
            wgmma_commit();
            // All but this stage's are done: the stage before may be filled again.
            wgmma_wait<1>();
            if (number > 0 && threadIdx.x % 32 == 0) barrier_arrive(empty + 8 * before);
            before = turn.stage;
        }
        wgmma_wait<0>();
        settle(sum);
        if (threadIdx.x % 32 == 0) barrier_arrive(empty + 8 * before);
        wgmma_store(sum, c, static_cast<u64>(tile.row) * wgmma_rows + group * 64, tile.column * wgmma_columns, n);
    }
}
