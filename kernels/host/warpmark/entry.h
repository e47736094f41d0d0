// The entry: a loop over threads with the kernel inlined, a table of its parameters, and the functions that
// src/device/host/module.rs calls.
#pragma once

namespace warpmark {

enum class Kind : unsigned char { integer, real, address, other };

// The layout is that of `Parameter` in src/device/host/module.rs.
struct Parameter {
    unsigned long long size;
    unsigned long long pointee_size; // 0 unless an address of a number
    Kind kind;
    Kind pointee;
    const char* name; // holds the type's name behind "T = "
};

template <class T> constexpr Kind kind_of() {
    if (std::is_pointer<T>::value) return Kind::address;
    if (std::is_integral<T>::value || std::is_enum<T>::value) return Kind::integer;
    return std::is_floating_point<T>::value ? Kind::real : Kind::other;
}

template <class T> constexpr unsigned long long number_size() {
    if constexpr (std::is_arithmetic<T>::value) return sizeof(T);
    return 0;
}

template <class T> constexpr const char* type_name() { return __PRETTY_FUNCTION__; }

template <class P> constexpr Parameter parameter() {
    using Plain = typename std::remove_cv<P>::type;
    using Pointee = typename std::remove_cv<typename std::remove_pointer<Plain>::type>::type;
    return {sizeof(Plain), std::is_pointer<Plain>::value ? number_size<Pointee>() : 0, kind_of<Plain>(),
            kind_of<Pointee>(), type_name<Plain>()};
}

// The kernel among the functions of its name: the others, of the C library perhaps, give back a value.
template <class... P> constexpr auto kernel(void (*function)(P...)) { return function; }

template <auto function> struct Entry;

template <class... P, void (*function)(P...)> struct Entry<function> {
    static constexpr unsigned long long count = sizeof...(P);
    static constexpr Parameter parameters[sizeof...(P) + 1] = {parameter<P>()..., Parameter{}};

    static inline __attribute__((noinline)) void threads(unsigned start, P... arguments) {
        // Not given in a uint3: written in words of 4 bytes and read as one of 8, it would stall every block.
        const uint3 first = position(start);
        // As wide as an index: a counter of 32 bits is widened again for each vector of a check like `i < n`.
        unsigned long long x = first.x;
        unsigned y = first.y, z = first.z;
        for (; z < limit.z; ++z, y = 0)
            for (; y < limit.y; ++y, x = 0)
                for (; x < limit.x; ++x) {
                    threadIdx.x = unsigned(x);
                    threadIdx.y = y;
                    threadIdx.z = z;
                    function(arguments...);
                }
    }

    template <size_t... I>
    static inline void unpack(unsigned start, const void* const* from, std::index_sequence<I...>) {
        threads(start, *static_cast<const typename std::remove_cv<P>::type*>(from[I])...);
    }

    static void loop(unsigned start, const void* const* from) { unpack(start, from, std::index_sequence_for<P...>()); }
};

} // namespace warpmark

#define WARPMARK_EXPORT extern "C" __attribute__((visibility("default"), used)) WARPMARK_VISIBLE
#ifdef __clang__
#define WARPMARK_VISIBLE
#else
#define WARPMARK_VISIBLE __attribute__((externally_visible))
#endif

// The functions of a compiled kernel. The entry is given by name.
#define WARPMARK_ENTRY(...)                                                                                           \
    using warpmark_entry = warpmark::Entry<warpmark::kernel(&__VA_ARGS__)>;                                           \
    WARPMARK_EXPORT unsigned long long warpmark_parameter_count() { return warpmark_entry::count; }                   \
    WARPMARK_EXPORT const warpmark::Parameter* warpmark_parameters() { return warpmark_entry::parameters; }           \
    WARPMARK_EXPORT void* warpmark_create(unsigned long long shared, unsigned number) {                               \
        return warpmark::create(shared, number, &warpmark_entry::loop);                                               \
    }                                                                                                                 \
    WARPMARK_EXPORT void warpmark_destroy(void* worker) {                                                             \
        warpmark::destroy(static_cast<warpmark::Worker*>(worker));                                                    \
    }                                                                                                                 \
    WARPMARK_EXPORT void warpmark_prepare(const warpmark::Launch* launch) {                                           \
        gridDim.x = launch->grid[0];                                                                                  \
        gridDim.y = launch->grid[1];                                                                                  \
        gridDim.z = launch->grid[2];                                                                                  \
        blockDim.x = launch->block[0];                                                                                \
        blockDim.y = launch->block[1];                                                                                \
        blockDim.z = launch->block[2];                                                                                \
    }                                                                                                                 \
    WARPMARK_EXPORT const char* warpmark_run(void* worker, const warpmark::Launch* launch) {                          \
        warpmark::Worker& w = *static_cast<warpmark::Worker*>(worker);                                                \
        w.launch = launch;                                                                                            \
        warpmark::run(w);                                                                                             \
        return w.message;                                                                                             \
    }

namespace warpmark {

// One worker and the dynamic shared memory of its block, which ends where an unmapped page begins.
static inline void* create(unsigned long long shared, unsigned number,
                           void (*loop)(unsigned, const void* const*)) {
    void* memory = mmap(nullptr, sizeof(Worker), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    Worker* w = static_cast<Worker*>(memory); // zeros are its first state
    w->number = number;
    w->loop = loop;
    const size_t used = (shared + 127) / 128 * 128, mapped = (used + page - 1) / page * page;
    w->dynamic_bytes = mapped + page;
    void* base = mmap(nullptr, w->dynamic_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(static_cast<char*>(base) + mapped, page, PROT_NONE) != 0) {
        munmap(memory, sizeof(Worker));
        return nullptr;
    }
    w->dynamic_map = static_cast<char*>(base);
    w->dynamic_base = w->dynamic_map + (mapped - used);
    return w;
}

static inline void destroy(Worker* w) {
    for (unsigned i = 0; i < w->fiber_count; ++i) munmap(w->fibers[i].base, page + stack_bytes);
    munmap(w->dynamic_map, w->dynamic_bytes);
    munmap(w, sizeof(Worker));
}

} // namespace warpmark
