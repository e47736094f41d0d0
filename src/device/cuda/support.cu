// What warpmark itself runs on a GPU: reading through the L2 cache, filling inputs, judging outputs and hashing them,
// so that large buffers need not be copied. Each gives the same bits as its counterpart in `src/device/kernel/`.
//
// Plain C++ that needs no header, so that any NVRTC takes it, and any C++ compiler behind a few macros.

typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char u8;

static __device__ u64 thread_number() {
    return (u64)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ u64 thread_count() {
    return (u64)gridDim.x * blockDim.x;
}

// Reads `count` words, so that they take the place of what the L2 cache held. The sum goes nowhere: the store is for a
// value that the buffer, which holds zeros, doesn't sum to, and keeps the reads from being left out.
extern "C" __global__ void warpmark_flush(const uint4 *words, u64 count, u32 *never) {
    u32 sum = 0;
    for (u64 i = thread_number(); i < count; i += thread_count()) {
        uint4 word = words[i];
        sum |= word.x | word.y | word.z | word.w;
    }
    if (sum != 0) {
        *never = sum;
    }
}

// SHA-256 (FIPS 180-4): its round constants.
static __device__ const u32 ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static __device__ u32 turn(u32 word, int by) {
    return word >> by | word << (32 - by);
}

static __device__ void compress(u32 *state, u32 *words) {
    u32 a = state[0], b = state[1], c = state[2], d = state[3];
    u32 e = state[4], f = state[5], g = state[6], h = state[7];
#pragma unroll
    for (int i = 0; i < 64; ++i) {
        u32 word = words[i & 15];
        if (i >= 16) {
            u32 near = words[(i + 14) & 15], far = words[(i + 1) & 15];
            word += (turn(far, 7) ^ turn(far, 18) ^ far >> 3) + words[(i + 9) & 15] +
                    (turn(near, 17) ^ turn(near, 19) ^ near >> 10);
            words[i & 15] = word;
        }
        u32 first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + word;
        u32 second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first;
        d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

static __device__ u32 turned_around(u32 word) {
    return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
}

// The SHA-256 of each leaf of `leaf` bytes (a multiple of 64) of `length` bytes, the last one maybe shorter: 32 bytes
// each to `digests`, one thread a leaf. `bytes` is aligned to 4.
extern "C" __global__ void warpmark_leaves(const u8 *bytes, u64 length, u64 leaf, u32 *digests) {
    u64 first = thread_number() * leaf;
    if (first >= length) {
        return;
    }
    u64 size = length - first < leaf ? length - first : leaf;
    u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    u32 words[16];
    u64 at = 0;
    for (; at + 64 <= size; at += 64) {
        const u32 *block = (const u32 *)(bytes + first + at);
#pragma unroll
        for (int i = 0; i < 16; ++i) {
            words[i] = turned_around(block[i]);
        }
        compress(state, words);
    }
    // The rest, a bit of 1, zeros, and the length in bits: one block or two.
    u64 end = size - at < 56 ? at + 64 : at + 128;
    for (; at < end; at += 64) {
        for (int i = 0; i < 16; ++i) {
            u32 word = 0;
            for (u64 byte = at + 4 * i; byte < at + 4 * i + 4; ++byte) {
                u32 value = byte < size ? bytes[first + byte] : byte == size ? 0x80 : 0;
                word = word << 8 | value;
            }
            words[i] = word;
        }
        if (at + 64 == end) {
            words[14] = (u32)(size * 8 >> 32), words[15] = (u32)(size * 8);
        }
        compress(state, words);
    }
    u32 *digest = digests + thread_number() * 8;
    for (int i = 0; i < 8; ++i) {
        digest[i] = turned_around(state[i]);
    }
}

// Element types, in the order of `ElementType::ALL`.
enum { I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64, E4M3 };

static __device__ int size_of(int type) {
    switch (type) {
    case I8: case U8: case E4M3: return 1;
    case I16: case U16: case F16: case BF16: return 2;
    case I32: case U32: case F32: return 4;
    default: return 8;
    }
}

static __device__ u32 bits_of(float value) {
    union { float value; u32 bits; } both;
    both.value = value;
    return both.bits;
}

static __device__ float float_of(u32 bits) {
    union { u32 bits; float value; } both;
    both.bits = bits;
    return both.value;
}

static __device__ u64 bits_of(double value) {
    union { double value; u64 bits; } both;
    both.value = value;
    return both.bits;
}

static __device__ double double_of(u64 bits) {
    union { u64 bits; double value; } both;
    both.bits = bits;
    return both.value;
}

// `value` in 32 bits rounded to odd, so that rounding it once more to 16 bits gives what rounding once would have.
static __device__ u32 odd(double value) {
    float near = (float)value;
    u32 bits = bits_of(near);
    bool special = (bits & 0x7f800000) == 0x7f800000 || (bits & 0x7fffffff) == 0;
    if (special || (double)near == value) {
        return bits;
    }
    double distance = (double)near < 0 ? -(double)near : (double)near;
    double magnitude = value < 0 ? -value : value;
    return (distance > magnitude ? bits - 1 : bits) | 1;
}

// The bits of a 32-bit float rounded to nearest even: to bfloat16, and to shorter exponents with their subnormals.
static __device__ u32 to_bf16(u32 bits) {
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

// A magnitude without its last `drop` bits, where `least` is the exponent of the smallest normal number.
static __device__ u32 narrowed(u32 magnitude, u32 least, u32 drop) {
    u32 exponent = magnitude >> 23;
    u32 mantissa = exponent >= least ? magnitude - ((least - 1) << 23) : (magnitude & 0x7fffff) | 0x800000;
    drop += exponent >= least ? 0 : least - exponent;
    u32 kept = mantissa >> drop, rest = mantissa & ((1u << drop) - 1), half = 1u << (drop - 1);
    return kept + (rest > half || (rest == half && (kept & 1)));
}

static __device__ u32 to_f16(u32 bits) {
    u32 sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude >= 0x47800000) {  // 65,536 and more, infinity
        return sign | 0x7c00;
    }
    if (magnitude < 0x33000000) {  // below half of the smallest subnormal
        return sign;
    }
    return sign | narrowed(magnitude, 113, 13);
}

static __device__ u32 to_e4m3(u32 bits) {
    u32 sign = bits >> 24 & 0x80, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {  // no number
        return sign | 0x7f;
    }
    if (magnitude >= 0x43e00000) {  // 448 and more; there is no infinity
        return sign | 0x7e;
    }
    if (magnitude < 0x3a800000) {  // below half of the smallest subnormal
        return sign;
    }
    return sign | narrowed(magnitude, 121, 20);
}

static __device__ double from_f16(u32 bits) {
    u32 exponent = bits >> 10 & 31, mantissa = bits & 0x3ff;
    double magnitude;
    if (exponent == 31) {
        magnitude = double_of(0x7ff0000000000000ull | (u64)mantissa << 42);
    } else if (exponent == 0) {
        magnitude = mantissa * (1.0 / 16777216.0);
    } else {
        magnitude = double_of((u64)(exponent + 1008) << 52 | (u64)mantissa << 42);
    }
    return bits & 0x8000 ? -magnitude : magnitude;
}

static __device__ double from_e4m3(u32 bits) {
    u32 exponent = bits >> 3 & 15, mantissa = bits & 7;
    double magnitude;
    if ((bits & 0x7f) == 0x7f) {
        magnitude = double_of(0x7ff8000000000000ull);
    } else if (exponent == 0) {
        magnitude = mantissa * (1.0 / 512.0);
    } else {
        magnitude = double_of((u64)(exponent + 1016) << 52 | (u64)mantissa << 49);
    }
    return bits & 0x80 ? -magnitude : magnitude;
}

// `value` in `bits` bits, towards zero and to the nearest bound.
static __device__ u64 to_integer(double value, int bits, bool is_signed) {
    double above = (is_signed ? 0.5 : 1.0) * (bits == 64 ? 18446744073709551616.0 : (double)(1ull << bits));
    u64 mask = ~0ull >> (64 - bits);
    if (!(value == value)) {
        return 0;
    }
    if (value >= above) {
        return is_signed ? mask >> 1 : mask;
    }
    if (is_signed) {
        return value <= -above ? (mask >> 1) + 1 : (u64)(long long)value & mask;
    }
    return value <= 0 ? 0 : (u64)value;
}

static __device__ u64 encode_real(int type, double value) {
    switch (type) {
    case F64: return bits_of(value);
    case F32: return bits_of((float)value);
    case F16: return to_f16(odd(value));
    case BF16: return to_bf16(odd(value));
    case E4M3: return to_e4m3(odd(value));
    default: return to_integer(value, 8 * size_of(type), type % 2 == 0);
    }
}

static __device__ u64 encode_integer(int type, u64 value) {
    if (type >= F16) {
        return encode_real(type, (double)(long long)value);
    }
    return value & ~0ull >> (64 - 8 * size_of(type));
}

static __device__ double decode_real(int type, u64 bits) {
    switch (type) {
    case F64: return double_of(bits);
    case F32: return float_of((u32)bits);
    case F16: return from_f16((u32)bits);
    case E4M3: return from_e4m3((u32)bits);
    default: return float_of((u32)bits << 16);
    }
}

static __device__ u64 load(const u8 *at, int size) {
    switch (size) {
    case 1: return *at;
    case 2: return *(const unsigned short *)at;
    case 4: return *(const u32 *)at;
    default: return *(const u64 *)at;
    }
}

static __device__ void store(u8 *at, int size, u64 bits) {
    switch (size) {
    case 1: *at = (u8)bits; break;
    case 2: *(unsigned short *)at = (unsigned short)bits; break;
    case 4: *(u32 *)at = (u32)bits; break;
    default: *(u64 *)at = bits; break;
    }
}

// splitmix64 at a position, `rng::bits`.
static __device__ u64 random_bits(u64 stream, u64 index) {
    u64 value = stream + (index + 1) * 0x9e3779b97f4a7c15ull;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

// The twelve halves of six words, less their mean: below 2^36, so that every step is exact.
static __device__ double normal(u64 stream, u64 index) {
    long long sum = 0;
    for (u64 part = 0; part < 6; ++part) {
        u64 bits = random_bits(stream, index * 6 + part);
        sum += (long long)((bits >> 32) + (bits & 0xffffffffull));
    }
    return (double)(sum - 6 * 0xffffffffll) * (1.0 / 4294967296.0);
}

// The bits of the real next below: a sign, and a magnitude that is ordered as whole numbers are.
static __device__ u64 below(int type, u64 bits) {
    u64 sign = 1ull << (8 * size_of(type) - 1);
    return bits == 0 ? sign | 1 : bits & sign ? bits + 1 : bits - 1;
}

enum { UNIFORM, NORMAL, INTEGERS, IOTA, PATTERN };

// Fills `count` elements as `src/device/kernel/fill.rs` says. Uniform: `low`, `span` and `high`, and the bits of `low`
// in `base`. Normal: the mean is `low`, the deviation `span`. Integers: the smallest is `base`, their number `range`,
// 0 for 2^64. A pattern's bits are `base`.
extern "C" __global__ void warpmark_fill(u8 *elements, u64 count, int type, int fill, u64 stream, double low,
                                         double span, double high, u64 base, u64 range) {
    int size = size_of(type);
    for (u64 i = thread_number(); i < count; i += thread_count()) {
        u64 bits = base;
        if (fill == UNIFORM) {
            bits = encode_real(type, low + (double)(random_bits(stream, i) >> 11) * (1.0 / 9007199254740992.0) * span);
            if (type >= F16 && low < high && decode_real(type, bits) >= high) {
                u64 less = below(type, bits);
                bits = decode_real(type, less) >= low ? less : base;
            }
        } else if (fill == NORMAL) {
            bits = encode_real(type, low + span * normal(stream, i));
        } else if (fill == INTEGERS) {
            u64 random = random_bits(stream, i);
            bits = encode_integer(type, base + (range == 0 ? random : __umul64hi(random, range)));
        } else if (fill == IOTA) {
            bits = encode_integer(type, i);
        }
        store(elements + i * size, size, bits);
    }
}

// Whether `found` passes for `expected`, as `src/device/kernel/compare.rs` says.
static __device__ bool accepts(int type, u64 found, u64 expected, double absolute, double relative) {
    if (type >= F16) {
        double value = decode_real(type, found), wanted = decode_real(type, expected);
        double distance = value < wanted ? wanted - value : value - wanted;
        double magnitude = wanted < 0 ? -wanted : wanted;
        double bound = relative * magnitude > absolute ? relative * magnitude : absolute;
        return value == wanted || (magnitude <= 1.7976931348623157e308 && distance <= bound);
    }
    if (found == expected) {
        return true;
    }
    bool is_signed = type % 2 == 0;
    int unused = 64 - 8 * size_of(type);
    long long value = (long long)(found << unused) >> unused, wanted = (long long)(expected << unused) >> unused;
    bool less = is_signed ? value < wanted : found < expected;
    u64 distance = is_signed ? (less ? (u64)wanted - (u64)value : (u64)value - (u64)wanted)
                             : (less ? expected - found : found - expected);
    double magnitude = is_signed ? (wanted < 0 ? -(double)wanted : (double)wanted) : (double)expected;
    double bound = relative * magnitude > absolute ? relative * magnitude : absolute;
    return (double)distance <= bound;
}

// Compares `count` elements with `expected`, unless that is null, and clears the mark of each that doesn't hold the
// byte `poison` throughout. A thread has 32 elements and their word of marks. To `result`: how many differ, the first
// of them, how many are marked, the first of them; a "first" is the least of its old and its new value.
extern "C" __global__ void warpmark_judge(const u8 *elements, const u8 *expected, u64 count, int type, double absolute,
                                          double relative, u32 poison, u32 *marks, u64 *result) {
    int size = size_of(type);
    u64 pattern = poison * 0x0101010101010101ull & ~0ull >> (64 - 8 * size);
    for (u64 word = thread_number(); word < (count + 31) / 32; word += thread_count()) {
        u32 left = marks[word];
        for (u64 i = word * 32; i < word * 32 + 32; ++i) {
            if (i >= count) {
                left &= ~(1u << (i % 32));
                continue;
            }
            u64 bits = load(elements + i * size, size);
            left &= bits == pattern ? ~0u : ~(1u << (i % 32));
            if (expected && !accepts(type, bits, load(expected + i * size, size), absolute, relative)) {
                atomicAdd(result, 1ull);
                atomicMin(result + 1, i);
            }
        }
        marks[word] = left;
        for (u32 bit = 0; left && bit < 32; ++bit) {
            if (left >> bit & 1) {
                atomicAdd(result + 2, 1ull);
                atomicMin(result + 3, word * 32 + bit);
            }
        }
    }
}
