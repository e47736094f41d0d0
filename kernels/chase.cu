// Pointer chases: each access waits for the one before, so what is measured is latency and nothing else.
//
// What limits it: the way from a load to its result. In shared memory and in L1 that is a few tens of cycles, in L2
// some hundreds (an H100's cache has two halves, and the far one takes longer), in device memory about twice that.
// Beyond the reach of the address translation the page is looked up, too.
//
// In shared memory the chain lies in the data: a step is a load, and the multiply-add that makes an address of the
// place that was read. Elsewhere a suite has no way to lay a chain, so the order is counted: while a load is under way,
// the next address is computed beside it, and the value that comes is only needed to be as expected.
// `next | (value ^ expected)` is one instruction; the expected values leave `next` as it is, but neither the compiler
// nor the GPU knows that. So a step is a load and one logical operation. Either instruction takes about 4 cycles of an
// H100, which the latencies of loads have beside them.

using u32 = unsigned int;
using u64 = unsigned long long;

constexpr u32 line_words = 32;

enum Through { l1, l2 };

/// The number of the line that is visited in step after step of a lap over 2^`bits` lines: each once, by a generator
/// of full period. Past L1 its digits are turned around, so that the best of them decide where in memory the line
/// lies, and neither prefetching nor the layout of memory can follow. L1 has no such habits, and is too fast to hide
/// the turning.
template <Through through> struct Order {
    u32 state, bits;
    __device__ explicit Order(u32 bits, u32 start = 0) : state(start), bits(bits) {}
    __device__ u32 next() {
        state = state * 1664525u + 1013904223u;
        if (through == l1) return state & ((1u << bits) - 1);
        return bits == 0 ? 0 : __brev(state << (32 - bits)) & ((1u << bits) - 1);
    }
};

/// Where line `line` begins, in words: lines lie `stride` lines apart, a power of 2, and each a few lines further, so
/// that they don't all meet in the same sets of a cache.
template <u32 stride> static __device__ u64 word_of(u32 line) {
    if (stride == 1) return static_cast<u64>(line) * line_words;
    return (static_cast<u64>(line) * stride + (line * 37u & (stride - 1))) * line_words;
}

/// One access: through L1, or past it.
template <Through through> static __device__ u32 load(const u32* p) { return through == l1 ? __ldca(p) : __ldcg(p); }

/// A chase of `steps` over 2^`bits` lines of 128 bytes. Word i of `in` is i. out[0] is the sum of what was read.
template <Through through, u32 stride> __global__ void chase(const u32* in, u32* out, u32 bits, u32 steps) {
    if (threadIdx.x != 0) return;
    Order<through> order(bits);
    u64 at = word_of<stride>(order.next());
    u64 address = reinterpret_cast<u64>(in + at);
    u32 sum = 0;
#pragma unroll 4
    for (u32 step = 0; step < steps; ++step) {
        const u64 next = word_of<stride>(order.next());
        const u64 planned = reinterpret_cast<u64>(in + next);
        const u32 value = load<through>(reinterpret_cast<const u32*>(address));
        address = planned | (value ^ static_cast<u32>(at));
        at = next;
        sum += value;
    }
    out[0] = sum;
}

template <Through through, u32 stride> __global__ void chase_reference(const u32* in, u32* out, u32 bits, u32 steps) {
    if (threadIdx.x != 0) return;
    Order<through> order(bits);
    u32 sum = 0;
    for (u32 step = 0; step < steps; ++step) sum += in[word_of<stride>(order.next())];
    out[0] = sum;
}

constexpr u32 table_words = 4096;

/// A chase through 2^`bits` words of shared memory, 4,096 at most: each holds where the next one lies. All threads of
/// the block lay the chain, the first one walks it. out[0] is the sum of the places.
__global__ void chase_shared(u32* out, u32 bits, u32 steps) {
    __shared__ u32 table[table_words];
    const u32 mask = (1u << bits) - 1;
    for (u32 i = threadIdx.x; i <= mask; i += blockDim.x) table[i] = (i * 1664525u + 1013904223u) & mask;
    __syncthreads();
    if (threadIdx.x != 0) return;
    u32 at = 0, sum = 0;
#pragma unroll 8
    for (u32 step = 0; step < steps; ++step) {
        at = table[at];
        sum += at;
    }
    out[0] = sum;
}

__global__ void chase_shared_reference(u32* out, u32 bits, u32 steps) {
    if (threadIdx.x != 0) return;
    const u32 mask = (1u << bits) - 1;
    u32 at = 0, sum = 0;
    for (u32 step = 0; step < steps; ++step) {
        at = (at * 1664525u + 1013904223u) & mask;
        sum += at;
    }
    out[0] = sum;
}

/// As many chases as there are threads, each over all 2^`bits` lines from a line of its own on: random access with so
/// many loads under way as threads are resident. out[t] is the sum of what thread t read.
__global__ void __launch_bounds__(256) chase_all(const u32* in, u32* out, u32 bits, u32 steps) {
    const u32 thread = blockIdx.x * blockDim.x + threadIdx.x;
    Order<l2> order(bits, thread * 2654435769u);
    u64 at = word_of<1>(order.next());
    u64 address = reinterpret_cast<u64>(in + at);
    u32 sum = 0;
    for (u32 step = 0; step < steps; ++step) {
        const u64 next = word_of<1>(order.next());
        const u64 planned = reinterpret_cast<u64>(in + next);
        const u32 value = __ldcg(reinterpret_cast<const u32*>(address));
        address = planned | (value ^ static_cast<u32>(at));
        at = next;
        sum += value;
    }
    out[thread] = sum;
}

__global__ void chase_all_reference(const u32* in, u32* out, u32 bits, u32 steps) {
    const u32 thread = blockIdx.x * blockDim.x + threadIdx.x;
    Order<l2> order(bits, thread * 2654435769u);
    u32 sum = 0;
    for (u32 step = 0; step < steps; ++step) sum += in[word_of<1>(order.next())];
    out[thread] = sum;
}
