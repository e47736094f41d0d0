// How blocks and threads run: a plain loop over the threads of a block, and a stack of its own only for a thread that
// waits. A thread that has to wait keeps the stack it is on; the loop goes on with the next thread on another stack.
#pragma once

#include <sys/mman.h>

#ifdef WARPMARK_THREADS
// Small variables fit the space that the loader keeps for libraries; blocks' shared memory doesn't.
#define WARPMARK_OWN static thread_local __attribute__((tls_model("initial-exec")))
#else
#define WARPMARK_OWN static
#endif

// Nothing takes the address of these, so that compilers keep them in registers through a loop over threads.
WARPMARK_OWN uint3 threadIdx;
WARPMARK_OWN uint3 blockIdx;
static dim3 blockDim;
static dim3 gridDim;
static constexpr int warpSize = 32;

// Saves the callee's registers on this stack and goes on where the stack `to` was left.
extern "C" __attribute__((visibility("hidden"))) void warpmark_switch(void** from, void* to);

#if defined(__x86_64__)
asm(R"(
    .text
    .p2align 4
    .globl warpmark_switch
    .hidden warpmark_switch
    .type warpmark_switch, @function
warpmark_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size warpmark_switch, .-warpmark_switch
)");
#elif defined(__aarch64__)
asm(R"(
    .text
    .p2align 4
    .globl warpmark_switch
    .hidden warpmark_switch
    .type warpmark_switch, %function
warpmark_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
    .size warpmark_switch, .-warpmark_switch
)");
#else
#error "the host device knows x86-64 and aarch64 alone"
#endif

