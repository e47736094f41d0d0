// Sparse matrix times vector, in compressed rows: y[r] = sum of value[i] * x[column[i]] over the elements i of row r.
//
// What limits it: device memory. An element costs 8 bytes (a value and a column) for two operations, and the x that it
// asks for comes from a random place: from the L2 cache where the vector fits there, else a sector of 32 bytes for 4. One
// thread a row reads values a row's length apart, 4 bytes of each sector at a time, and a warp lasts as long as the
// longest of its 32 rows. With more lanes a row they read side by side; with too many for short rows some have nothing
// to do.
//
// A suite fills buffers, but lays no sums of lengths. So a row begins at `row * width + shift[row]` with a random shift
// below `width`: rows lie one after another without gaps, of 1 to 2 `width` - 1 elements, `width` on average. Kernels read
// the shift where others read the pointer. Elements have numbers of 32 bits: `rows` times `width` is below 2^32.

using u32 = unsigned int;
using u64 = unsigned long long;

/// The first element of a row, and so the end of the one before.
static __device__ u32 begin_of(const u32* shift, u32 row, u32 width) { return row * width + shift[row]; }

/// `lanes` neighbouring threads a row, a power of 2 up to 32.
template <u32 lanes>
__global__ void __launch_bounds__(256)
    multiply(const u32* __restrict__ shift, const u32* __restrict__ column, const float* __restrict__ value,
             const float* __restrict__ x, float* __restrict__ y, u32 rows, u32 width) {
    const u32 row = (blockIdx.x * blockDim.x + threadIdx.x) / lanes, lane = threadIdx.x % lanes;
    float sum = 0;
    if (row < rows) {
        const u32 end = begin_of(shift, row + 1, width);
        for (u32 i = begin_of(shift, row, width) + lane; i < end; i += lanes)
            sum = fmaf(value[i], x[column[i]], sum);
    }
    for (u32 step = lanes / 2; step > 0; step /= 2) sum += __shfl_down_sync(0xffffffffu, sum, step, lanes);
    if (lane == 0 && row < rows) y[row] = sum;
}

/// A row a step of a thread, in double precision, whatever the grid.
__global__ void reference(const u32* shift, const u32* column, const float* value, const float* x, float* y, u32 rows,
                          u32 width) {
    for (u32 row = blockIdx.x * blockDim.x + threadIdx.x; row < rows; row += gridDim.x * blockDim.x) {
        double sum = 0;
        for (u32 i = begin_of(shift, row, width); i < begin_of(shift, row + 1, width); ++i)
            sum += static_cast<double>(value[i]) * x[column[i]];
        y[row] = static_cast<float>(sum);
    }
}
