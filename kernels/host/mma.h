// Enough of nvcuda::wmma that a source compiles; a kernel that uses it is unsupported.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace nvcuda {
namespace wmma {

enum layout_t { mem_row_major, mem_col_major };
struct matrix_a {};
struct matrix_b {};
struct accumulator {};
struct row_major {};
struct col_major {};
namespace precision {
struct tf32 {};
struct u4 {};
struct s4 {};
struct b1 {};
} // namespace precision

template <class Use, int m, int n, int k, class T, class Layout = void> struct fragment {
    enum { num_elements = 8 };
    typename std::conditional<std::is_empty<T>::value, float, T>::type x[num_elements];
};
template <class... A> static inline void load_matrix_sync(A&&...) { warpmark::unsupported_wmma(); }
template <class... A> static inline void store_matrix_sync(A&&...) { warpmark::unsupported_wmma(); }
template <class... A> static inline void fill_fragment(A&&...) { warpmark::unsupported_wmma(); }
template <class... A> static inline void mma_sync(A&&...) { warpmark::unsupported_wmma(); }
static inline float __float_to_tf32(float x) { return warpmark::unsupported_wmma(), x; }

} // namespace wmma
} // namespace nvcuda
