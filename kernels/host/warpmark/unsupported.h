// What the host device can't do, by name. A call that is still there after optimisation ends compilation with a
// message that src/device/host/log.rs knows by its beginning; the case is then `unsupported`.
#pragma once

#define WARPMARK_UNSUPPORTED(function, what, why)                                                                     \
    namespace warpmark {                                                                                              \
    void function() __attribute__((error("warpmark: unsupported: " what ": " why)));                                  \
    }

WARPMARK_UNSUPPORTED(unsupported_wmma, "nvcuda::wmma", "tensor-core instructions are not emulated")
WARPMARK_UNSUPPORTED(unsupported_pipeline, "asynchronous copies (cp.async, cuda::pipeline, memcpy_async)",
                     "they have no counterpart on a CPU")
WARPMARK_UNSUPPORTED(unsupported_barrier, "cuda::barrier", "asynchronous barriers are not emulated")
WARPMARK_UNSUPPORTED(unsupported_grid_sync, "grid-wide synchronisation", "blocks run one after another")
WARPMARK_UNSUPPORTED(unsupported_cluster, "thread block clusters", "blocks run one after another")
WARPMARK_UNSUPPORTED(unsupported_launch, "dynamic parallelism (<<<>>> in a kernel)", "kernels can't launch kernels")
WARPMARK_UNSUPPORTED(unsupported_texture, "texture and surface objects", "their units are not emulated")
WARPMARK_UNSUPPORTED(unsupported_rounding, "arithmetic that rounds up, down or to zero",
                     "the processor's rounding mode is left alone")
WARPMARK_UNSUPPORTED(unsupported_dependency, "programmatic dependent launch", "launches don't overlap")
WARPMARK_UNSUPPORTED(unsupported_wide_tile, "tiles of more than 32 threads", "a tile is a part of a warp")

#define __cluster_dims__(...)

typedef unsigned long long cudaTextureObject_t;
typedef unsigned long long cudaSurfaceObject_t;
#define WARPMARK_TEXTURE(name)                                                                                        \
    template <class T, class... A> static inline T name(A...) {                                                       \
        warpmark::unsupported_texture();                                                                              \
        return T();                                                                                                   \
    }                                                                                                                 \
    template <class... A> static inline void name(A...) { warpmark::unsupported_texture(); }
WARPMARK_TEXTURE(tex1Dfetch)
WARPMARK_TEXTURE(tex1D)
WARPMARK_TEXTURE(tex2D)
WARPMARK_TEXTURE(tex3D)
WARPMARK_TEXTURE(tex1DLayered)
WARPMARK_TEXTURE(tex2DLayered)
WARPMARK_TEXTURE(tex2DLod)
WARPMARK_TEXTURE(tex2Dgather)
WARPMARK_TEXTURE(surf1Dread)
WARPMARK_TEXTURE(surf1Dwrite)
WARPMARK_TEXTURE(surf2Dread)
WARPMARK_TEXTURE(surf2Dwrite)
WARPMARK_TEXTURE(surf3Dread)
WARPMARK_TEXTURE(surf3Dwrite)
#undef WARPMARK_TEXTURE

static inline void cudaGridDependencySynchronize() { warpmark::unsupported_dependency(); }
static inline void cudaTriggerProgrammaticLaunchCompletion() { warpmark::unsupported_dependency(); }

#define WARPMARK_ROUNDED(name)                                                                                        \
    template <class T, class... A> static inline T name(T value, A...) {                                              \
        warpmark::unsupported_rounding();                                                                             \
        return value;                                                                                                 \
    }
#define WARPMARK_ROUNDED_ALL(name) WARPMARK_ROUNDED(name##_rd) WARPMARK_ROUNDED(name##_ru) WARPMARK_ROUNDED(name##_rz)
WARPMARK_ROUNDED_ALL(__fadd)
WARPMARK_ROUNDED_ALL(__fsub)
WARPMARK_ROUNDED_ALL(__fmul)
WARPMARK_ROUNDED_ALL(__fdiv)
WARPMARK_ROUNDED_ALL(__frcp)
WARPMARK_ROUNDED_ALL(__fsqrt)
WARPMARK_ROUNDED_ALL(__fmaf)
WARPMARK_ROUNDED_ALL(__dadd)
WARPMARK_ROUNDED_ALL(__dsub)
WARPMARK_ROUNDED_ALL(__dmul)
WARPMARK_ROUNDED_ALL(__ddiv)
WARPMARK_ROUNDED_ALL(__drcp)
WARPMARK_ROUNDED_ALL(__dsqrt)
WARPMARK_ROUNDED_ALL(__fma)
#undef WARPMARK_ROUNDED_ALL
#undef WARPMARK_ROUNDED
