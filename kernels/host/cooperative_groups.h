// Cooperative groups that lie inside one block: thread_block, tiles of a warp, coalesced_group.
#pragma once

namespace cooperative_groups {

struct thread_block {
    using index = unsigned;
    static void sync() { __syncthreads(); }
    static void barrier_wait() { __syncthreads(); }
    static unsigned thread_rank() { return warpmark::linear_thread(); }
    static unsigned size() { return blockDim.x * blockDim.y * blockDim.z; }
    static unsigned num_threads() { return size(); }
    static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
    static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
    static dim3 group_dim() { return blockDim; }
    static dim3 dim_threads() { return blockDim; }
};
static inline thread_block this_thread_block() { return {}; }

struct grid_group {
    static bool is_valid() { return false; }
    static void sync() { warpmark::unsupported_grid_sync(); }
    static unsigned long long block_rank() {
        return (1ull * blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    }
    static unsigned long long num_blocks() { return 1ull * gridDim.x * gridDim.y * gridDim.z; }
    static unsigned long long thread_rank() { return block_rank() * thread_block::size() + thread_block::thread_rank(); }
    static unsigned long long size() { return num_blocks() * thread_block::size(); }
    static unsigned long long num_threads() { return size(); }
    static dim3 group_dim() { return gridDim; }
    static dim3 dim_blocks() { return gridDim; }
    static dim3 block_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
};
static inline grid_group this_grid() { return {}; }

struct cluster_group {
    static void sync() { warpmark::unsupported_cluster(); }
    static void barrier_arrive() { warpmark::unsupported_cluster(); }
    static void barrier_wait() { warpmark::unsupported_cluster(); }
    template <class T> static T* map_shared_rank(T* address, int) {
        warpmark::unsupported_cluster();
        return address;
    }
    static unsigned block_rank() { return warpmark::unsupported_cluster(), 0; }
    static unsigned num_blocks() { return warpmark::unsupported_cluster(), 1; }
    static unsigned thread_rank() { return warpmark::unsupported_cluster(), 0; }
    static unsigned num_threads() { return warpmark::unsupported_cluster(), 1; }
    static dim3 block_index() { return warpmark::unsupported_cluster(), dim3(); }
    static dim3 dim_blocks() { return warpmark::unsupported_cluster(), dim3(); }
};
static inline cluster_group this_cluster() { return warpmark::unsupported_cluster(), cluster_group(); }

// What tiles and coalesced groups share: lanes of a warp, ranked from the lowest.
struct warp_group {
    unsigned mask;
    unsigned size() const { return unsigned(__popc(mask)); }
    unsigned num_threads() const { return size(); }
    unsigned thread_rank() const { return unsigned(__popc(mask & ((1u << warpmark::lane_id()) - 1))); }
    void sync() const { __syncwarp(mask); }
    int any(int predicate) const { return __any_sync(mask, predicate); }
    int all(int predicate) const { return __all_sync(mask, predicate); }
    unsigned ballot(int predicate) const { return pack(__ballot_sync(mask, predicate)); }
    template <class T> unsigned match_any(T value) const { return pack(__match_any_sync(mask, value)); }
    template <class T> unsigned match_all(T value, int& predicate) const {
        return pack(__match_all_sync(mask, value, &predicate));
    }
    template <class T> T shfl(T value, int rank) const {
        return warpmark::shuffle("shfl", mask, value, lane_of(unsigned(rank) % size()));
    }
    template <class T> T shfl_up(T value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return warpmark::shuffle("shfl_up", mask, value, lane_of(rank >= delta ? rank - delta : rank));
    }
    template <class T> T shfl_down(T value, unsigned delta) const {
        const unsigned rank = thread_rank();
        return warpmark::shuffle("shfl_down", mask, value, lane_of(delta < size() - rank ? rank + delta : rank));
    }
    template <class T> T shfl_xor(T value, unsigned with) const {
        const unsigned rank = thread_rank(), other = rank ^ with;
        return warpmark::shuffle("shfl_xor", mask, value, lane_of(other < size() ? other : rank));
    }

    // The lane of the `rank`-th member.
    unsigned lane_of(unsigned rank) const {
        unsigned left = mask;
        while (rank-- > 0) left &= left - 1;
        return unsigned(__builtin_ctz(left));
    }
    // Bits of lanes as bits of ranks.
    unsigned pack(unsigned lanes) const {
        unsigned packed = 0, rank = 0;
        for (unsigned left = mask; left != 0; left &= left - 1, ++rank)
            if (lanes & left & -left) packed |= 1u << rank;
        return packed;
    }
};

template <unsigned n, class Parent = void> struct thread_block_tile : warp_group {
    static constexpr unsigned size() { return n; }
    static constexpr unsigned num_threads() { return n; }
    unsigned meta_group_rank() const { return rank_; }
    unsigned meta_group_size() const { return groups_; }
    unsigned rank_, groups_;
};

struct coalesced_group : warp_group {
    static unsigned meta_group_rank() { return 0; }
    static unsigned meta_group_size() { return 1; }
};

namespace detail {
template <unsigned n> static inline unsigned tile_mask() {
    static_assert(n > 0 && (n & (n - 1)) == 0, "a tile's size is a power of two");
    if (n > 32) warpmark::unsupported_wide_tile();
    const unsigned first = warpmark::lane_id() & ~(n - 1);
    return (n >= 32 ? ~0u : (1u << n % 32) - 1) << first % 32;
}
} // namespace detail

template <unsigned n> static inline thread_block_tile<n, thread_block> tiled_partition(const thread_block& block) {
    return {{detail::tile_mask<n>()}, block.thread_rank() / n, (block.size() + n - 1) / n};
}
template <unsigned n, unsigned m, class P>
static inline thread_block_tile<n, thread_block_tile<m, P>> tiled_partition(const thread_block_tile<m, P>& tile) {
    static_assert(n <= m, "a tile of a tile is not larger");
    return {{detail::tile_mask<n>()}, tile.thread_rank() / n, m / n};
}
static inline coalesced_group coalesced_at(unsigned site) { return {{warpmark::active_mask(site)}}; }
#define coalesced_threads() coalesced_at(__COUNTER__)

template <class Group> static inline void sync(const Group& group) { group.sync(); }
template <class Group> static inline unsigned thread_rank(const Group& group) { return group.thread_rank(); }
template <class Group> static inline unsigned group_size(const Group& group) { return group.size(); }
template <class... A> static inline void memcpy_async(A&&...) { warpmark::unsupported_pipeline(); }
template <class Group> static inline void wait(const Group&) { warpmark::unsupported_pipeline(); }
template <unsigned n, class Group> static inline void wait_prior(const Group&) { warpmark::unsupported_pipeline(); }

} // namespace cooperative_groups
