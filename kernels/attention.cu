// Attention, forward: O = softmax(Q K' / sqrt(head)) V for each of `heads` heads, bf16 in and out, sums in fp32. Q, K, V
// and O lie as [heads][length][head]; a causal row sees the keys up to its own place.
//
// Limited by the tensor cores as `mma.sync` reaches them (about 60 % of what `wgmma` does on Hopper), and by the
// exponentials between the two products. Scores never reach memory: a block keeps 128 rows of Q, takes 64 keys and
// values after the other, and corrects its sums when a larger score comes (an online softmax). A warp has 32 rows, so
// that each fragment of K and V that it loads serves two products.

using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;

constexpr u32 query_rows = 128, key_rows = 64, warps = 4;

static __device__ u32 bf16_pair(float low, float high) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

/// 2 to the power of x, to about 22 bits.
static __device__ float power_of_two(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

static __device__ u32 shared_address(const void* at) { return static_cast<u32>(__cvta_generic_to_shared(at)); }

/// Where the 16-byte piece `piece` of row `row` of a tile lies: pieces are exchanged by the row's number, so that 8 rows
/// read at once lie in different banks.
template <u32 head> static __device__ u32 exchanged(u32 row, u32 piece) {
    return row * head * 2 + ((piece ^ (row & 7)) << 4);
}

/// Starts the copy of `rows` rows of `head` bf16.
template <u32 head, u32 rows> static __device__ void fetch(u32 to, const u16* from) {
    constexpr u32 pieces = head / 8;
#pragma unroll
    for (u32 i = 0; i < rows * pieces / (32 * warps); ++i) {
        const u32 number = i * 32 * warps + threadIdx.x, row = number / pieces, piece = number % pieces;
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(to + exchanged<head>(row, piece)),
                     "l"(from + number * 8)
                     : "memory");
    }
}
static __device__ void commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int pending> static __device__ void wait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

