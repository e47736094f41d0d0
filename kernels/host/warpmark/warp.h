// Operations of a warp: each lane leaves its value and waits; the last of the mask computes the results of all.
// Lanes that have exited don't count. Which lanes are one warp: 32 consecutive threads, x fastest, as on a GPU.
#pragma once

namespace warpmark {

enum class Op : unsigned char {
    sync,
    ballot,
    shuffle,
    match_any,
    match_all,
    add,
    min,
    max,
    min_signed,
    max_signed,
    all,
    one,
    exclusive,
    active
};

// In a mask, the lanes that are expected to come.
static inline unsigned expected(const Warp& warp, unsigned mask) { return mask & ~warp.exited; }

static inline bool complete(const Warp& warp, const Lane& lane) {
    unsigned left = expected(warp, lane.mask);
    if ((warp.arrived & left) != left) return false;
    for (; left != 0; left &= left - 1) {
        const Lane& other = warp.lanes[__builtin_ctz(left)];
        if (other.mask != lane.mask || other.operation != lane.operation) return false;
    }
    return true;
}

static inline unsigned long long combine(Op op, unsigned long long a, unsigned long long b) {
    const unsigned x = unsigned(a), y = unsigned(b);
    switch (op) {
    case Op::add: return x + y;
    case Op::min: return x < y ? x : y;
    case Op::max: return x > y ? x : y;
    case Op::min_signed: return int(x) < int(y) ? x : y;
    case Op::max_signed: return int(x) > int(y) ? x : y;
    case Op::all: return x & y;
    case Op::one: return x | y;
    default: return x ^ y;
    }
}

// What all members get of an operation that has one result.
static inline unsigned long long common(Op op, const Warp& warp, unsigned members) {
    const unsigned long long first = warp.lanes[__builtin_ctz(members)].value;
    unsigned long long result = op == Op::match_all ? 1 : op == Op::ballot ? first << __builtin_ctz(members) : first;
    for (unsigned left = members & (members - 1); left != 0; left &= left - 1) {
        const unsigned lane = __builtin_ctz(left);
        const unsigned long long value = warp.lanes[lane].value;
        if (op == Op::ballot)
            result |= value << lane;
        else if (op == Op::match_all)
            result &= value == first;
        else
            result = combine(op, result, value);
    }
    return result;
}

static inline void finish(Warp& warp, const Lane& lane) {
    const unsigned mask = lane.mask, members = expected(warp, mask);
    const Op op = static_cast<Op>(lane.operation);
    const bool own = op == Op::shuffle || op == Op::match_any;
    const unsigned long long shared = own || op == Op::sync ? 0 : common(op, warp, members);
    for (unsigned left = members; left != 0; left &= left - 1) {
        Lane& to = warp.lanes[__builtin_ctz(left)];
        if (op == Op::shuffle) {
            const unsigned source = to.parameter;
            to.result = members >> source & 1 ? warp.lanes[source].value : to.value;
        } else if (op == Op::match_any) {
            to.result = 0;
            for (unsigned other = members; other != 0; other &= other - 1) {
                const unsigned at = __builtin_ctz(other);
                if (warp.lanes[at].value == to.value) to.result |= 1ull << at;
            }
        } else {
            to.result = shared;
        }
    }
    warp.arrived &= ~members;
}

static inline void wake(Warp& warp, unsigned members) {
    worker->warp_waiting -= __builtin_popcount(members);
    for (; members != 0; members &= members - 1) make_ready(warp.lanes[__builtin_ctz(members)].fiber);
}

static inline __attribute__((noinline)) unsigned long long rendezvous(Op op, const char* name, unsigned mask,
                                                                     unsigned long long value, unsigned parameter) {
    const unsigned thread = note_wait(Wait::warp);
    Worker& w = *worker;
    Warp& warp = w.warps[thread / 32];
    Lane& lane = warp.lanes[thread % 32];
    lane = {w.current, name, value, 0, mask, parameter, static_cast<unsigned char>(op)};
    if ((mask >> thread % 32 & 1) == 0) {
        snprintf(w.message, sizeof w.message, "%s: its mask 0x%08x lacks the calling lane %u in block (%u,%u,%u)", name,
                 mask, thread % 32, blockIdx.x, blockIdx.y, blockIdx.z);
        fail();
    }
    warp.arrived |= 1u << thread % 32;
    if (complete(warp, lane)) {
        const unsigned others = expected(warp, mask) & ~(1u << thread % 32);
        finish(warp, lane);
        wake(warp, others);
        w.current->wait = Wait::none;
        return lane.result;
    }
    ++w.warp_waiting;
    park();
    return lane.result;
}

// The lanes that ask at one place while all others wait elsewhere or have exited: the largest group that could be
// active together. `site` tells the places apart, whatever the compiler merges.
static inline __attribute__((noinline)) unsigned active_mask(unsigned site) {
    const unsigned thread = note_wait(Wait::active);
    Worker& w = *worker;
    Lane& lane = w.warps[thread / 32].lanes[thread % 32];
    lane = {w.current, "__activemask", 0, 0, 0, site,
            static_cast<unsigned char>(Op::active)};
    w.warps[thread / 32].arrived |= 1u << thread % 32;
    ++w.warp_waiting;
    park();
    return unsigned(lane.result);
}

static inline bool release_active(Warp& warp) {
    unsigned asking = 0;
    for (unsigned left = warp.arrived; left != 0; left &= left - 1)
        if (warp.lanes[__builtin_ctz(left)].operation == unsigned(Op::active)) asking |= left & -left;
    warp.arrived &= ~asking;
    for (unsigned left = asking; left != 0; left &= left - 1) {
        Lane& lane = warp.lanes[__builtin_ctz(left)];
        for (unsigned other = asking; other != 0; other &= other - 1)
            if (warp.lanes[__builtin_ctz(other)].parameter == lane.parameter) lane.result |= other & -other;
    }
    wake(warp, asking);
    return asking != 0;
}

// Nobody can go on: operations whose missing lanes have exited are complete; then those who asked who is active.
static inline bool release_warps() {
    Worker& w = *worker;
    if (w.warp_waiting == 0) return false;
    bool released = false;
    for (unsigned i = 0; i * 32 < w.threads; ++i) {
        Warp& warp = w.warps[i];
        for (unsigned left = warp.arrived; left != 0; left &= left - 1) {
            Lane& lane = warp.lanes[__builtin_ctz(left)];
            if ((warp.arrived & left & -left) == 0 || lane.operation == unsigned(Op::active)) continue;
            if (!complete(warp, lane)) continue;
            const unsigned members = expected(warp, lane.mask);
            finish(warp, lane);
            wake(warp, members);
            released = true;
        }
    }
    for (unsigned i = 0; !released && i * 32 < w.threads; ++i) released = release_active(w.warps[i]);
    return released;
}

template <class T> static inline unsigned long long to_bits(T value) {
    static_assert(sizeof(T) <= 8, "shuffles move 8 bytes at most");
    unsigned long long bits = 0;
    memcpy(&bits, &value, sizeof value);
    return bits;
}

template <class T> static inline T from_bits(unsigned long long bits) {
    T value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline unsigned lane_id() { return linear_thread() % 32; }

template <class T> static inline T shuffle(const char* name, unsigned mask, T value, unsigned source) {
    return from_bits<T>(rendezvous(Op::shuffle, name, mask, to_bits(value), source));
}

} // namespace warpmark

static inline void __syncwarp(unsigned mask = 0xffffffffu) {
    warpmark::rendezvous(warpmark::Op::sync, "__syncwarp", mask, 0, 0);
}

// Sources as in the PTX manual, "shfl.sync": inside segments of `width` lanes; outside, the own value.
template <class T> static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    const unsigned first = warpmark::lane_id() & ~unsigned(width - 1);
    return warpmark::shuffle("__shfl_sync", mask, value, first + (unsigned(source) & unsigned(width - 1)));
}

