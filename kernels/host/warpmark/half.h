// __half and __nv_bfloat16: IEEE 754 binary16 and bfloat16 in their bits. Arithmetic is done in float and rounded to
// nearest, which is exact for one operation (float has more than twice the digits); fma goes through double.
#pragma once

namespace warpmark {

// Rounds to nearest even from a double, once: to `digits` stored digits and the exponents of a format of 16 bits.
template <int digits, int bias, int largest> static inline unsigned short round_to_16(double value) {
    const unsigned long long bits = cast_bits<unsigned long long>(value);
    const unsigned sign = unsigned(bits >> 63) << 15;
    const int exponent = int(bits >> 52 & 0x7ff) - 1023;
    const unsigned long long digits52 = bits & 0xfffffffffffffull;
    const unsigned infinity = unsigned(largest + 1 + bias) << digits;
    if (exponent == 1024) return (unsigned short)(sign | infinity | (digits52 ? 1u << (digits - 1) : 0));
    if (exponent > largest) return (unsigned short)(sign | infinity);
    const int lowest = 1 - bias;
    if (exponent < lowest - digits - 1) return (unsigned short)sign;
    // Subnormal results lose digits, and their leading one is stored.
    const int lost = 52 - digits + (exponent < lowest ? lowest - exponent : 0);
    const unsigned long long whole = digits52 | 1ull << 52, half = 1ull << (lost - 1);
    unsigned long long kept = whole >> lost;
    const unsigned long long rest = whole & ((half << 1) - 1);
    if (rest > half || (rest == half && (kept & 1))) ++kept;
    // The stored leading one adds 1 to the exponent; a carry does so, too.
    const unsigned field = exponent < lowest ? 0 : unsigned(exponent + bias - 1) << digits;
    return (unsigned short)(sign | (field + unsigned(kept)));
}

static inline unsigned short half_bits(double value) { return round_to_16<10, 15, 15>(value); }

static inline float half_value(unsigned short bits) {
    const unsigned sign = unsigned(bits & 0x8000) << 16, rest = bits & 0x7fff;
    if (rest >= 0x7c00) return cast_bits<float>(sign | 0x7f800000u | (rest & 0x3ff) << 13);
    if (rest >= 0x400) return cast_bits<float>(sign | ((rest << 13) + (112u << 23)));
    const float small = float(rest) * 0x1p-24f;
    return sign ? -small : small;
}

static inline unsigned short bfloat_bits(float value) {
    const unsigned bits = cast_bits<unsigned>(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
    return (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
static inline unsigned short bfloat_bits(double value) { return round_to_16<7, 127, 127>(value); }

static inline float bfloat_value(unsigned short bits) { return cast_bits<float>(unsigned(bits) << 16); }

} // namespace warpmark

#define WARPMARK_REAL16(type, type2, to_bits, to_float)                                                               \
    struct type {                                                                                                     \
        unsigned short __x;                                                                                           \
        type() = default;                                                                                             \
        type(float value) : __x(to_bits(value)) {}                                                                    \
        type(double value) : __x(to_bits(value)) {}                                                                   \
        type(int value) : __x(to_bits(double(value))) {}                                                              \
        type(unsigned value) : __x(to_bits(double(value))) {}                                                         \
        type(long value) : __x(to_bits(double(value))) {}                                                             \
        type(unsigned long value) : __x(to_bits(double(value))) {}                                                    \
        type(long long value) : __x(to_bits(double(value))) {}                                                        \
        type(unsigned long long value) : __x(to_bits(double(value))) {}                                               \
        operator float() const { return to_float(__x); }                                                              \
        type& operator+=(type b) { return *this = type(float(*this) + float(b)); }                                    \
        type& operator-=(type b) { return *this = type(float(*this) - float(b)); }                                    \
        type& operator*=(type b) { return *this = type(float(*this) * float(b)); }                                    \
        type& operator/=(type b) { return *this = type(float(*this) / float(b)); }                                    \
    };                                                                                                                \
    static inline type operator+(type a, type b) { return type(float(a) + float(b)); }                                \
    static inline type operator-(type a, type b) { return type(float(a) - float(b)); }                                \
    static inline type operator*(type a, type b) { return type(float(a) * float(b)); }                                \
    static inline type operator/(type a, type b) { return type(float(a) / float(b)); }                                \
    static inline type operator-(type a) { return type(-float(a)); }                                                  \
    static inline bool operator==(type a, type b) { return float(a) == float(b); }                                    \
    static inline bool operator!=(type a, type b) { return float(a) != float(b); }                                    \
    static inline bool operator<(type a, type b) { return float(a) < float(b); }                                      \
    static inline bool operator>(type a, type b) { return float(a) > float(b); }                                      \
    static inline bool operator<=(type a, type b) { return float(a) <= float(b); }                                    \
    static inline bool operator>=(type a, type b) { return float(a) >= float(b); }                                    \
    struct alignas(4) type2 {                                                                                         \
        type x, y;                                                                                                    \
    };                                                                                                                \
    static inline type __hadd(type a, type b) { return a + b; }                                                       \
    static inline type __hsub(type a, type b) { return a - b; }                                                       \
    static inline type __hmul(type a, type b) { return a * b; }                                                       \
    static inline type __hdiv(type a, type b) { return a / b; }                                                       \
    static inline type __hneg(type a) { return -a; }                                                                  \
    static inline type __habs(type a) { return type(fabsf(float(a))); }                                               \
    static inline type __hfma(type a, type b, type c) { return type(double(float(a)) * float(b) + float(c)); }        \
    static inline type __hmax(type a, type b) { return type(max(float(a), float(b))); }                               \
    static inline type __hmin(type a, type b) { return type(min(float(a), float(b))); }                               \
    static inline bool __heq(type a, type b) { return a == b; }                                                       \
    static inline bool __hne(type a, type b) { return a != b; }                                                       \
    static inline bool __hlt(type a, type b) { return a < b; }                                                        \
    static inline bool __hle(type a, type b) { return a <= b; }                                                       \
    static inline bool __hgt(type a, type b) { return a > b; }                                                        \
    static inline bool __hge(type a, type b) { return a >= b; }                                                       \
    static inline bool __hisnan(type a) { return float(a) != float(a); }                                              \
    static inline type hexp(type a) { return type(expf(float(a))); }                                                  \
    static inline type hlog(type a) { return type(logf(float(a))); }                                                  \
    static inline type hsqrt(type a) { return type(sqrtf(float(a))); }                                                \
    static inline type hrsqrt(type a) { return type(rsqrtf(float(a))); }                                              \
    static inline type hrcp(type a) { return type(1.0f / float(a)); }                                                 \
    static inline type htanh(type a) { return type(tanhf(float(a))); }                                                \
    static inline type2 __hadd2(type2 a, type2 b) { return {a.x + b.x, a.y + b.y}; }                                  \
    static inline type2 __hsub2(type2 a, type2 b) { return {a.x - b.x, a.y - b.y}; }                                  \
    static inline type2 __hmul2(type2 a, type2 b) { return {a.x * b.x, a.y * b.y}; }                                  \
    static inline type2 __h2div(type2 a, type2 b) { return {a.x / b.x, a.y / b.y}; }                                  \
    static inline type2 __hfma2(type2 a, type2 b, type2 c) { return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; } \
    static inline type2 operator+(type2 a, type2 b) { return __hadd2(a, b); }                                         \
    static inline type2 operator-(type2 a, type2 b) { return __hsub2(a, b); }                                         \
    static inline type2 operator*(type2 a, type2 b) { return __hmul2(a, b); }                                         \
    static inline type atomicAdd(type* address, type value) {                                                         \
        const unsigned short old = warpmark::update(                                                                  \
            &address->__x, [=](unsigned short bits) { return to_bits(to_float(bits) + float(value)); });              \
        type result;                                                                                                  \
        result.__x = old;                                                                                             \
        return result;                                                                                                \
    }
