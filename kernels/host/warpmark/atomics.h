// Atomics and loads with a hint. With one thread nothing can come between a read and a write, so that volatile
// accesses do (and a loop that waits for one is never taken for empty); with more, the compiler's atomics.
#pragma once

namespace warpmark {

template <class T, class F> static inline __attribute__((always_inline)) T update(T* at, F change) {
#ifdef WARPMARK_THREADS
    T old, next;
    __atomic_load(at, &old, __ATOMIC_RELAXED);
    do next = change(old);
    while (!__atomic_compare_exchange(at, &old, &next, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return old;
#else
    volatile T* place = at;
    const T old = *place;
    *place = change(old);
    return old;
#endif
}

template <class T> static inline T compare_and_swap(T* at, T expected, T value) {
    return update(at, [=](T old) { return old == expected ? value : old; });
}

} // namespace warpmark

#define WARPMARK_ATOMIC(name, type, expression)                                                                       \
    static inline type name(type* address, type value) {                                                              \
        return warpmark::update(address, [=](type old) -> type { return expression; });                               \
    }                                                                                                                 \
    static inline type name##_block(type* address, type value) { return name(address, value); }                       \
    static inline type name##_system(type* address, type value) { return name(address, value); }
#define WARPMARK_ATOMIC_INTEGERS(name, expression)                                                                    \
    WARPMARK_ATOMIC(name, int, expression)                                                                            \
    WARPMARK_ATOMIC(name, unsigned int, expression)                                                                   \
    WARPMARK_ATOMIC(name, unsigned long long, expression)

WARPMARK_ATOMIC(atomicAdd, int, int(unsigned(old) + unsigned(value)))
WARPMARK_ATOMIC(atomicAdd, unsigned int, old + value)
WARPMARK_ATOMIC(atomicAdd, unsigned long long, old + value)
WARPMARK_ATOMIC(atomicAdd, float, old + value)
WARPMARK_ATOMIC(atomicAdd, double, old + value)
WARPMARK_ATOMIC(atomicSub, int, int(unsigned(old) - unsigned(value)))
WARPMARK_ATOMIC(atomicSub, unsigned int, old - value)
WARPMARK_ATOMIC_INTEGERS(atomicExch, ((void)old, value))
WARPMARK_ATOMIC(atomicExch, float, ((void)old, value))
WARPMARK_ATOMIC_INTEGERS(atomicMin, old < value ? old : value)
WARPMARK_ATOMIC(atomicMin, long long, old < value ? old : value)
WARPMARK_ATOMIC_INTEGERS(atomicMax, old > value ? old : value)
WARPMARK_ATOMIC(atomicMax, long long, old > value ? old : value)
WARPMARK_ATOMIC(atomicInc, unsigned int, old >= value ? 0 : old + 1)
WARPMARK_ATOMIC(atomicDec, unsigned int, old == 0 || old > value ? value : old - 1)
WARPMARK_ATOMIC_INTEGERS(atomicAnd, old& value)
WARPMARK_ATOMIC_INTEGERS(atomicOr, old | value)
WARPMARK_ATOMIC_INTEGERS(atomicXor, old ^ value)
#undef WARPMARK_ATOMIC_INTEGERS
#undef WARPMARK_ATOMIC

#define WARPMARK_CAS(type)                                                                                            \
    static inline type atomicCAS(type* address, type compare, type value) {                                           \
        return warpmark::compare_and_swap(address, compare, value);                                                   \
    }                                                                                                                 \
    static inline type atomicCAS_block(type* address, type compare, type value) {                                     \
        return warpmark::compare_and_swap(address, compare, value);                                                   \
    }                                                                                                                 \
    static inline type atomicCAS_system(type* address, type compare, type value) {                                    \
        return warpmark::compare_and_swap(address, compare, value);                                                   \
    }
WARPMARK_CAS(int)
WARPMARK_CAS(unsigned int)
WARPMARK_CAS(unsigned long long)
WARPMARK_CAS(unsigned short)
#undef WARPMARK_CAS

#define WARPMARK_LOAD(name)                                                                                           \
    template <class T> static inline __attribute__((always_inline)) T name(const T* address) { return *address; }
WARPMARK_LOAD(__ldg)
WARPMARK_LOAD(__ldca)
WARPMARK_LOAD(__ldcg)
WARPMARK_LOAD(__ldcs)
WARPMARK_LOAD(__ldlu)
WARPMARK_LOAD(__ldcv)
#undef WARPMARK_LOAD
#define WARPMARK_STORE(name)                                                                                          \
    template <class T> static inline __attribute__((always_inline)) void name(T* address, T value) {                  \
        *address = value;                                                                                             \
    }
WARPMARK_STORE(__stwb)
WARPMARK_STORE(__stcg)
WARPMARK_STORE(__stcs)
WARPMARK_STORE(__stwt)
#undef WARPMARK_STORE

static inline size_t __cvta_generic_to_shared(const void* address) { return reinterpret_cast<size_t>(address); }
static inline size_t __cvta_generic_to_global(const void* address) { return reinterpret_cast<size_t>(address); }
