// A transpose of a matrix, 8 bytes moved for each element and nothing computed.
//
// What limits it: device memory, once both sides are read and written in whole rows. A tile in shared memory turns
// them; a column of it would lie in one bank but for the padding of one element a row.

constexpr int side = 32;

/// out[x][y] = in[y][x] for `rows` rows of `columns`. A block of (32, 8) threads turns a tile of 32 x 32.
__global__ void __launch_bounds__(256)
    transpose(const float* __restrict__ in, float* __restrict__ out, int rows, int columns) {
    __shared__ float tile[side][side + 1];
    int x = blockIdx.x * side + threadIdx.x;
    int y = blockIdx.y * side + threadIdx.y;
    for (int step = 0; step < side; step += blockDim.y)
        if (x < columns && y + step < rows)
            tile[threadIdx.y + step][threadIdx.x] = in[static_cast<size_t>(y + step) * columns + x];
    __syncthreads();
    x = blockIdx.y * side + threadIdx.x;
    y = blockIdx.x * side + threadIdx.y;
    for (int step = 0; step < side; step += blockDim.y)
        if (x < rows && y + step < columns)
            out[static_cast<size_t>(y + step) * rows + x] = tile[threadIdx.x][threadIdx.y + step];
}

/// The same, plainly: an element a step, whatever the grid.
__global__ void transpose_reference(const float* in, float* out, int rows, int columns) {
    const size_t block = blockIdx.y * static_cast<size_t>(gridDim.x) + blockIdx.x;
    const size_t threads = static_cast<size_t>(gridDim.x) * gridDim.y * blockDim.x * blockDim.y;
    const size_t thread = (block * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    for (size_t i = thread; i < static_cast<size_t>(rows) * columns; i += threads)
        out[i % columns * rows + i / columns] = in[i];
}
