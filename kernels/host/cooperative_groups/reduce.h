#pragma once
#include <cooperative_groups.h>

namespace cooperative_groups {

#define WARPMARK_OPERATION(name, expression)                                                                          \
    template <class T = void> struct name {                                                                           \
        T operator()(T a, T b) const { return expression; }                                                           \
    };
WARPMARK_OPERATION(plus, T(a + b))
WARPMARK_OPERATION(less, a < b ? a : b)
WARPMARK_OPERATION(greater, a > b ? a : b)
WARPMARK_OPERATION(bit_and, T(a & b))
WARPMARK_OPERATION(bit_or, T(a | b))
WARPMARK_OPERATION(bit_xor, T(a ^ b))
#undef WARPMARK_OPERATION

// Every member gets the result: by a butterfly where the size is a power of two, else in the order of ranks.
template <class Group, class T, class F> static inline T reduce(const Group& group, T value, F operation) {
    const unsigned size = group.size();
    if ((size & (size - 1)) == 0) {
        for (unsigned step = 1; step < size; step *= 2) value = operation(value, group.shfl_xor(value, step));
        return value;
    }
    T result = group.shfl(value, 0);
    for (unsigned rank = 1; rank < size; ++rank) result = operation(result, group.shfl(value, int(rank)));
    return result;
}

} // namespace cooperative_groups
