// A driver for tests: the calls of libcuda.so that warpmark makes, on host memory. It executes the kernels below,
// thread after thread, logs every call, and plays the fault that FAKE_CUDA_FAULT names. What it times is a made-up
// clock, the same in every run: its device says so, and nothing that it yields is a measurement. Work is done when it
// is enqueued, but a stream counts as busy behind a flush, and as held while the word that it waits for isn't set.
//
//   FAKE_CUDA_LOG=FILE        every call, a line each: the process, the call, and what it is about
//   FAKE_CUDA_FAULT=FAULT     no-device, old-driver, out-of-memory:BYTES, launch-fails:KERNEL, never-completes:KERNEL,
//                             illegal-address:KERNEL, late-launches:N (of N samples one that the GPU begins too
//                             early), launch-waits:KERNEL (its launch returns when the stream is no longer held),
//                             no-holds (streams can't wait for a word), capture-fails:KERNEL, free-memory:BYTES,
//                             flat (every replay takes as long), short-copies (asynchronous ones lack 4 bytes)
//   FAKE_CUDA_CLOCKS=MHZ,...  what kernels see of the GPU's clock, see clock.hpp
//   FAKE_CUDA_GPUS=2          GPUs that it offers, 1 where it isn't set
//   FAKE_CUDA_MIG=1g.10gb    the GPU is a MIG instance of that profile
//   -DWITHOUT_cuFoo           when compiled: the symbol is missing, as in an older driver

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "kernels.hpp"

typedef int Code;
enum : int {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_IMAGE = 200,
    INVALID_PTX = 218,
    NOT_FOUND = 500,
    NOT_READY = 600,
    ILLEGAL_ADDRESS = 700,
    LAUNCH_OUT_OF_RESOURCES = 701,
    NOT_SUPPORTED = 801,
    CAPTURE_UNSUPPORTED = 900,
    CAPTURE_INVALIDATED = 901,
};

// The fault to play, `illegal-address:scale`: whether it is `kind`, and what it strikes at.
static std::string fault() {
    const char *text = getenv("FAKE_CUDA_FAULT");
    return text ? text : "";
}
static bool strikes(const char *kind, const std::string &at) {
    return fault() == std::string(kind) + ":" + at;
}
// The number of the fault `kind:NUMBER`, else 0.
static uint64_t number_of(const char *kind) {
    std::string text = fault(), head = std::string(kind) + ":";
    return text.compare(0, head.size(), head) == 0 ? strtoull(text.c_str() + head.size(), nullptr, 10) : 0;
}

static int gpus() {
    const char *text = getenv("FAKE_CUDA_GPUS");
    return text ? atoi(text) : 1;
}

static void note(const char *call, const std::string &about = "") {
    const char *path = getenv("FAKE_CUDA_LOG");
    if (!path) {
        return;
    }
    if (FILE *file = fopen(path, "a")) {
        fprintf(file, "%d %s%s%s\n", getpid(), call, about.empty() ? "" : " ", about.c_str());
        fclose(file);
    }
}

// Once an illegal address was reached, every call says so: the context is lost.
static bool lost = false;
// Once a kernel never completes, nothing that waits for it returns.
static bool stuck = false;
static std::map<uint64_t, size_t> allocations;

// The clock, in nanoseconds: an event takes 300, a launch 1500 and half a nanosecond for each thread, a replay 2000
// beside its launches.
static double now_ns = 0;
// Whether a flush is under way as far as the host can know: until it waits for the stream.
static bool flushing = false;
// What the stream waits for.
static const volatile uint32_t *word = nullptr;
static uint32_t awaited = 0;
static bool waits() { return word && int32_t(*word - awaited) < 0; }

// A test may use the library from several threads.
static std::recursive_mutex gate;

#define LOGGED(about)                                  \
    std::lock_guard<std::recursive_mutex> held(gate); \
    note(__func__, about);                             \
    if (lost) {                                        \
        return ILLEGAL_ADDRESS;                        \
    }

// Whether `bytes` from `address` lie in one allocation.
static bool allocated(uint64_t address, size_t bytes) {
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin()) {
        return false;
    }
    auto found = --next;
    return address - found->first + bytes <= found->second;
}

struct Module {
    std::set<std::string> entries;
};
struct Event {
    double reached;
};