namespace warpmark {

constexpr unsigned most_threads = 1024;
// A thread's local memory is 512 KiB at most on a GPU; calls and libraries want some more.
constexpr size_t stack_bytes = (512 + 64) << 10;
constexpr size_t page = 64 << 10; // the largest page size in use

enum class Wait : unsigned char { none, sync, count, all_of, any_of, warp, active };

struct Fiber {
    void* stack_pointer;
    char* base;
    unsigned start;  // the first thread of its loop
    unsigned thread; // the thread that waits on it
    bool parked;     // a thread waited on it, so that its loop ends with that thread
    Wait wait;
};

// One operation of a lane that waits for the others of its mask.
struct Lane {
    Fiber* fiber;
    const char* name;
    unsigned long long value;
    unsigned long long result;
    unsigned mask;
    unsigned parameter; // the source of a shuffle, the place of an __activemask
    unsigned char operation;
};

struct Warp {
    unsigned exited;
    unsigned arrived;
    Lane lanes[32];
};

// What the launching side and all threads of the operating system share. The layout is that of `Shared` in
// src/device/host/module.rs.
struct Shared {
    unsigned long long next;    // the next block that nobody has taken
    unsigned long long failed;  // not 0: stop
    unsigned long long running[64]; // by worker: the number of its block plus 1, 0 where it has none
};

// A launch. The layout is that of `Launch` in src/device/host/module.rs.
struct Launch {
    unsigned grid[3];
    unsigned block[3];
    const void* const* arguments;
    Shared* shared;
};

// Everything of one thread of the operating system.
struct Worker {
    void* main;
    Fiber* current;
    const Launch* launch;
    void (*loop)(unsigned start, const void* const* arguments);
    unsigned number;
    unsigned threads;
    unsigned started;
    unsigned exited;
    bool any_parked;
    unsigned warp_waiting;
    unsigned waiting;
    unsigned ready_head, ready_count, free_count, fiber_count;
    unsigned true_count;
    Wait barrier;
    int barrier_result;
    unsigned long long block, blocks;
    char* dynamic_map;
    char* dynamic_base;
    size_t dynamic_bytes;
    char message[512];
    Warp warps[most_threads / 32];
    Fiber* waiters[most_threads];
    Fiber* ready[most_threads];
    Fiber* free[most_threads];
    Fiber fibers[most_threads];
};

WARPMARK_OWN Worker* worker;
WARPMARK_OWN uint3 limit;
WARPMARK_OWN void* dynamic_memory;

inline void* dynamic_shared() { return dynamic_memory; }

// Copying a variable whole would take its address: the three above are used by their fields alone.
static inline unsigned linear_thread() {
    return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
}

static inline void end_loop() { limit.x = 0, limit.y = 0, limit.z = 0; }

static inline uint3 position(unsigned thread) {
    const unsigned row = thread / blockDim.x;
    return {thread % blockDim.x, row % blockDim.y, row / blockDim.y};
}

// Ends the launch: nothing that waits is resumed.
[[noreturn]] static inline __attribute__((noinline)) void fail() {
    void* nowhere;
    __atomic_store_n(&worker->launch->shared->failed, 1ull, __ATOMIC_RELAXED);
    warpmark_switch(&nowhere, worker->main);
    __builtin_unreachable();
}

[[noreturn]] static inline __attribute__((noinline, cold)) void stop(const char* what, const char* file, int line) {
    snprintf(worker->message, sizeof worker->message, "%s:%d: %s in block (%u,%u,%u), thread (%u,%u,%u)", file, line,
             what, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
    fail();
}

static inline const char* name_of(const Worker& w, const Fiber& fiber) {
    switch (fiber.wait) {
    case Wait::sync: return "__syncthreads";
    case Wait::count: return "__syncthreads_count";
    case Wait::all_of: return "__syncthreads_and";
    case Wait::any_of: return "__syncthreads_or";
    default: return w.warps[fiber.thread / 32].lanes[fiber.thread % 32].name;
    }
}

// Says who waits where: for each barrier or warp operation its first thread and how many wait in it.
[[noreturn]] static inline __attribute__((noinline, cold)) void deadlock(const char* what) {
    Worker& w = *worker;
    size_t at = snprintf(w.message, sizeof w.message, "%s in block (%u,%u,%u):", what, blockIdx.x, blockIdx.y,
                         blockIdx.z);
    const char* seen[8];
    unsigned kinds = 0;
    for (unsigned i = 0; i < w.fiber_count && kinds < 8; ++i) {
        const Fiber& first = w.fibers[i];
        if (first.wait == Wait::none) continue;
        const char* name = name_of(w, first);
        bool known = false;
        for (unsigned k = 0; k < kinds; ++k) known = known || strcmp(seen[k], name) == 0;
        if (known) continue;
        seen[kinds++] = name;
        unsigned count = 0, lowest = most_threads;
        for (unsigned j = 0; j < w.fiber_count; ++j) {
            const Fiber& other = w.fibers[j];
            if (other.wait == Wait::none || strcmp(name_of(w, other), name) != 0) continue;
            ++count;
            lowest = other.thread < lowest ? other.thread : lowest;
        }
        const uint3 thread = position(lowest);
        at += snprintf(w.message + at, sizeof w.message - at, "%s %u of %u threads in %s (first (%u,%u,%u))",
                       kinds == 1 ? "" : ",", count, w.threads, name, thread.x, thread.y, thread.z);
        if (at >= sizeof w.message) break;
    }
    fail();
}

static inline void make_ready(Fiber* fiber) {
    Worker& w = *worker;
    fiber->wait = Wait::none;
    w.ready[(w.ready_head + w.ready_count++) % most_threads] = fiber;
}

// Lanes that don't exist count as exited, as on a GPU.
static inline void begin_parking() {
    Worker& w = *worker;
    w.any_parked = true;
    for (unsigned i = 0; i * 32 < w.threads; ++i) {
        const unsigned lanes = w.threads - i * 32;
        w.warps[i].exited = lanes >= 32 ? 0 : ~0u << lanes;
        w.warps[i].arrived = 0;
    }
}

static inline void mark_exited(unsigned from, unsigned to) {
    Worker& w = *worker;
    w.exited += to - from;
    if (!w.any_parked) return;
    for (unsigned t = from; t < to; ++t) w.warps[t / 32].exited |= 1u << t % 32;
}

// The thread that runs now will wait: what the loop on its stack did before is accounted for.
static inline unsigned note_wait(Wait wait) {
    Worker& w = *worker;
    Fiber& self = *w.current;
    const unsigned thread = linear_thread();
    if (!w.any_parked) begin_parking();
    if (!self.parked) {
        mark_exited(self.start, thread);
        self.parked = true;
        self.thread = thread;
        w.started = thread + 1;
    }
    self.wait = wait;
    end_loop(); // this stack's loop ends with this thread
    return thread;
}

static bool release_warps(); // warp.h

// All threads wait: releases the block's barrier where every thread that lives has come to it.
static inline bool release_barrier() {
    Worker& w = *worker;
    if (w.waiting == 0 || w.waiting + w.exited != w.threads) return false;
    for (unsigned i = 0; i < w.waiting; ++i)
        if (w.waiters[i]->wait != w.waiters[0]->wait) deadlock("threads wait at different barriers");
    switch (w.waiters[0]->wait) {
    case Wait::count: w.barrier_result = int(w.true_count); break;
    case Wait::all_of: w.barrier_result = w.true_count == w.waiting; break;
    case Wait::any_of: w.barrier_result = w.true_count != 0; break;
    default: w.barrier_result = 0;
    }
    for (unsigned i = 0; i < w.waiting; ++i) make_ready(w.waiters[i]);
    w.waiting = 0;
    w.true_count = 0;
    return true;
}

static void fiber_main();

// Where a fresh stack begins: as if fiber_main had been about to start when it was left.
static inline void* fresh_stack(char* base, unsigned number) {
    // The tops of stacks would all fall into one cache set: they are spread over it.
    char* top = base + page + stack_bytes - (number % 32) * 128;
    void** frame = reinterpret_cast<void**>(top);
#if defined(__x86_64__)
    frame[-1] = nullptr;
    frame[-2] = reinterpret_cast<void*>(&fiber_main);
    for (int i = 3; i <= 8; ++i) frame[-i] = nullptr;
    return frame - 8;
#else
    for (int i = 1; i <= 20; ++i) frame[-i] = nullptr;
    frame[-20 + 11] = reinterpret_cast<void*>(&fiber_main);
    return frame - 20;
#endif
}

static inline Fiber* take_fiber() {
    Worker& w = *worker;
    if (w.free_count > 0) return w.free[--w.free_count];
    Fiber* fiber = &w.fibers[w.fiber_count];
    void* base = mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED || mprotect(base, page, PROT_NONE) != 0) {
        snprintf(w.message, sizeof w.message, "no memory for the stack of a thread that waits at a barrier");
        fail();
    }
    fiber->base = static_cast<char*>(base);
    fiber->stack_pointer = fresh_stack(fiber->base, w.fiber_count++);
    return fiber;
}

// The next stack to run on: a thread that may go on, else the next thread of the loop, else whom a complete barrier
// releases. Where nobody can ever go on, the launch fails.
static inline Fiber* choose() {
    Worker& w = *worker;
    for (;;) {
        if (w.ready_count > 0) {
            Fiber* fiber = w.ready[w.ready_head];
            w.ready_head = (w.ready_head + 1) % most_threads;
            --w.ready_count;
            return fiber;
        }
        if (w.started < w.threads) {
            Fiber* fiber = take_fiber();
            fiber->start = w.started;
            w.started = w.threads; // until a thread of its loop waits
            return fiber;
        }
        if (!release_warps() && !release_barrier()) deadlock("deadlock: threads wait forever");
    }
}

// Waits on this stack until somebody makes its fiber ready.
static inline __attribute__((noinline)) void park() {
    const unsigned x = threadIdx.x, y = threadIdx.y, z = threadIdx.z;
    Fiber* from = worker->current;
    Fiber* to = choose();
    if (to != from) {
        worker->current = to;
        warpmark_switch(&from->stack_pointer, to->stack_pointer);
    }
    threadIdx.x = x, threadIdx.y = y, threadIdx.z = z;
    end_loop();
}

// Lets the other threads of the block go on first.
static inline __attribute__((noinline)) void yield() {
    note_wait(Wait::none);
    make_ready(worker->current);
    // A thread that has not begun gets its turn too: the one that others spin on may be among them.
    Worker& w = *worker;
    if (w.started < w.threads) {
        Fiber* fiber = take_fiber();
        fiber->start = w.started;
        w.started = w.threads;
        w.ready[(w.ready_head + w.ready_count++) % most_threads] = fiber;
    }
    park();
}

static inline __attribute__((noinline)) int block_barrier(Wait kind, bool predicate) {
    note_wait(kind);
    Worker& w = *worker;
    w.waiters[w.waiting++] = w.current;
    w.true_count += predicate;
    park();
    return worker->barrier_result;
}

// Takes the next block; false where none is left or the launch has failed.
static inline bool next_block() {
    Worker& w = *worker;
    Shared& shared = *w.launch->shared;
#ifdef WARPMARK_THREADS
    const unsigned long long block = __atomic_fetch_add(&shared.next, 1ull, __ATOMIC_RELAXED);
    const bool stopped = __atomic_load_n(&shared.failed, __ATOMIC_RELAXED) != 0;
#else
    const unsigned long long block = shared.next++;
    const bool stopped = false;
#endif
    if (block >= w.blocks || stopped) return false;
    __atomic_store_n(&shared.running[w.number], block + 1, __ATOMIC_RELAXED);
    if (gridDim.y == 1 && gridDim.z == 1) {
        blockIdx.x = unsigned(block), blockIdx.y = 0, blockIdx.z = 0;
    } else {
        const unsigned long long row = block / gridDim.x;
        blockIdx.x = unsigned(block % gridDim.x);
        blockIdx.y = unsigned(row % gridDim.y);
        blockIdx.z = unsigned(row / gridDim.y);
    }
    w.started = w.threads;
    w.exited = w.waiting = w.true_count = 0;
    w.any_parked = false;
    return true;
}

// What every stack runs: a loop over threads, then whatever is next, for ever.
static inline __attribute__((noinline)) void fiber_main() {
    for (;;) {
        Worker& w = *worker;
        Fiber& self = *w.current;
        self.parked = false;
        self.wait = Wait::none;
        limit.x = blockDim.x, limit.y = blockDim.y, limit.z = blockDim.z;
        w.loop(self.start, w.launch->arguments);
        if (self.parked)
            mark_exited(self.thread, self.thread + 1);
        else
            mark_exited(self.start, w.threads);
        if (w.exited == w.threads && next_block()) {
            self.start = 0;
            continue;
        }
        w.free[w.free_count++] = &self;
        if (w.exited == w.threads) {
            warpmark_switch(&self.stack_pointer, w.main);
            continue;
        }
        Fiber* to = choose();
        if (to == &self) continue;
        w.current = to;
        warpmark_switch(&self.stack_pointer, to->stack_pointer);
    }
}

static inline void run(Worker& w) {
    const Launch& launch = *w.launch;
    w.message[0] = 0;
    w.threads = launch.block[0] * launch.block[1] * launch.block[2];
    w.blocks = 1ull * launch.grid[0] * launch.grid[1] * launch.grid[2];
    w.ready_head = w.ready_count = w.waiting = w.warp_waiting = 0;
    worker = &w;
    dynamic_memory = w.dynamic_base;
    if (next_block()) {
        w.current = take_fiber();
        w.current->start = 0;
        warpmark_switch(&w.main, w.current->stack_pointer);
    }
    if (w.message[0] != 0) { // stacks that were left in the middle begin anew
        w.free_count = 0;
        for (unsigned i = 0; i < w.fiber_count; ++i) {
            w.fibers[i].stack_pointer = fresh_stack(w.fibers[i].base, i);
            w.fibers[i].wait = Wait::none;
            w.free[w.free_count++] = &w.fibers[i];
        }
    }
    __atomic_store_n(&launch.shared->running[w.number], 0ull, __ATOMIC_RELAXED);
}

} // namespace warpmark

#define __syncthreads() ((void)warpmark::block_barrier(warpmark::Wait::sync, false))
static inline int __syncthreads_count(int predicate) {
    return warpmark::block_barrier(warpmark::Wait::count, predicate != 0);
}
static inline int __syncthreads_and(int predicate) {
    return warpmark::block_barrier(warpmark::Wait::all_of, predicate != 0);
}
static inline int __syncthreads_or(int predicate) {
    return warpmark::block_barrier(warpmark::Wait::any_of, predicate != 0);
}
static inline void __nanosleep(unsigned) { warpmark::yield(); }
#define __trap() warpmark::stop("__trap()", __FILE__, __LINE__)
static inline void __brkpt() {}
static inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence_system() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static inline long long clock64() {
#if defined(__x86_64__)
    return static_cast<long long>(__builtin_ia32_rdtsc());
#else
    unsigned long long ticks;
    asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return static_cast<long long>(ticks);
#endif
}
