// What lets a CUDA source run on the CPU. Every source is preprocessed with this header in front of it; the rewriter
// in src/device/host/rewrite then replaces what no macro can (__shared__, __global__, inline PTX, <<<>>>).
#pragma once

#include <cfloat>
#include <climits>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <type_traits>
#include <utility>

// After the system's headers, which ask for these. 7.0 is the first compute capability whose threads of a warp are
// scheduled one by one, as they are here; tensor cores and asynchronous copies are found by their names.
#define __WARPMARK_HOST__ 1
#define __CUDACC__ 1
#define __CUDA_ARCH__ 700
#define __CUDACC_VER_MAJOR__ 12
#define __CUDACC_VER_MINOR__ 0

#ifdef __clang__
#define WARPMARK_INTERNAL __attribute__((internal_linkage))
#else
#define WARPMARK_INTERNAL // -fwhole-program
#endif

#define __host__ // __device__, __global__ and __noinline__ are rewritten
#define __constant__ WARPMARK_INTERNAL
#define __managed__ WARPMARK_INTERNAL
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#ifndef __clang__
#define __builtin_assume(condition) ((void)0)
#endif
#define __assume(condition) __builtin_assume(condition)
#define __launch_bounds__(...)
#define __maxnreg__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __builtin_align__(n) __attribute__((aligned(n)))

#include <warpmark/types.h>
#include <warpmark/unsupported.h>
#include <warpmark/schedule.h>
#include <warpmark/warp.h>
#include <warpmark/atomics.h>
#include <warpmark/integers.h>
#include <warpmark/reals.h>
#include <warpmark/entry.h>

// Standard output belongs to warpmark.
#define printf(...) fprintf(stderr, __VA_ARGS__)
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                                                             \
    ((condition) ? (void)0 : warpmark::stop("assertion `" #condition "` failed", __FILE__, __LINE__))
#endif