// A launch with its arguments.
struct Launch {
    const Kernel *kernel;
    unsigned grid[3], block[3];
    std::vector<std::vector<char>> arguments;
    // Other work instead, which finds what it needs in the first argument.
    void (*work)(const void *);
};
typedef std::vector<Launch> Launches;
// What is captured, and whether that has failed.
static Launches *captured = nullptr;
static bool invalid = false;

static void execute(const Kernel *kernel, const unsigned *grid, const unsigned *block, void **parameters) {
    clocks.begin(kernel->name);
    gridDim = {grid[0], grid[1], grid[2]};
    blockDim = {block[0], block[1], block[2]};
    uint64_t blocks = uint64_t(grid[0]) * grid[1] * grid[2];
    unsigned threads = block[0] * block[1] * block[2];
    for (uint64_t number = 0; number < blocks; ++number) {
        blockIdx = {unsigned(number % grid[0]), unsigned(number / grid[0] % grid[1]),
                    unsigned(number / grid[0] / grid[1])};
        for (unsigned thread = 0; thread < threads; ++thread) {
            threadIdx = {thread % block[0], thread / block[0] % block[1], thread / block[0] / block[1]};
            kernel->thread(*kernel, parameters);
        }
    }
    clocks.end(kernel->name);
    now_ns += 1500 + 0.5 * blocks * threads;
    flushing |= kernel->name == "warpmark_flush";
}

// The entries of PTX, `.entry NAME(`, or of what the fake NVRTC makes, `FAKE CUBIN\nNAME\n...`.
static bool entries(const char *image, std::set<std::string> &found) {
    if (strncmp(image, "FAKE CUBIN\n", 11) == 0) {
        const char *line = image + 11;
        while (const char *end = strchr(line, '\n')) {
            found.insert(std::string(line, end));
            line = end + 1;
        }
        return true;
    }
    if (!strstr(image, ".version")) {
        return false;
    }
    for (const char *at = image; (at = strstr(at, ".entry "));) {
        at += 7;
        found.insert(std::string(at, strcspn(at, " (\n")));
    }
    return true;
}

// Does `work` with `bytes` of `data` now, or when what is captured is replayed.
extern "C" int fake_enqueue(void (*work)(const void *), const void *data, size_t bytes) {
    std::lock_guard<std::recursive_mutex> held(gate);
    if (!captured) {
        work(data);
        now_ns += 5000;
        return SUCCESS;
    }
    const char *begin = static_cast<const char *>(data);
    captured->push_back({nullptr, {}, {}, {std::vector<char>(begin, begin + bytes)}, work});
    return SUCCESS;
}
struct Copying {
    uint64_t to, from, bytes;
};
static void copying(const void *data) {
    const Copying *copy = static_cast<const Copying *>(data);
    memmove(reinterpret_cast<void *>(copy->to), reinterpret_cast<void *>(copy->from), copy->bytes);
}
struct Setting {
    uint64_t at, count;
    unsigned value, size;
};
static void setting(const void *data) {
    const Setting *set = static_cast<const Setting *>(data);
    for (uint64_t i = 0; i < set->count; ++i) {
        memcpy(reinterpret_cast<char *>(set->at) + i * set->size, &set->value, set->size);
    }
}
static Code enqueue_copy(uint64_t to, uint64_t from, uint64_t bytes) {
    Copying copy = {to, from, fault() == "short-copies" ? bytes - 4 : bytes};
    return fake_enqueue(copying, &copy, sizeof copy);
}
static Code enqueue_set(uint64_t at, unsigned value, size_t count, unsigned size) {
    if (!allocated(at, count * size)) {
        return INVALID_VALUE;
    }
    Setting set = {at, count, value, size};
    return fake_enqueue(setting, &set, sizeof set);
}
static std::set<const void *> pinned;

