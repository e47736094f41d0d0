// What the state of the L2 cache costs: kernels of `suites/agreement.toml` between two events after a flush that reads
// twice the cache, after a memset of twice the cache, and after a memset of once. A line of JSON a kernel: means of 200
// executions each, in nanoseconds.
//
//     nvcc -std=c++17 -O3 -arch=sm_90 flush.cu -o flush

#include <cstdio>
#include <cstdlib>
#include <functional>

namespace kernels {
#include "../../kernels/agreement.cu"
}
using kernels::u32;
using kernels::u64;

static void check(cudaError_t error) {
    if (error != cudaSuccess) {
        std::fprintf(stderr, "%s\n", cudaGetErrorString(error));
        std::exit(1);
    }
}

/// Whole numbers below `limit`, or uniform floats of [0, 1) for 0.
__global__ void fill(u32* words, u64 n, u64 limit) {
    for (u64 i = blockIdx.x * u64(blockDim.x) + threadIdx.x; i < n; i += u64(gridDim.x) * blockDim.x) {
        u64 value = (i + 1) * 0x9e3779b97f4a7c15ull;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
        value = (value ^ value >> 27) * 0x94d049bb133111ebull;
        value ^= value >> 31;
        words[i] = limit ? u32(__umul64hi(value, limit)) : __float_as_uint(float(value >> 40) * 0x1p-24f);
    }
}

__global__ void read_all(const uint4* words, u64 count, u32* never) {
    u32 sum = 0;
    for (u64 i = blockIdx.x * u64(blockDim.x) + threadIdx.x; i < count; i += u64(gridDim.x) * blockDim.x) {
        const uint4 word = words[i];
        sum |= word.x | word.y | word.z | word.w;
    }
    if (sum != 0) *never = sum;
}

template <typename T> static T* filled(u64 n, u64 limit = 0) {
    T* words = nullptr;
    check(cudaMalloc(&words, n * sizeof(T)));
    fill<<<1056, 256>>>(reinterpret_cast<u32*>(words), n, limit);
    check(cudaDeviceSynchronize());
    return words;
}

/// The flushes, and the memory that they go over.
struct Flushes {
    u64 l2 = 0;
    uint4* zeros = nullptr;

    Flushes() {
        int bytes = 0;
        check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, 0));
        l2 = u64(bytes);
        check(cudaMalloc(&zeros, 2 * l2 + 16));
        check(cudaMemset(zeros, 0, 2 * l2 + 16));
    }

    void flush(int kind) const {
        const u64 count = 2 * l2 / sizeof(uint4);
        if (kind == 0) read_all<<<1056, 256>>>(zeros, count, reinterpret_cast<u32*>(zeros + count));
        if (kind == 1) check(cudaMemsetAsync(zeros, 0, 2 * l2));
        if (kind == 2) check(cudaMemsetAsync(zeros, 0, l2));
    }
};

/// Times `launch` after each kind of flush in turn, and prints the means.
static void compare(const char* name, const Flushes& flushes, const std::function<void()>& launch) {
    constexpr int warm_up = 10, samples = 200;
    cudaEvent_t start, stop;
    check(cudaEventCreate(&start));
    check(cudaEventCreate(&stop));
    double sums[3] = {};
    for (int sample = -warm_up; sample < samples; ++sample)
        for (int kind = 0; kind < 3; ++kind) {
            flushes.flush(kind);
            check(cudaEventRecord(start));
            launch();
            check(cudaEventRecord(stop));
            check(cudaEventSynchronize(stop));
            float milliseconds = 0;
            check(cudaEventElapsedTime(&milliseconds, start, stop));
            if (sample >= 0) sums[kind] += milliseconds * 1e6;
        }
    check(cudaGetLastError());
    std::printf("{\"kernel\": \"%s\", \"read_ns\": %.1f, \"memset_ns\": %.1f, \"memset_once_ns\": %.1f}\n", name,
                sums[0] / samples, sums[1] / samples, sums[2] / samples);
}

int main() {
    const Flushes flushes;
    const u64 n = 67108864;
    float *a = filled<float>(n), *b = filled<float>(n);
    u32 *values = filled<u32>(n / 4, 256), *index = filled<u32>(n / 8, n), *counts = filled<u32>(256, 1);
    compare("copy", flushes, [&] { kernels::copy<<<n / 1024, 256>>>(a, b, n); });
    compare("triad", flushes, [&] { kernels::triad<<<n / 4096, 256>>>(a, a + n / 2, b, n / 4); });
    compare("reduce", flushes, [&] { kernels::reduce<<<n / 32768, 256>>>(a, b, 16384, n / 2); });
    compare("hist", flushes, [&] { kernels::hist<<<1056, 256>>>(values, counts, n / 4); });
    compare("gather", flushes, [&] { kernels::gather<<<n / 8192, 256>>>(a, index, b, n / 8); });
}
