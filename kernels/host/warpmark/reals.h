// CUDA's floating-point functions beyond the C library's, and its intrinsics (CUDA Math API). The fast ones (__expf,
// __sinf, ...) are as exact as the plain ones here.
#pragma once

// fmin and fmax: the other operand where one is NaN.
static inline float min(float a, float b) { return a < b || b != b ? a : b; }
static inline float max(float a, float b) { return a > b || b != b ? a : b; }
static inline double min(double a, double b) { return a < b || b != b ? a : b; }
static inline double max(double a, double b) { return a > b || b != b ? a : b; }
static inline double min(float a, double b) { return min(double(a), b); }
static inline double min(double a, float b) { return min(a, double(b)); }
static inline double max(float a, double b) { return max(double(a), b); }
static inline double max(double a, float b) { return max(a, double(b)); }

static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float rsqrt(float x) { return rsqrtf(x); }
static inline float rcbrtf(float x) { return 1.0f / cbrtf(x); }
static inline double rcbrt(double x) { return 1.0 / cbrt(x); }
static inline float fdividef(float x, float y) { return x / y; }
static inline float sinpif(float x) { return float(sin(double(x - 2.0f * rintf(x / 2.0f)) * 3.14159265358979323846)); }
static inline float cospif(float x) { return float(cos(double(x - 2.0f * rintf(x / 2.0f)) * 3.14159265358979323846)); }
static inline double sinpi(double x) { return sin((x - 2.0 * rint(x / 2.0)) * 3.14159265358979323846); }
static inline double cospi(double x) { return cos((x - 2.0 * rint(x / 2.0)) * 3.14159265358979323846); }
static inline void sincospif(float x, float* s, float* c) { *s = sinpif(x), *c = cospif(x); }
static inline void sincospi(double x, double* s, double* c) { *s = sinpi(x), *c = cospi(x); }
static inline float rhypotf(float x, float y) { return 1.0f / hypotf(x, y); }
static inline double rhypot(double x, double y) { return 1.0 / hypot(x, y); }
static inline float norm3df(float x, float y, float z) {
    return float(sqrt(double(x) * x + double(y) * y + double(z) * z));
}
static inline float norm4df(float x, float y, float z, float w) {
    return float(sqrt(double(x) * x + double(y) * y + double(z) * z + double(w) * w));
}
static inline float rnorm3df(float x, float y, float z) {
    return float(1.0 / sqrt(double(x) * x + double(y) * y + double(z) * z));
}
static inline double norm3d(double x, double y, double z) { return hypot(hypot(x, y), z); }
static inline double norm4d(double x, double y, double z, double w) { return hypot(hypot(x, y), hypot(z, w)); }
static inline float normcdff(float x) { return float(0.5 * erfc(double(x) * -0.70710678118654752440)); }
static inline double normcdf(double x) { return 0.5 * erfc(x * -0.70710678118654752440); }
static inline float erfcxf(float x) { return float(exp(double(x) * x) * erfc(double(x))); }
static inline float saturatef(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }
static inline float __saturatef(float x) { return saturatef(x); }

static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fsub_rn(float x, float y) { return x - y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __frsqrt_rn(float x) { return rsqrtf(x); }
static inline float __fmaf_rn(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline float __fmaf_ieee_rn(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline double __dadd_rn(double x, double y) { return x + y; }
static inline double __dsub_rn(double x, double y) { return x - y; }
static inline double __dmul_rn(double x, double y) { return x * y; }
static inline double __ddiv_rn(double x, double y) { return x / y; }
static inline double __drcp_rn(double x) { return 1.0 / x; }
static inline double __dsqrt_rn(double x) { return sqrt(x); }
static inline double __fma_rn(double x, double y, double z) { return __builtin_fma(x, y, z); }

static inline float __fdividef(float x, float y) { return x / y; }
// The C library has functions of these names for itself.
#define __expf expf
#define __exp10f exp10f
#define __logf logf
#define __log2f log2f
#define __log10f log10f
#define __powf powf
#define __sinf sinf
#define __cosf cosf
#define __tanf tanf
#define __tanhf tanhf
#define __sincosf sincosf

namespace warpmark {
// Conversions saturate, and NaN gives 0, as on a GPU.
template <class I, class R> static inline I to_integer(R x) {
    constexpr I low = std::is_signed<I>::value ? I(I(1) << (sizeof(I) * 8 - 1)) : I(0);
    constexpr I high = I(~low);
    if (x != x) return 0;
    if (x <= R(low)) return low;
    return x >= R(high) ? high : I(x);
}
} // namespace warpmark

#define WARPMARK_CONVERSIONS(name, integer, real, nearest, lower, upper, zero)                                        \
    static inline integer name##_rn(real x) { return warpmark::to_integer<integer>(nearest(x)); }                     \
    static inline integer name##_rd(real x) { return warpmark::to_integer<integer>(lower(x)); }                       \
    static inline integer name##_ru(real x) { return warpmark::to_integer<integer>(upper(x)); }                       \
    static inline integer name##_rz(real x) { return warpmark::to_integer<integer>(zero(x)); }
#define WARPMARK_OF_FLOAT(name, integer) WARPMARK_CONVERSIONS(name, integer, float, rintf, floorf, ceilf, truncf)
#define WARPMARK_OF_DOUBLE(name, integer) WARPMARK_CONVERSIONS(name, integer, double, rint, floor, ceil, trunc)
WARPMARK_OF_FLOAT(__float2int, int)
WARPMARK_OF_FLOAT(__float2uint, unsigned)
WARPMARK_OF_FLOAT(__float2ll, long long)
WARPMARK_OF_FLOAT(__float2ull, unsigned long long)
WARPMARK_OF_DOUBLE(__double2int, int)
WARPMARK_OF_DOUBLE(__double2uint, unsigned)
WARPMARK_OF_DOUBLE(__double2ll, long long)
WARPMARK_OF_DOUBLE(__double2ull, unsigned long long)
#undef WARPMARK_OF_DOUBLE
#undef WARPMARK_OF_FLOAT
#undef WARPMARK_CONVERSIONS
static inline float __int2float_rn(int x) { return float(x); }
static inline float __uint2float_rn(unsigned x) { return float(x); }
static inline float __ll2float_rn(long long x) { return float(x); }
static inline float __ull2float_rn(unsigned long long x) { return float(x); }
static inline double __int2double_rn(int x) { return double(x); }
static inline double __uint2double_rn(unsigned x) { return double(x); }
static inline double __ll2double_rn(long long x) { return double(x); }
static inline double __ull2double_rn(unsigned long long x) { return double(x); }
static inline float __double2float_rn(double x) { return float(x); }