extern "C" {

Code cuInit(unsigned) {
    note(__func__);
    return fault() == "no-device" ? NO_DEVICE : SUCCESS;
}

Code cuDriverGetVersion(int *version) {
    note(__func__);
    *version = fault() == "old-driver" ? 11040 : 13000;
    return SUCCESS;
}

#define WORDS(code, name, text) \
    case code:                  \
        *words = which ? text : name; \
        return SUCCESS;
static Code words_of(Code code, bool which, const char **words) {
    switch (code) {
        WORDS(INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument")
        WORDS(OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory")
        WORDS(NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected")
        WORDS(INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed")
        WORDS(NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found")
        WORDS(ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered")
        WORDS(LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
              "too many resources requested for launch")
        WORDS(CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
              "operation not permitted when stream is capturing")
        WORDS(CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
              "operation failed due to a previous error during capture")
        WORDS(NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported")
    }
    *words = nullptr;
    return INVALID_VALUE;
}
Code cuGetErrorName(Code code, const char **words) { return words_of(code, false, words); }
Code cuGetErrorString(Code code, const char **words) { return words_of(code, true, words); }

Code cuDeviceGetCount(int *count) {
    LOGGED("");
    *count = gpus();
    return SUCCESS;
}
Code cuDeviceGet(int *device, int number) {
    LOGGED("");
    *device = number;
    return number < gpus() ? SUCCESS : INVALID_DEVICE;
}
Code cuDeviceGetName(char *name, int length, int) {
    LOGGED("");
    const char *profile = getenv("FAKE_CUDA_MIG");
    snprintf(name, length, "fake GPU (measures nothing)%s%s", profile ? " MIG " : "", profile ? profile : "");
    return SUCCESS;
}
Code cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    LOGGED("");
    memcpy(uuid, "fake-gpu-0000000", 16);
    uuid[15] += device;
    return SUCCESS;
}
Code cuDeviceTotalMem_v2(size_t *bytes, int) {
    LOGGED("");
    *bytes = size_t(1) << 32;
    return SUCCESS;
}
Code cuDeviceGetAttribute(int *value, int attribute, int device) {
    static const std::map<int, int> known = {
        {1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 0x7fffffff}, {6, 65535}, {7, 65535}, {10, 32},
        {13, 1000000}, {16, 4}, {32, 1}, {33, 0}, {34, 6}, {36, 1000000}, {38, 1 << 20}, {50, 0}, {75, 9}, {76, 0}, {95, 1}, {97, 232448}, {120, 1},
        // A multiprocessor of an H100: threads, shared memory, registers, blocks, shared memory reserved for each.
        {39, 2048}, {81, 233472}, {82, 65536}, {106, 32}, {111, 1024},
    };
    LOGGED(std::to_string(attribute));
    auto found = known.find(attribute);
    if (found == known.end()) {
        return INVALID_VALUE;
    }
    // The second GPU is plugged in before the first.
    *value = found->second - (attribute == 34 ? device : 0);
    return SUCCESS;
}

Code cuDevicePrimaryCtxRetain(void **context, int) {
    LOGGED("");
    *context = &allocations;
    return SUCCESS;
}
Code cuDevicePrimaryCtxRelease_v2(int) {
    LOGGED("");
    return SUCCESS;
}
Code cuCtxSetCurrent(void *) {
    LOGGED("");
    return SUCCESS;
}
Code cuMemGetInfo_v2(size_t *free, size_t *total) {
    LOGGED("");
    uint64_t played = number_of("free-memory");
    *free = played ? played : size_t(1) << 31;
    *total = size_t(1) << 32;
    return SUCCESS;
}

#ifndef WITHOUT_cuMemAlloc_v2
Code cuMemAlloc_v2(uint64_t *address, size_t bytes) {
    LOGGED(std::to_string(bytes));
    std::string text = fault();
    if (text.compare(0, 14, "out-of-memory:") == 0 && bytes >= strtoull(text.c_str() + 14, nullptr, 10)) {
        return OUT_OF_MEMORY;
    }
    void *memory = nullptr;
    if (bytes == 0 || posix_memalign(&memory, 512, bytes) != 0) {
        return bytes == 0 ? INVALID_VALUE : OUT_OF_MEMORY;
    }
    *address = reinterpret_cast<uint64_t>(memory);
    allocations[*address] = bytes;
    return SUCCESS;
}
#endif
Code cuMemFree_v2(uint64_t address) {
    LOGGED("");
    if (!allocations.erase(address)) {
        return INVALID_VALUE;
    }
    free(reinterpret_cast<void *>(address));
    return SUCCESS;
}

static Code copy(uint64_t to, uint64_t from, size_t bytes) {
    memmove(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
    return SUCCESS;
}
Code cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    LOGGED(std::to_string(bytes));
    return allocated(to, bytes) ? copy(to, reinterpret_cast<uint64_t>(from), bytes) : INVALID_VALUE;
}
Code cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    LOGGED(std::to_string(bytes));
    return allocated(from, bytes) ? copy(reinterpret_cast<uint64_t>(to), from, bytes) : INVALID_VALUE;
}
Code cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *) {
    LOGGED(std::to_string(bytes));
    return allocated(to, bytes) && allocated(from, bytes) ? enqueue_copy(to, from, bytes) : INVALID_VALUE;
}
// A copy of pageable memory can't be captured, and returns only when a held stream goes on.
static Code copy_with_host(const void *host, uint64_t to, uint64_t from, size_t bytes) {
    if (!pinned.count(host)) {
        if (captured) {
            invalid = true;
            return CAPTURE_UNSUPPORTED;
        }
        while (waits()) {
            usleep(1000);
        }
    }
    return enqueue_copy(to, from, bytes);
}
Code cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *) {
    LOGGED(std::to_string(bytes) + (pinned.count(from) ? " pinned" : " pageable"));
    return allocated(to, bytes) ? copy_with_host(from, to, reinterpret_cast<uint64_t>(from), bytes) : INVALID_VALUE;
}
Code cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *) {
    LOGGED(std::to_string(bytes) + (pinned.count(to) ? " pinned" : " pageable"));
    return allocated(from, bytes) ? copy_with_host(to, reinterpret_cast<uint64_t>(to), from, bytes) : INVALID_VALUE;
}
Code cuMemsetD16Async(uint64_t at, unsigned short value, size_t count, void *) {
    LOGGED(std::to_string(count));
    return enqueue_set(at, value, count, 2);
}
Code cuMemsetD32Async(uint64_t at, unsigned value, size_t count, void *) {
    LOGGED(std::to_string(count));
    return enqueue_set(at, value, count, 4);
}

Code cuMemsetD8Async(uint64_t at, unsigned char value, size_t bytes, void *) {
    LOGGED(std::to_string(bytes));
    if (!allocated(at, bytes)) {
        return INVALID_VALUE;
    }
    if (captured) {
        return enqueue_set(at, value, bytes, 1);
    }
    memset(reinterpret_cast<void *>(at), value, bytes);
    flushing |= bytes >= size_t(2) << 20;
    return SUCCESS;
}

Code cuModuleLoadDataEx(void **module, const void *image, unsigned, int *, void **values) {
    LOGGED("");
    Module *loaded = new Module;
    if (!entries(static_cast<const char *>(image), loaded->entries)) {
        delete loaded;
        snprintf(static_cast<char *>(values[0]), 64, "fake: no .version directive");
        return INVALID_PTX;
    }
    *module = loaded;
    return SUCCESS;
}
Code cuModuleUnload(void *module) {
    LOGGED("");
    delete static_cast<Module *>(module);
    return SUCCESS;
}
Code cuModuleGetFunction(void **function, void *module, const char *name) {
    LOGGED(name);
    auto found = kernels().find(name);
    if (!static_cast<Module *>(module)->entries.count(name) || found == kernels().end()) {
        return NOT_FOUND;
    }
    *function = const_cast<Kernel *>(&found->second);
    return SUCCESS;
}
Code cuFuncGetAttribute(int *value, int attribute, void *function) {
    LOGGED(std::to_string(attribute));
    *value = attribute == 0 ? 1024 : attribute == 8 ? 49152 : 0;
    // `increment` has many registers and spills some.
    bool increment = static_cast<Kernel *>(function)->name == "increment";
    *value = attribute == 4 ? (increment ? 168 : 16) : attribute == 3 && increment ? 24 : *value;
    return SUCCESS;
}
Code cuFuncSetAttribute(void *, int attribute, int value) {
    LOGGED(std::to_string(attribute) + " " + std::to_string(value));
    return SUCCESS;
}
#ifndef WITHOUT_cuFuncGetParamInfo
Code cuFuncGetParamInfo(void *function, size_t number, size_t *offset, size_t *size) {
    LOGGED("");
    const Kernel *kernel = static_cast<Kernel *>(function);
    if (number >= kernel->count) {
        return INVALID_VALUE;
    }
    *offset = 0;
    *size = kernel->sizes[number];
    return SUCCESS;
}
#endif

Code cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                    unsigned, void *, void **parameters, void **) {
    const Kernel *kernel = static_cast<Kernel *>(function);
    LOGGED(kernel->name);
    if (strikes("launch-fails", kernel->name)) {
        return LAUNCH_OUT_OF_RESOURCES;
    }
    stuck |= strikes("never-completes", kernel->name);
    if (stuck) {
        return SUCCESS;
    }
    if (strikes("illegal-address", kernel->name)) {
        lost = true;
        return SUCCESS;
    }
    while (waits() && strikes("launch-waits", kernel->name)) {
        usleep(1000);
    }
    unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
    if (!captured) {
        execute(kernel, grid, block, parameters);
        return SUCCESS;
    }
    if (strikes("capture-fails", kernel->name)) {
        invalid = true;
        return CAPTURE_UNSUPPORTED;
    }
    Launch launch = {kernel, {gx, gy, gz}, {bx, by, bz}, {}, nullptr};
    for (size_t i = 0; i < kernel->count; ++i) {
        const char *bytes = static_cast<char *>(parameters[i]);
        launch.arguments.emplace_back(bytes, bytes + kernel->sizes[i]);
    }
    captured->push_back(launch);
    return SUCCESS;
}
struct Configuration {
    unsigned grid[3], block[3], shared;
    void *stream;
    void *attributes;
    unsigned count;
};
Code cuLaunchKernelEx(const Configuration *launch, void *function, void **parameters, void **extra) {
    LOGGED("");
    const unsigned *grid = launch->grid, *block = launch->block;
    return cuLaunchKernel(function, grid[0], grid[1], grid[2], block[0], block[1], block[2], launch->shared,
                          launch->stream, parameters, extra);
}

// Occupancy: by the driver's own rules, for the registers that kernels have here.
#ifndef WITHOUT_cuOccupancyMaxActiveBlocksPerMultiprocessor
Code cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int threads, size_t shared) {
    LOGGED(std::to_string(threads) + " " + std::to_string(shared));
    int registers = 0;
    cuFuncGetAttribute(&registers, 4, function);
    int warps = (threads + 31) / 32, by_registers = 65536 / (registers * 32) / warps, by_threads = 64 / warps;
    *blocks = by_registers < by_threads ? by_registers : by_threads;
    return SUCCESS;
}
#endif

static Code wait_for_all() {
    while (stuck) {
        sleep(1000);
    }
    while (waits()) {
        usleep(50);
    }
    flushing = false;
    return lost ? ILLEGAL_ADDRESS : SUCCESS;
}
Code cuStreamCreate(void **stream, unsigned) {
    LOGGED("");
    *stream = &allocations;
    return SUCCESS;
}
Code cuStreamDestroy_v2(void *) {
    LOGGED("");
    return SUCCESS;
}
Code cuStreamSynchronize(void *) {
    note(__func__);
    return wait_for_all();
}
Code cuEventCreate(void **event, unsigned) {
    LOGGED("");
    *event = new Event();
    return SUCCESS;
}
Code cuEventDestroy_v2(void *event) {
    LOGGED("");
    delete static_cast<Event *>(event);
    return SUCCESS;
}
Code cuEventRecord(void *event, void *) {
    LOGGED("");
    static_cast<Event *>(event)->reached = now_ns += 300;
    return SUCCESS;
}
Code cuEventQuery(void *) {
    LOGGED("");
    static uint64_t queries = 0;
    uint64_t played = number_of("late-launches");
    bool late = played && ++queries % played == 0;
    return (waits() || flushing) && !late ? NOT_READY : SUCCESS;
}
Code cuEventSynchronize(void *) {
    note(__func__);
    return wait_for_all();
}
Code cuEventElapsedTime(float *milliseconds, void *start, void *stop) {
    LOGGED("");
    *milliseconds = float((static_cast<Event *>(stop)->reached - static_cast<Event *>(start)->reached) * 1e-6);
    return SUCCESS;
}

Code cuStreamWaitValue32_v2(void *, uint64_t address, uint32_t value, unsigned) {
    LOGGED("");
    if (fault() == "no-holds") {
        return NOT_SUPPORTED;
    }
    word = reinterpret_cast<const volatile uint32_t *>(address);
    awaited = value;
    return SUCCESS;
}
Code cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
    LOGGED("");
    if (posix_memalign(memory, 4096, bytes) != 0) {
        return OUT_OF_MEMORY;
    }
    pinned.insert(*memory);
    return SUCCESS;
}
Code cuMemHostGetDevicePointer_v2(uint64_t *address, void *memory, unsigned) {
    LOGGED("");
    *address = reinterpret_cast<uint64_t>(memory);
    return SUCCESS;
}
Code cuMemFreeHost(void *memory) {
    LOGGED("");
    word = memory == word ? nullptr : word;
    pinned.erase(memory);
    free(memory);
    return SUCCESS;
}
Code cuCtxResetPersistingL2Cache() {
    LOGGED("");
    return SUCCESS;
}

