// What warpmark runs to see a GPU's clock and timer; compiled together with `support.cu`, whose types it uses.
//
// `clock64` counts the cycles of one multiprocessor, and each may have started to count at another time: two counts are
// only ever compared where they come from the same one.

#ifdef __CUDACC__
// The GPU's own time in nanoseconds. It ticks in 32 ns on newer GPUs, in about 1 us on older ones.
static __device__ u64 global_timer() {
    u64 now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now) : : "memory");
    return now;
}

static __device__ u64 multiprocessor() {
    u32 number;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(number));
    return number;
}

static __device__ u64 cycles() {
    u64 now;
    asm volatile("mov.u64 %0, %%clock64;" : "=l"(now) : : "memory");
    return now;
}
#endif

// Waits for the next tick of the timer, so that the error is that of two readings and not of a tick; for a millisecond
// or so at most. Gives the time and the cycles at the tick.
static __device__ void read_clocks(u64 *time, u64 *count) {
    u64 before = global_timer(), began = cycles(), now = before;
    while (now == before && cycles() - began < 2000000) {
        now = global_timer();
    }
    *time = now;
    *count = cycles();
}

// Three words a block: its multiprocessor, the time, and the cycles there.
extern "C" __global__ void warpmark_stamp(u64 *stamps) {
    if (threadIdx.x == 0) {
        u64 *stamp = stamps + 3 * blockIdx.x;
        stamp[0] = multiprocessor();
        read_clocks(stamp + 1, stamp + 2);
    }
}

// Keeps the GPU busy for `nanoseconds`, or for as many cycles as 4 GHz would have then. Two stamps a block, from before
// and after. The last store is for a value that no thread computes, and keeps the work from being left out.
extern "C" __global__ void warpmark_spin(u64 nanoseconds, u64 *stamps, float *never) {
    u64 time, count, now;
    read_clocks(&time, &count);
    if (threadIdx.x == 0) {
        u64 *stamp = stamps + 6 * blockIdx.x;
        stamp[0] = multiprocessor(), stamp[1] = time, stamp[2] = count;
    }
    float a = (float)threadIdx.x, b = a + 1.0f, c = a + 2.0f, d = a + 3.0f;
    do {
        for (int i = 0; i < 64; ++i) {
            a = a * 0.5f + 1.0f, b = b * 0.5f + 1.0f, c = c * 0.5f + 1.0f, d = d * 0.5f + 1.0f;
        }
        now = global_timer();
    } while (now - time < nanoseconds && cycles() - count < 4 * nanoseconds);
    if (a + b + c + d < 0.0f) {
        *never = a;
    }
    if (threadIdx.x == 0) {
        u64 *stamp = stamps + 6 * blockIdx.x + 3;
        stamp[0] = multiprocessor();
        read_clocks(stamp + 1, stamp + 2);
    }
}

// Takes `count` cycles and a little.
extern "C" __global__ void warpmark_wait(u64 count) {
    u64 began = cycles();
    while (cycles() - began < count) {
    }
}

extern "C" __global__ void warpmark_nothing() {
}
