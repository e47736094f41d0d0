// The kernels of `suites/agreement.toml` under NVBench: the same source, sizes, launches and kinds of input, so that
// what differs is the timer. `tests/gpu/measurement` builds it twice, against the headers and the library in the Python
// package cuda-bench:
//
//     nvcc -std=c++17 -O3 -arch=sm_90 -I NVBENCH/include agreement.cu -L NVBENCH/lib -lnvbench -o peer
//
// NVBench flushes the L2 cache by a memset, which leaves it full of lines that the kernel under test must first drive
// out to memory. With -DFLUSH_BY_READING a read of twice the cache stands in place of that memset, as in warpmark, and
// all else is NVBench's.

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

#ifdef FLUSH_BY_READING
static cudaError_t read_through_l2(void*, int, std::size_t bytes, cudaStream_t stream);
#define cudaMemsetAsync read_through_l2
#endif
#include <nvbench/nvbench.cuh>
#ifdef FLUSH_BY_READING
#undef cudaMemsetAsync
#endif

namespace kernels {
#include "../../../kernels/agreement.cu"
}

namespace {

using kernels::u32;
using kernels::u64;

void check(cudaError_t error) {
    if (error != cudaSuccess) {
        std::fprintf(stderr, "%s\n", cudaGetErrorString(error));
        std::exit(1);
    }
}

/// Uniform floats of [0, 1) for `limit` 0, else whole numbers below `limit`, by the hash of their place (splitmix64).
__global__ void fill(u32* words, u64 n, u64 limit, u64 stream) {
    for (u64 i = blockIdx.x * u64(blockDim.x) + threadIdx.x; i < n; i += u64(gridDim.x) * blockDim.x) {
        u64 value = stream + (i + 1) * 0x9e3779b97f4a7c15ull;
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
        value = (value ^ value >> 27) * 0x94d049bb133111ebull;
        value ^= value >> 31;
        words[i] = limit ? u32(__umul64hi(value, limit)) : __float_as_uint(float(value >> 40) * 0x1p-24f);
    }
}

/// Device memory of n words that is given back at the end.
template <typename T> class Buffer {
public:
    explicit Buffer(u64 n, u64 limit = 0) {
        check(cudaMalloc(&words, n * sizeof(T)));
        fill<<<1024, 256>>>(reinterpret_cast<u32*>(words), n, limit, ++streams);
        check(cudaDeviceSynchronize());
    }
    ~Buffer() { check(cudaFree(words)); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    T* get() const { return words; }

private:
    static inline u64 streams = 0;
    T* words = nullptr;
};

void copy(nvbench::state& state) {
    const u64 n = 67108864;
    Buffer<float> in(n), out(n);
    state.exec([&](nvbench::launch& launch) {
        kernels::copy<<<n / 1024, 256, 0, launch.get_stream()>>>(in.get(), out.get(), n);
    });
}
NVBENCH_BENCH(copy);

void triad(nvbench::state& state) {
    const u64 n = 16777216;
    Buffer<float> a(n), b(n), out(n);
    state.exec([&](nvbench::launch& launch) {
        kernels::triad<<<n / 1024, 256, 0, launch.get_stream()>>>(a.get(), b.get(), out.get(), n);
    });
}
NVBENCH_BENCH(triad);

void reduce(nvbench::state& state) {
    const u64 n = 33554432;
    Buffer<float> in(n), sums(n / 16384);
    state.exec([&](nvbench::launch& launch) {
        kernels::reduce<<<n / 16384, 256, 0, launch.get_stream()>>>(in.get(), sums.get(), 16384, n);
    });
}
NVBENCH_BENCH(reduce);

void sgemm(nvbench::state& state) {
    const u32 side = 1024, depth = 3200;
    Buffer<float> a(side * depth), b(depth * side), c(side * side);
    state.exec([&](nvbench::launch& launch) {
        kernels::sgemm<<<dim3(side / 32, side / 32), dim3(32, 32), 0, launch.get_stream()>>>(a.get(), b.get(), c.get(),
                                                                                           side, depth);
    });
}
NVBENCH_BENCH(sgemm);

void multiply_add(nvbench::state& state, u32 blocks, u32 iterations) {
    Buffer<float> out(256ull * blocks);
    state.exec([&](nvbench::launch& launch) {
        kernels::multiply_add<<<blocks, 256, 0, launch.get_stream()>>>(out.get(), 0.999f, 0.5f, iterations);
    });
}

void fma(nvbench::state& state) { multiply_add(state, 1188, 10000); }
NVBENCH_BENCH(fma);

void tiny(nvbench::state& state) { multiply_add(state, 1, 400); }
NVBENCH_BENCH(tiny);

void hist(nvbench::state& state) {
    const u64 n = 25165824;
    Buffer<u32> in(n, 256), counts(256);
    state.exec([&](nvbench::launch& launch) {
        kernels::hist<<<1056, 256, 0, launch.get_stream()>>>(in.get(), counts.get(), n);
    });
}
NVBENCH_BENCH(hist);

void gather(nvbench::state& state) {
    const u64 entries = 67108864, n = 8388608;
    Buffer<float> table(entries), out(n);
    Buffer<u32> index(n, entries);
    state.exec([&](nvbench::launch& launch) {
        kernels::gather<<<n / 1024, 256, 0, launch.get_stream()>>>(table.get(), index.get(), out.get(), n);
    });
}
NVBENCH_BENCH(gather);

}  // namespace

#ifdef FLUSH_BY_READING
static __global__ void read_all(const uint4* words, u64 count, u32* never) {
    u32 sum = 0;
    for (u64 i = blockIdx.x * u64(blockDim.x) + threadIdx.x; i < count; i += u64(gridDim.x) * blockDim.x) {
        const uint4 word = words[i];
        sum |= word.x | word.y | word.z | word.w;
    }
    if (sum != 0) *never = sum;
}

/// Reads twice `bytes` of zeros, on the stream that the memset would have been on.
static cudaError_t read_through_l2(void*, int, std::size_t bytes, cudaStream_t stream) {
    static uint4* zeros = nullptr;
    if (!zeros) {
        check(cudaMalloc(&zeros, 2 * bytes + sizeof(u32)));
        check(cudaMemset(zeros, 0, 2 * bytes + sizeof(u32)));
    }
    const u64 count = 2 * bytes / sizeof(uint4);
    read_all<<<1056, 256, 0, stream>>>(zeros, count, reinterpret_cast<u32*>(zeros + count));
    return cudaGetLastError();
}
#endif

NVBENCH_MAIN;
