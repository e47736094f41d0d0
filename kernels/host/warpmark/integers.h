// CUDA's integer intrinsics, type casts and overloads of min, max and abs (CUDA Math API).
#pragma once

static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(unsigned(x)); }
static inline int __clzll(long long x) { return x == 0 ? 64 : __builtin_clzll((unsigned long long)x); }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __ffsll(long long x) { return __builtin_ffsll(x); }

static inline unsigned __brev(unsigned x) {
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    return __builtin_bswap32(x);
}
static inline unsigned long long __brevll(unsigned long long x) {
    return (unsigned long long)__brev(unsigned(x)) << 32 | __brev(unsigned(x >> 32));
}

static inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    const unsigned long long bytes = (unsigned long long)y << 32 | x;
    unsigned result = 0;
    for (int i = 0; i < 4; ++i) {
        const unsigned pick = selector >> 4 * i & 0xf;
        unsigned byte = unsigned(bytes >> 8 * (pick & 7)) & 0xff;
        if (pick & 8) byte = byte & 0x80 ? 0xff : 0;
        result |= byte << 8 * i;
    }
    return result;
}

static inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
    return unsigned(((unsigned long long)high << 32 | low) << (shift & 31) >> 32);
}
static inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
    return unsigned(((unsigned long long)high << 32 | low) >> (shift & 31));
}
static inline unsigned __funnelshift_lc(unsigned low, unsigned high, unsigned shift) {
    return shift >= 32 ? low : __funnelshift_l(low, high, shift);
}
static inline unsigned __funnelshift_rc(unsigned low, unsigned high, unsigned shift) {
    return shift >= 32 ? high : __funnelshift_r(low, high, shift);
}

static inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned((unsigned long long)x * y >> 32); }
static inline int __mulhi(int x, int y) { return int((long long)x * y >> 32); }
static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
    return (unsigned long long)((unsigned __int128)x * y >> 64);
}
static inline long long __mul64hi(long long x, long long y) { return (long long)((__int128)x * y >> 64); }
static inline unsigned __umul24(unsigned x, unsigned y) { return (x & 0xffffff) * (y & 0xffffff); }
static inline int __mul24(int x, int y) { return int(unsigned(int(unsigned(x) << 8) >> 8) * unsigned(int(unsigned(y) << 8) >> 8)); }
static inline unsigned __sad(int x, int y, unsigned z) {
    return (x > y ? unsigned(x) - unsigned(y) : unsigned(y) - unsigned(x)) + z;
}
static inline unsigned __usad(unsigned x, unsigned y, unsigned z) { return (x > y ? x - y : y - x) + z; }
static inline int __hadd(int x, int y) { return int(((long long)x + y) >> 1); }
static inline int __rhadd(int x, int y) { return int(((long long)x + y + 1) >> 1); }
static inline unsigned __uhadd(unsigned x, unsigned y) { return unsigned(((unsigned long long)x + y) >> 1); }
static inline unsigned __urhadd(unsigned x, unsigned y) { return unsigned(((unsigned long long)x + y + 1) >> 1); }

static inline int __dp4a(int a, int b, int c) {
    for (int i = 0; i < 4; ++i) c = int(unsigned(c) + unsigned((signed char)(a >> 8 * i) * (signed char)(b >> 8 * i)));
    return c;
}
static inline unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
    for (int i = 0; i < 4; ++i) c += (a >> 8 * i & 0xff) * (b >> 8 * i & 0xff);
    return c;
}

namespace warpmark {
template <class To, class From> static inline To cast_bits(From value) {
    static_assert(sizeof(To) == sizeof(From), "bits of one size");
    To result;
    memcpy(&result, &value, sizeof result);
    return result;
}
} // namespace warpmark

static inline int __float_as_int(float x) { return warpmark::cast_bits<int>(x); }
static inline unsigned __float_as_uint(float x) { return warpmark::cast_bits<unsigned>(x); }
static inline float __int_as_float(int x) { return warpmark::cast_bits<float>(x); }
static inline float __uint_as_float(unsigned x) { return warpmark::cast_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return warpmark::cast_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return warpmark::cast_bits<double>(x); }
static inline int __double2hiint(double x) { return int(__double_as_longlong(x) >> 32); }
static inline int __double2loint(double x) { return int(__double_as_longlong(x)); }
static inline double __hiloint2double(int high, int low) {
    return __longlong_as_double((long long)((unsigned long long)unsigned(high) << 32 | unsigned(low)));
}

#define WARPMARK_MIN_MAX(type)                                                                                        \
    static inline constexpr type min(type a, type b) { return b < a ? b : a; }                                        \
    static inline constexpr type max(type a, type b) { return a < b ? b : a; }
WARPMARK_MIN_MAX(int)
WARPMARK_MIN_MAX(unsigned int)
WARPMARK_MIN_MAX(long)
WARPMARK_MIN_MAX(unsigned long)
WARPMARK_MIN_MAX(long long)
WARPMARK_MIN_MAX(unsigned long long)
#undef WARPMARK_MIN_MAX
#define WARPMARK_MIXED(a_type, b_type, type)                                                                          \
    static inline constexpr type min(a_type a, b_type b) { return min((type)a, (type)b); }                            \
    static inline constexpr type max(a_type a, b_type b) { return max((type)a, (type)b); }
WARPMARK_MIXED(int, unsigned int, unsigned int)
WARPMARK_MIXED(unsigned int, int, unsigned int)
WARPMARK_MIXED(long, unsigned long, unsigned long)
WARPMARK_MIXED(unsigned long, long, unsigned long)
WARPMARK_MIXED(long long, unsigned long long, unsigned long long)
WARPMARK_MIXED(unsigned long long, long long, unsigned long long)
#undef WARPMARK_MIXED

static inline unsigned umin(unsigned a, unsigned b) { return min(a, b); }
static inline unsigned umax(unsigned a, unsigned b) { return max(a, b); }
