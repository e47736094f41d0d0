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

/// Without shared memory: rows are read whole, and each element of a warp is written to a row of its own, 4 bytes of a
/// sector of 32. The caches gather a part of that; the rest moves eight times what it should. Blocks as for
/// `transpose`.
__global__ void __launch_bounds__(256)
    naive(const float* __restrict__ in, float* __restrict__ out, int rows, int columns) {
    const int x = blockIdx.x * side + threadIdx.x;
    for (int y = blockIdx.y * side + threadIdx.y; y < rows && y < (blockIdx.y + 1) * side; y += blockDim.y)
        if (x < columns) out[static_cast<size_t>(x) * rows + y] = in[static_cast<size_t>(y) * columns + x];
}

/// As `transpose`, but the rows of the tile have no padding: a warp that reads a column of it asks one bank for 32
/// words, which takes 32 turns.
__global__ void __launch_bounds__(256)
    unpadded(const float* __restrict__ in, float* __restrict__ out, int rows, int columns) {
    __shared__ float tile[side][side];
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

constexpr int wide_side = 64;

/// Tiles of 64 x 64, 16 bytes an access on both sides, 256 bytes of a row side by side; a thread has four accesses
/// under way. `rows` and `columns` are multiples of 4. A block has 256 threads. The padding of one element leaves two
/// threads of a half warp in a bank, which shared memory has the time for.
///
/// Blocks start in the order of their numbers. In that of the grid those that run together read long stretches of few
/// rows, and write short ones of many. So tiles are taken in bands of `band` rows, column after column of the band: as
/// many as run together then form a square, and reads and writes lie equally well. (An H100 and an H200 don't mind: bands
/// of 32 take 0.4 to 0.6 % longer than the order of the grid, which is a band of 1.)
template <int band>
__global__ void __launch_bounds__(256)
    wide(const float* __restrict__ in, float* __restrict__ out, int rows, int columns) {
    __shared__ float tile[wide_side][wide_side + 1];
    const int number = blockIdx.y * gridDim.x + blockIdx.x, of_band = band * gridDim.x;
    const int first = number / of_band * band, within = number % of_band;
    const int height = min(static_cast<int>(gridDim.y) - first, band);
    const int four = threadIdx.x % 16 * 4, row = threadIdx.x / 16;
    const int left = within / height * wide_side, top = (first + within % height) * wide_side;
    float4 held[4];
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        const int x = left + four, y = top + row + 16 * k;
        held[k] = make_float4(0, 0, 0, 0);
        if (x < columns && y < rows)
            held[k] = *reinterpret_cast<const float4*>(in + static_cast<size_t>(y) * columns + x);
    }
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        float* to = &tile[row + 16 * k][four];
        to[0] = held[k].x;
        to[1] = held[k].y;
        to[2] = held[k].z;
        to[3] = held[k].w;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 4; ++k) {
        const int column = row + 16 * k, x = top + four, y = left + column;
        const float4 turned =
            make_float4(tile[four][column], tile[four + 1][column], tile[four + 2][column], tile[four + 3][column]);
        if (x < rows && y < columns) *reinterpret_cast<float4*>(out + static_cast<size_t>(y) * rows + x) = turned;
    }
}
