// CUDA's vector types and their make_ functions, with CUDA's sizes and alignments (the CUDA C++ Programming Guide,
// "Built-in Vector Types": two elements align to both, four to all up to 16 bytes, one and three to one).
#pragma once

#define WARPMARK_VECTOR(name, type, two, four)                                                                        \
    struct name##1 {                                                                                                  \
        type x;                                                                                                       \
    };                                                                                                                \
    struct alignas(two) name##2 {                                                                                     \
        type x, y;                                                                                                    \
    };                                                                                                                \
    struct name##3 {                                                                                                  \
        type x, y, z;                                                                                                 \
    };                                                                                                                \
    struct alignas(four) name##4 {                                                                                    \
        type x, y, z, w;                                                                                              \
    };                                                                                                                \
    static inline constexpr name##1 make_##name##1(type x) { return {x}; }                                            \
    static inline constexpr name##2 make_##name##2(type x, type y) { return {x, y}; }                                 \
    static inline constexpr name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }                      \
    static inline constexpr name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }

WARPMARK_VECTOR(char, signed char, 2, 4)
WARPMARK_VECTOR(uchar, unsigned char, 2, 4)
WARPMARK_VECTOR(short, short, 4, 8)
WARPMARK_VECTOR(ushort, unsigned short, 4, 8)
WARPMARK_VECTOR(int, int, 8, 16)
WARPMARK_VECTOR(uint, unsigned int, 8, 16)
WARPMARK_VECTOR(long, long int, 16, 16)
WARPMARK_VECTOR(ulong, unsigned long int, 16, 16)
WARPMARK_VECTOR(longlong, long long int, 16, 16)
WARPMARK_VECTOR(ulonglong, unsigned long long int, 16, 16)
WARPMARK_VECTOR(float, float, 8, 16)
WARPMARK_VECTOR(double, double, 16, 16)
#undef WARPMARK_VECTOR

struct dim3 {
    unsigned int x, y, z;
    constexpr dim3(unsigned int x = 1, unsigned int y = 1, unsigned int z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    constexpr operator uint3() const { return {x, y, z}; }
};