template <class T> static inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    const unsigned lane = warpmark::lane_id(), first = lane & ~unsigned(width - 1);
    const bool inside = lane >= first + delta;
    return warpmark::shuffle("__shfl_up_sync", mask, value, inside ? lane - delta : lane);
}

template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    const unsigned lane = warpmark::lane_id(), last = lane | unsigned(width - 1);
    const bool inside = delta < 32 && lane + delta <= last;
    return warpmark::shuffle("__shfl_down_sync", mask, value, inside ? lane + delta : lane);
}

template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = 32) {
    const unsigned lane = warpmark::lane_id(), last = lane | unsigned(width - 1);
    const unsigned source = lane ^ unsigned(lane_mask);
    return warpmark::shuffle("__shfl_xor_sync", mask, value, source <= last ? source : lane);
}

static inline unsigned __ballot_sync(unsigned mask, int predicate) {
    return unsigned(warpmark::rendezvous(warpmark::Op::ballot, "__ballot_sync", mask, predicate != 0, 0));
}
static inline int __any_sync(unsigned mask, int predicate) {
    return warpmark::rendezvous(warpmark::Op::one, "__any_sync", mask, predicate != 0, 0) != 0;
}
static inline int __all_sync(unsigned mask, int predicate) {
    return warpmark::rendezvous(warpmark::Op::all, "__all_sync", mask, predicate != 0, 0) != 0;
}
#define __activemask() warpmark::active_mask(__COUNTER__)

template <class T> static inline unsigned __match_any_sync(unsigned mask, T value) {
    return unsigned(
        warpmark::rendezvous(warpmark::Op::match_any, "__match_any_sync", mask, warpmark::to_bits(value), 0));
}
template <class T> static inline unsigned __match_all_sync(unsigned mask, T value, int* predicate) {
    *predicate = int(
        warpmark::rendezvous(warpmark::Op::match_all, "__match_all_sync", mask, warpmark::to_bits(value), 0));
    return *predicate ? mask : 0;
}

#define WARPMARK_REDUCE(name, type, op)                                                                               \
    static inline type name(unsigned mask, type value) {                                                              \
        return type(warpmark::rendezvous(warpmark::Op::op, #name, mask, unsigned(value), 0));                         \
    }
WARPMARK_REDUCE(__reduce_add_sync, unsigned, add)
WARPMARK_REDUCE(__reduce_add_sync, int, add)
WARPMARK_REDUCE(__reduce_min_sync, unsigned, min)
WARPMARK_REDUCE(__reduce_min_sync, int, min_signed)
WARPMARK_REDUCE(__reduce_max_sync, unsigned, max)
WARPMARK_REDUCE(__reduce_max_sync, int, max_signed)
WARPMARK_REDUCE(__reduce_and_sync, unsigned, all)
WARPMARK_REDUCE(__reduce_or_sync, unsigned, one)
WARPMARK_REDUCE(__reduce_xor_sync, unsigned, exclusive)
#undef WARPMARK_REDUCE
