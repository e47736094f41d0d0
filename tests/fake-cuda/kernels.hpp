// The kernels that the fake driver executes: CUDA sources read as C++, one thread of a grid after another.

#pragma once

#include <stddef.h>
#include <string.h>

#include <map>
#include <string>

// What kernels see.
struct uint3 {
    unsigned x, y, z;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
static uint3 gridDim, blockDim, blockIdx, threadIdx;
#define __global__
#define __device__
static unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned __int128)a * b >> 64;
}
static void atomicAdd(unsigned long long *at, unsigned long long value) { *at += value; }
static void atomicMin(unsigned long long *at, unsigned long long value) { *at = value < *at ? value : *at; }
#include "clock.hpp"
#include "../../src/device/cuda/support.cu"
#include "../../src/device/cuda/clock.cu"
#include "kernels.cu"

// What the fake driver makes of a tensor map: the tensor's address comes first.
struct TensorMap {
    unsigned long long words[16];
};
// Copies the tensor behind a map, and the buffer itself.
static void through_map(const float *, float *out, TensorMap map, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && i < map.words[3] * map.words[4]) {
        out[i] = reinterpret_cast<const float *>(map.words[0])[i];
    }
}
static void past_map(const float *in, float *out, TensorMap, unsigned long long n) {
    unsigned long long i = (unsigned long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) {
        out[i] = in[i];
    }
}

// A kernel: its parameters' sizes, and a thread of it.
struct Kernel {
    std::string name;
    size_t count;
    size_t sizes[16];
    void (*thread)(const Kernel &, void **);
    void *function;
};

template <size_t... Is> struct Indices {};
template <size_t N, size_t... Is> struct Count : Count<N - 1, N - 1, Is...> {};
template <size_t... Is> struct Count<0, Is...> {
    typedef Indices<Is...> All;
};

template <class... P, size_t... Is>
static void call(void (*kernel)(P...), void **parameters, Indices<Is...>) {
    kernel(*static_cast<P *>(parameters[Is])...);
}

template <class... P> static Kernel describe(const char *name, void (*kernel)(P...)) {
    Kernel description = {name, sizeof...(P), {sizeof(P)...}, nullptr, reinterpret_cast<void *>(kernel)};
    description.thread = [](const Kernel &self, void **parameters) {
        auto function = reinterpret_cast<void (*)(P...)>(self.function);
        call(function, parameters, typename Count<sizeof...(P)>::All());
    };
    return description;
}

#define KERNEL(name) {#name, describe(#name, name)}
static const std::map<std::string, Kernel> &kernels() {
    static const std::map<std::string, Kernel> all = {
        KERNEL(scale), KERNEL(scale_again), KERNEL(one_past), KERNEL(increment), KERNEL(product), KERNEL(product_of_ones),
        KERNEL(warpmark_fill), KERNEL(warpmark_flush), KERNEL(warpmark_judge), KERNEL(warpmark_leaves),
        KERNEL(through_map), KERNEL(past_map),
        // Of clock.cu.
        KERNEL(warpmark_stamp), KERNEL(warpmark_spin), KERNEL(warpmark_wait), KERNEL(warpmark_nothing),
    };
    return all;
}