#ifndef WITHOUT_cuTensorMapEncodeTiled
// A map holds the tensor's address, its type and its dimensions: the kernels here read it so.
Code cuTensorMapEncodeTiled(uint64_t *map, int type, uint32_t rank, void *address, const uint64_t *sizes,
                            const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int interleave,
                            int swizzle, int promotion, int fill) {
    uint64_t at = reinterpret_cast<uint64_t>(address);
    LOGGED(std::to_string(at) + " swizzle " + std::to_string(swizzle));
    bool right = reinterpret_cast<uint64_t>(map) % 64 == 0 && at % 16 == 0 && type >= 0 && type <= 12 && rank >= 1 &&
                 rank <= 5 && interleave == 0 && swizzle >= 0 && swizzle <= 3 && promotion >= 0 && promotion <= 3 &&
                 fill == 0;
    for (uint32_t axis = 0; right && axis < rank; ++axis) {
        right = sizes[axis] >= 1 && box[axis] >= 1 && box[axis] <= 256 && steps[axis] == 1 &&
                (axis == 0 || strides[axis - 1] % 16 == 0);
    }
    if (!right) {
        return INVALID_VALUE;
    }
    memset(map, 0, 128);
    map[0] = at;
    map[1] = type;
    map[2] = rank;
    for (uint32_t axis = 0; axis < rank; ++axis) {
        map[3 + axis] = sizes[axis];
    }
    return SUCCESS;
}
#endif

