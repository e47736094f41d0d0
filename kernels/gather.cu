// Gather and scatter: reads and writes at random places.
//
// What limits it: sectors. Memory moves 32 bytes at least, so a random access of 4 bytes uses an eighth of what it
// costs, and one of 16 bytes half. The rest is latency, which thousands of threads with independent accesses hide, and
// the reach of the address translation once the table is larger than it. A table that fits into the L2 cache is served
// from there.

using u32 = unsigned int;
using u64 = unsigned long long;

static __device__ u64 thread_of_grid() { return blockIdx.x * static_cast<u64>(blockDim.x) + threadIdx.x; }
static __device__ u64 threads_of_grid() { return gridDim.x * static_cast<u64>(blockDim.x); }

/// An element of `words` words that is moved by one access.
template <int words> struct alignas(4 * words) Element {
    u32 at[words];
};

/// out[i] = table[index[i]], elements of `words` words, four under way in a thread; `n` is a multiple of 4.
template <int words> __global__ void __launch_bounds__(256)
    gather(const u32* __restrict__ table, const u32* __restrict__ index, u32* __restrict__ out, u64 n) {
    const u64 i = thread_of_grid();
    if (i >= n / 4) return;
    const uint4 at = reinterpret_cast<const uint4*>(index)[i];
    const Element<words>* from = reinterpret_cast<const Element<words>*>(table);
    const Element<words> a = from[at.x], b = from[at.y], c = from[at.z], d = from[at.w];
    Element<words>* to = reinterpret_cast<Element<words>*>(out) + 4 * i;
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
}

template <int words> __global__ void gather_reference(const u32* table, const u32* index, u32* out, u64 n) {
    for (u64 i = thread_of_grid(); i < n * words; i += threads_of_grid())
        out[i] = table[static_cast<u64>(index[i / words]) * words + i % words];
}

/// A permutation of the numbers below 2^`bits`: each step can be undone, so no two numbers meet. Multiplying by an odd
/// number mixes upwards, folding the upper half on the lower one mixes downwards.
static __device__ u32 permuted(u32 i, u32 bits) {
    const u32 mask = bits == 32 ? 0xffffffffu : (1u << bits) - 1;
    const u32 fold = (bits + 1) / 2;
    i = (i * 2654435769u) & mask;
    i ^= i >> fold;
    i = (i * 2246822519u) & mask;
    i ^= i >> fold;
    return i;
}

/// out[permuted(index[i])] = in[i] for the 2^`bits` elements: each place is written once, in an order as good as
/// random. The indices are read like any others; that they are 0, 1, 2, ... is the suite's business.
template <int words> __global__ void __launch_bounds__(256)
    scatter(const u32* __restrict__ in, const u32* __restrict__ index, u32* __restrict__ out, u32 bits) {
    const u64 i = thread_of_grid();
    if (i >> bits == 0)
        reinterpret_cast<Element<words>*>(out)[permuted(index[i], bits)] =
            reinterpret_cast<const Element<words>*>(in)[i];
}

template <int words> __global__ void scatter_reference(const u32* in, const u32* index, u32* out, u32 bits) {
    const u64 n = 1ull << bits;
    for (u64 i = thread_of_grid(); i < n * words; i += threads_of_grid())
        out[static_cast<u64>(permuted(index[i / words], bits)) * words + i % words] = in[i];
}
