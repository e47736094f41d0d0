// The clocks that kernels of the fake driver read. They are made up, and have nothing to do with the events' times: the
// GPU's time goes on by 50 us with each launch that isn't warpmark's own and by a little with each reading, and its
// cycles with it, at the clock that FAKE_CUDA_CLOCKS says:
//
//   FAKE_CUDA_CLOCKS=1980            MHz, 1980 where it isn't set
//   FAKE_CUDA_CLOCKS=1980*4,1755     MHz after the start and after each stamp: so many times, the last for ever
//   FAKE_CUDA_CLOCKS=swings          1500 and 1980 in turns
//   FAKE_CUDA_CLOCKS=none            no clock can be told: no two readings are of one multiprocessor

#pragma once

#include <stdlib.h>
#include <string.h>

#include <string>
#include <vector>

struct Clocks {
    double now_ns = 1e9, cycles = 0;
    // What a reading of the time takes: longer while warpmark keeps the GPU busy, so that this is soon over.
    double reading_ns = 32;
    size_t stamps = 0;
    unsigned launches = 0;

    double mhz() const {
        const char *text = getenv("FAKE_CUDA_CLOCKS");
        if (!text) {
            return 1980;
        }
        if (strcmp(text, "swings") == 0) {
            return stamps % 2 ? 1980 : 1500;
        }
        size_t left = stamps;
        for (;;) {
            char *end;
            double mhz = strtod(text, &end);
            size_t times = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
            if (left < times || *end != ',') {
                return mhz;
            }
            left -= times;
            text = end + 1;
        }
    }

    void pass(double ns) {
        now_ns += ns;
        cycles += ns * mhz() * 1e-3;
    }

    void begin(const std::string &kernel) {
        ++launches;
        reading_ns = kernel == "warpmark_spin" ? 5e5 : 32;
        if (kernel.compare(0, 9, "warpmark_") != 0) {
            pass(5e4);
        }
    }
    void end(const std::string &kernel) { stamps += kernel == "warpmark_stamp"; }
};
static Clocks clocks;

static unsigned long long global_timer() {
    clocks.pass(clocks.reading_ns);
    return (unsigned long long)clocks.now_ns;
}
// Blocks come to other multiprocessors with each launch.
static unsigned long long multiprocessor() {
    const char *text = getenv("FAKE_CUDA_CLOCKS");
    if (text && strcmp(text, "none") == 0) {
        static unsigned long long readings = 3;
        return ++readings;
    }
    return (blockIdx.x + clocks.launches) % 4;
}
// Each multiprocessor has counted from another time on.
static unsigned long long cycles() {
    clocks.pass(1);
    return (unsigned long long)clocks.cycles + 1000000007ull * multiprocessor();
}