#ifndef WITHOUT_graphs
Code cuStreamBeginCapture_v2(void *, int) {
    LOGGED("");
    captured = new Launches;
    invalid = false;
    return SUCCESS;
}
Code cuStreamEndCapture(void *, void **graph) {
    LOGGED("");
    *graph = invalid ? nullptr : captured;
    if (invalid) {
        delete captured;
    }
    captured = nullptr;
    return invalid ? CAPTURE_INVALIDATED : SUCCESS;
}
Code cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) {
    const Launches *launches = static_cast<Launches *>(graph);
    LOGGED(std::to_string(launches->size()));
    *executable = new Launches(*launches);
    return SUCCESS;
}
Code cuGraphUpload(void *, void *) {
    LOGGED("");
    return SUCCESS;
}
Code cuGraphLaunch(void *executable, void *) {
    const Launches *launches = static_cast<Launches *>(executable);
    LOGGED(std::to_string(launches->size()));
    double began = now_ns;
    for (const Launch &launch : *launches) {
        if (launch.work) {
            launch.work(launch.arguments[0].data());
            now_ns += 5000;
            continue;
        }
        std::vector<void *> parameters;
        for (const std::vector<char> &argument : launch.arguments) {
            parameters.push_back(const_cast<char *>(argument.data()));
        }
        execute(launch.kernel, launch.grid, launch.block, parameters.data());
    }
    now_ns = fault() == "flat" ? began + 250000 : now_ns + 2000;
    return SUCCESS;
}
Code cuGraphExecDestroy(void *executable) {
    LOGGED("");
    delete static_cast<Launches *>(executable);
    return SUCCESS;
}
Code cuGraphDestroy(void *graph) {
    LOGGED("");
    delete static_cast<Launches *>(graph);
    return SUCCESS;
}
#endif
}