static __device__ void load(u32 (&to)[4], u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}
static __device__ void load_transposed(u32 (&to)[4], u32 from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(from)
                 : "memory");
}
static __device__ void mma(float (&d)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
                 "{%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// score += Q K' of a warp's 32 rows with 64 keys.
template <u32 head> static __device__ void multiply_keys(float (&score)[2][8][4], u32 queries, u32 keys) {
    const u32 lane = threadIdx.x % 32, row = threadIdx.x / 32 * 32 + lane % 16;
#pragma unroll
    for (u32 step = 0; step < head / 16; ++step) {
        u32 q[2][4];
#pragma unroll
        for (u32 i = 0; i < 2; ++i) load(q[i], queries + exchanged<head>(row + i * 16, step * 2 + lane / 16));
#pragma unroll
        for (u32 j = 0; j < 4; ++j) {
            u32 k[4];
            load(k, keys + exchanged<head>(j * 16 + lane / 16 * 8 + lane % 8, step * 2 + lane / 8 % 2));
#pragma unroll
            for (u32 i = 0; i < 2; ++i) {
                mma(score[i][2 * j], q[i], k[0], k[1]);
                mma(score[i][2 * j + 1], q[i], k[2], k[3]);
            }
        }
    }
}

/// out += P V of a warp's 32 rows. Sums of a product lie in registers as the left operand of the next one must.
template <u32 head>
static __device__ void multiply_values(float (&out)[2][head / 8][4], const float (&p)[2][8][4], u32 values) {
    const u32 lane = threadIdx.x % 32;
#pragma unroll
    for (u32 step = 0; step < key_rows / 16; ++step) {
        u32 left[2][4];
#pragma unroll
        for (u32 i = 0; i < 2; ++i) {
            left[i][0] = bf16_pair(p[i][2 * step][0], p[i][2 * step][1]);
            left[i][1] = bf16_pair(p[i][2 * step][2], p[i][2 * step][3]);
            left[i][2] = bf16_pair(p[i][2 * step + 1][0], p[i][2 * step + 1][1]);
            left[i][3] = bf16_pair(p[i][2 * step + 1][2], p[i][2 * step + 1][3]);
        }
#pragma unroll
        for (u32 j = 0; j < head / 16; ++j) {
            u32 v[4];
            load_transposed(v, values + exchanged<head>(step * 16 + lane % 16, j * 2 + lane / 16));
#pragma unroll
            for (u32 i = 0; i < 2; ++i) {
                mma(out[i][2 * j], left[i], v[0], v[1]);
                mma(out[i][2 * j + 1], left[i], v[2], v[3]);
            }
        }
    }
}

/// Leaves out keys behind a row's own place: `row` is the warp's first row, `key` the tile's first key.
static __device__ void mask(float (&score)[2][8][4], u32 row, u32 key) {
    const u32 lane = threadIdx.x % 32;
#pragma unroll
    for (u32 i = 0; i < 2; ++i)
#pragma unroll
        for (u32 j = 0; j < 8; ++j)
#pragma unroll
            for (u32 e = 0; e < 4; ++e)
                if (key + j * 8 + lane % 4 * 2 + e % 2 > row + i * 16 + lane / 4 + e / 2 * 8)
                    score[i][j][e] = __uint_as_float(0xff800000u); // minus infinity
}

/// Scores to exponentials; `most` and `total` are those of the rows so far, and what was summed is corrected.
template <u32 head>
static __device__ void soften(float (&score)[2][8][4], float (&out)[2][head / 8][4], float (&most)[2][2],
                              float (&total)[2][2], float scale) {
#pragma unroll
    for (u32 i = 0; i < 2; ++i)
#pragma unroll
        for (u32 half = 0; half < 2; ++half) {
            float high = most[i][half];
#pragma unroll
            for (u32 j = 0; j < 8; ++j) high = fmaxf(high, fmaxf(score[i][j][2 * half], score[i][j][2 * half + 1]));
            high = fmaxf(high, __shfl_xor_sync(0xffffffffu, high, 1));
            high = fmaxf(high, __shfl_xor_sync(0xffffffffu, high, 2));
            // Each row sees its first key in its first tile, so `high` is finite.
            const float correction = power_of_two((most[i][half] - high) * scale), offset = high * scale;
            most[i][half] = high;
            float sum = 0;
#pragma unroll
            for (u32 j = 0; j < 8; ++j)
#pragma unroll
                for (u32 e = 2 * half; e < 2 * half + 2; ++e) {
                    score[i][j][e] = power_of_two(fmaf(score[i][j][e], scale, -offset));
                    sum += score[i][j][e];
                }
            total[i][half] = total[i][half] * correction + sum;
#pragma unroll
            for (u32 j = 0; j < head / 8; ++j) {
                out[i][j][2 * half] *= correction;
                out[i][j][2 * half + 1] *= correction;
            }
        }
}

/// Divides by the rows' totals and writes a warp's 32 rows.
template <u32 head>
static __device__ void put(const float (&out)[2][head / 8][4], const float (&total)[2][2], u16* to) {
    const u32 lane = threadIdx.x % 32;
#pragma unroll
    for (u32 i = 0; i < 2; ++i)
#pragma unroll
        for (u32 half = 0; half < 2; ++half) {
            float sum = total[i][half];
            sum += __shfl_xor_sync(0xffffffffu, sum, 1);
            sum += __shfl_xor_sync(0xffffffffu, sum, 2);
            const float factor = 1 / sum;
            u16* row = to + (i * 16 + half * 8 + lane / 4) * head + lane % 4 * 2;
#pragma unroll
            for (u32 j = 0; j < head / 8; ++j)
                *reinterpret_cast<u32*>(row + j * 8) =
                    bf16_pair(out[i][j][2 * half] * factor, out[i][j][2 * half + 1] * factor);
        }
}

/// A block of 128 threads computes 128 rows; there are heads * length / 128 blocks. `length` is a multiple of 128.
/// Dynamic shared memory: 768 * head bytes, for Q and two tiles each of K and V.
template <u32 head, bool causal>
__global__ void __launch_bounds__(32 * warps, 2)
    attention(const u16* __restrict__ q, const u16* __restrict__ k, const u16* __restrict__ v, u16* __restrict__ o,
              u32 length) {
    extern __shared__ __align__(128) char tiles[];
    constexpr u32 tile_bytes = key_rows * head * 2;
    const u32 queries = shared_address(tiles), keys = queries + query_rows * head * 2, values = keys + 2 * tile_bytes;
    const u32 blocks = length / query_rows, own = blockIdx.x % blocks;
    // Causal rows near the end see the most keys: they begin first.
    const u32 first_row = (causal ? blocks - 1 - own : own) * query_rows;
    const u64 start = static_cast<u64>(blockIdx.x / blocks) * length * head;
    const u32 count = (causal ? first_row + query_rows : length) / key_rows;
    q += start + static_cast<u64>(first_row) * head;
    k += start, v += start;
    fetch<head, query_rows>(queries, q);
    fetch<head, key_rows>(keys, k);
    commit();
    fetch<head, key_rows>(values, v);
    commit();
    float out[2][head / 8][4] = {}, total[2][2] = {}, most[2][2];
    most[0][0] = most[0][1] = most[1][0] = most[1][1] = __uint_as_float(0xff800000u);
    // 1 / sqrt(head), and from powers of e to powers of 2.
    const float scale = rsqrtf(static_cast<float>(head)) * 1.4426950408889634f;
    const u32 warp_row = first_row + threadIdx.x / 32 * 32;
    for (u32 tile = 0; tile < count; ++tile) {
        const u32 now = tile % 2 * tile_bytes, next = tile_bytes - now;
        const u64 next_key = static_cast<u64>(tile + 1) * key_rows * head;
        wait<1>(); // keys are here, values may be on their way
        __syncthreads(); // nobody reads the tiles before these any more
        if (tile + 1 < count) fetch<head, key_rows>(keys + next, k + next_key);
        commit();
        float score[2][8][4] = {};
        multiply_keys<head>(score, queries, keys + now);
        if (causal && tile * key_rows + key_rows - 1 > warp_row) mask(score, warp_row, tile * key_rows);
        soften<head>(score, out, most, total, scale);
        wait<1>(); // values are here
        __syncthreads();
        if (tile + 1 < count) fetch<head, key_rows>(values + next, v + next_key);
        commit();
        multiply_values<head>(out, score, values + now);
    }
    put<head>(out, total, o + start + static_cast<u64>(warp_row) * head);
}

/// The plain way: a thread computes a row, key after key; a block of 128 threads has 128 rows of one head. All threads
/// of a block read the same key at the same time.
template <u32 head, bool causal>
__global__ void __launch_bounds__(128)
    attention_reference(const u16* q, const u16* k, const u16* v, u16* o, u32 length) {
    const u64 at = (blockIdx.x * 128ull + threadIdx.x) * head;
    const u32 row = (blockIdx.x * 128ull + threadIdx.x) % length;
    const u64 start = (blockIdx.x * 128ull / length) * length * head;
    const u32* query = reinterpret_cast<const u32*>(q + at);
    u32 own[head / 2];
    float out[head] = {}, most = -3e38f, total = 0;
    const float scale = 1 / sqrtf(static_cast<float>(head));
#pragma unroll
    for (u32 i = 0; i < head / 2; ++i) own[i] = query[i];
    for (u32 key = 0; key < length; ++key) {
        const u32* other = reinterpret_cast<const u32*>(k + start + static_cast<u64>(key) * head);
        float score = 0;
#pragma unroll
        for (u32 i = 0; i < head / 2; ++i) {
            const u32 x = own[i], y = other[i];
            score += __uint_as_float(x << 16) * __uint_as_float(y << 16);
            score += __uint_as_float(x & 0xffff0000u) * __uint_as_float(y & 0xffff0000u);
        }
        if (causal && key > row) continue;
        score *= scale;
        if (score > most) {
            const float correction = expf(most - score);
            most = score;
            total *= correction;
#pragma unroll
            for (u32 i = 0; i < head; ++i) out[i] *= correction;
        }
        const float weight = expf(score - most);
        total += weight;
        const u32* values = reinterpret_cast<const u32*>(v + start + static_cast<u64>(key) * head);
#pragma unroll
        for (u32 i = 0; i < head / 2; ++i) {
            out[2 * i] += weight * __uint_as_float(values[i] << 16);
            out[2 * i + 1] += weight * __uint_as_float(values[i] & 0xffff0000u);
        }
    }
#pragma unroll
    for (u32 i = 0; i < head / 2; ++i)
        reinterpret_cast<u32*>(o + at)[i] = bf16_pair(out[2 * i] / total, out[2 * i + 1] / total);
}
