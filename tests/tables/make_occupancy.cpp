// Makes `occupancy.json`: what NVIDIA's own occupancy calculator says of blocks of many shapes, a row each: the compute
// capability by ten, threads and registers of a thread, bytes of shared memory, how many such blocks a multiprocessor
// holds, and the bits of what limits that (1 threads, 2 registers, 4 shared memory, 8 blocks). It needs `cuda_occupancy.h` of the CUDA toolkit, and no GPU:
//
//     c++ -I "$CUDA_HOME/include" make_occupancy.cpp -o make_occupancy && ./make_occupancy > occupancy.json
//
// The capacities of multiprocessors are those of the CUDA C++ Programming Guide, "Technical Specifications per Compute
// Capability".

#include <climits>
#include <cstddef>
#include <cstdio>

#include "cuda_occupancy.h"

struct Model {
    int major, minor, threads, blocks;
    size_t shared, most;
};

static const Model MODELS[] = {
    {8, 0, 2048, 32, 164 << 10, 163 << 10}, {8, 6, 1536, 16, 100 << 10, 99 << 10},
    {8, 9, 1536, 24, 100 << 10, 99 << 10},  {9, 0, 2048, 32, 228 << 10, 227 << 10},
    {10, 0, 2048, 32, 228 << 10, 227 << 10}, {12, 0, 1536, 24, 100 << 10, 99 << 10},
};
static const int THREADS[] = {1, 32, 33, 96, 128, 160, 256, 384, 512, 768, 1024};
static const int REGISTERS[] = {0, 8, 16, 24, 32, 33, 40, 64, 72, 96, 128, 168, 255};
static const size_t SHARED[] = {0, 1, 1 << 10, 5000, 16 << 10, 48 << 10, 64 << 10, 96 << 10, 99 << 10, 227 << 10};

int main() {
    int launches = 0;
    printf("[");
    for (const Model &model : MODELS) {
        cudaOccDeviceProp device;
        device.computeMajor = model.major, device.computeMinor = model.minor;
        device.maxThreadsPerBlock = 1024, device.maxThreadsPerMultiprocessor = model.threads;
        device.regsPerBlock = device.regsPerMultiprocessor = 65536;
        device.warpSize = 32, device.sharedMemPerBlock = 48 << 10;
        device.sharedMemPerMultiprocessor = model.shared, device.numSms = 1;
        device.sharedMemPerBlockOptin = model.most, device.reservedSharedMemPerBlock = 1024;
        cudaOccDeviceState state;
        for (int threads : THREADS) {
            for (int registers : REGISTERS) {
                for (size_t shared : SHARED) {
                    cudaOccFuncAttributes function;
                    function.maxThreadsPerBlock = 1024, function.numRegs = registers, function.sharedSizeBytes = 0;
                    function.partitionedGCConfig = PARTITIONED_GC_OFF;
                    function.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
                    function.maxDynamicSharedSizeBytes = shared;
                    cudaOccResult found;
                    cudaOccError error = cudaOccMaxActiveBlocksPerMultiprocessor(&found, &device, &function, &state,
                                                                                 threads, shared);
                    if (error != CUDA_OCC_SUCCESS || found.activeBlocksPerMultiprocessor == 0) {
                        continue;  // no such launch
                    }
                    int limits = found.limitingFactors;
                    if (++launches % 7 != 1) {
                        continue;  // enough of them
                    }
                    printf("%s[%d,%d,%d,%zu,%d,%d]", launches == 1 ? "" : ",\n", model.major * 10 + model.minor, threads,
                           registers, shared, found.activeBlocksPerMultiprocessor, limits);
                }
            }
        }
    }
    printf("]\n");
}
