// What it costs to launch: a kernel that does next to nothing, by its arguments, by its blocks, in a stream and in a
// graph.
//
// What limits it: not the multiprocessors. A launch writes a description of some hundred bytes and the arguments into
// a queue that the GPU's front end reads; between two launches in a stream it waits for the first to end and to make
// its writes visible. A graph has all that prepared. Then blocks are handed out, some each cycle for the whole GPU, so
// that a grid of very many short blocks is bound by that.
//
// Times are those of the GPU (between events, or by the slope over graphs). The host's own share of a launch is
// hidden.

using u64 = unsigned long long;

/// Does nothing.
__global__ void empty() {}

/// Each block writes its number: out[b] = b.
__global__ void stamp(unsigned* out) {
    if (threadIdx.x == 0) out[blockIdx.x] = blockIdx.x;
}

/// The first thread of the grid writes them all.
__global__ void stamp_reference(unsigned* out) {
    if (blockIdx.x == 0 && threadIdx.x == 0)
        for (unsigned block = 0; block < gridDim.x; ++block) out[block] = block;
}

/// 1 numbers of 8 bytes as arguments beside the buffer; out[0] is their sum.
__global__ void arguments_1(u64* out, u64 a0) {
    if (threadIdx.x == 0) out[0] = a0;
}

__global__ void arguments_1_reference(u64* out, u64 a0) {
    const u64 each[] = {a0};
    u64 sum = 0;
    for (u64 number : each) sum += number;
    if (threadIdx.x == 0) out[0] = sum;
}

/// 16 numbers of 8 bytes as arguments beside the buffer; out[0] is their sum.
__global__ void arguments_16(u64* out, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6, u64 a7, u64 a8, u64 a9,
                             u64 a10, u64 a11, u64 a12, u64 a13, u64 a14, u64 a15) {
    if (threadIdx.x == 0) out[0] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11 + a12 + a13 + a14 + a15;
}

__global__ void arguments_16_reference(u64* out, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6, u64 a7,
                                       u64 a8, u64 a9, u64 a10, u64 a11, u64 a12, u64 a13, u64 a14, u64 a15) {
    const u64 each[] = {a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15};
    u64 sum = 0;
    for (u64 number : each) sum += number;
    if (threadIdx.x == 0) out[0] = sum;
}

/// 128 numbers of 8 bytes as arguments beside the buffer; out[0] is their sum.
__global__ void arguments_128(u64* out, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6, u64 a7, u64 a8, u64 a9,
                              u64 a10, u64 a11, u64 a12, u64 a13, u64 a14, u64 a15, u64 a16, u64 a17, u64 a18, u64 a19,
                              u64 a20, u64 a21, u64 a22, u64 a23, u64 a24, u64 a25, u64 a26, u64 a27, u64 a28, u64 a29,
                              u64 a30, u64 a31, u64 a32, u64 a33, u64 a34, u64 a35, u64 a36, u64 a37, u64 a38, u64 a39,
                              u64 a40, u64 a41, u64 a42, u64 a43, u64 a44, u64 a45, u64 a46, u64 a47, u64 a48, u64 a49,
                              u64 a50, u64 a51, u64 a52, u64 a53, u64 a54, u64 a55, u64 a56, u64 a57, u64 a58, u64 a59,
                              u64 a60, u64 a61, u64 a62, u64 a63, u64 a64, u64 a65, u64 a66, u64 a67, u64 a68, u64 a69,
                              u64 a70, u64 a71, u64 a72, u64 a73, u64 a74, u64 a75, u64 a76, u64 a77, u64 a78, u64 a79,
                              u64 a80, u64 a81, u64 a82, u64 a83, u64 a84, u64 a85, u64 a86, u64 a87, u64 a88, u64 a89,
                              u64 a90, u64 a91, u64 a92, u64 a93, u64 a94, u64 a95, u64 a96, u64 a97, u64 a98, u64 a99,
                              u64 a100, u64 a101, u64 a102, u64 a103, u64 a104, u64 a105, u64 a106, u64 a107, u64 a108,
                              u64 a109, u64 a110, u64 a111, u64 a112, u64 a113, u64 a114, u64 a115, u64 a116, u64 a117,
                              u64 a118, u64 a119, u64 a120, u64 a121, u64 a122, u64 a123, u64 a124, u64 a125, u64 a126,
                              u64 a127) {
    if (threadIdx.x == 0)
        out[0] = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11 + a12 + a13 + a14 + a15 + a16 + a17 +
                 a18 + a19 + a20 + a21 + a22 + a23 + a24 + a25 + a26 + a27 + a28 + a29 + a30 + a31 + a32 + a33 + a34 +
                 a35 + a36 + a37 + a38 + a39 + a40 + a41 + a42 + a43 + a44 + a45 + a46 + a47 + a48 + a49 + a50 + a51 +
                 a52 + a53 + a54 + a55 + a56 + a57 + a58 + a59 + a60 + a61 + a62 + a63 + a64 + a65 + a66 + a67 + a68 +
                 a69 + a70 + a71 + a72 + a73 + a74 + a75 + a76 + a77 + a78 + a79 + a80 + a81 + a82 + a83 + a84 + a85 +
                 a86 + a87 + a88 + a89 + a90 + a91 + a92 + a93 + a94 + a95 + a96 + a97 + a98 + a99 + a100 + a101 +
                 a102 + a103 + a104 + a105 + a106 + a107 + a108 + a109 + a110 + a111 + a112 + a113 + a114 + a115 +
                 a116 + a117 + a118 + a119 + a120 + a121 + a122 + a123 + a124 + a125 + a126 + a127;
}

__global__ void arguments_128_reference(
    u64* out, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 a6, u64 a7, u64 a8, u64 a9, u64 a10, u64 a11,
    u64 a12, u64 a13, u64 a14, u64 a15, u64 a16, u64 a17, u64 a18, u64 a19, u64 a20, u64 a21, u64 a22, u64 a23,
    u64 a24, u64 a25, u64 a26, u64 a27, u64 a28, u64 a29, u64 a30, u64 a31, u64 a32, u64 a33, u64 a34, u64 a35,
    u64 a36, u64 a37, u64 a38, u64 a39, u64 a40, u64 a41, u64 a42, u64 a43, u64 a44, u64 a45, u64 a46, u64 a47,
    u64 a48, u64 a49, u64 a50, u64 a51, u64 a52, u64 a53, u64 a54, u64 a55, u64 a56, u64 a57, u64 a58, u64 a59,
    u64 a60, u64 a61, u64 a62, u64 a63, u64 a64, u64 a65, u64 a66, u64 a67, u64 a68, u64 a69, u64 a70, u64 a71,
    u64 a72, u64 a73, u64 a74, u64 a75, u64 a76, u64 a77, u64 a78, u64 a79, u64 a80, u64 a81, u64 a82, u64 a83,
    u64 a84, u64 a85, u64 a86, u64 a87, u64 a88, u64 a89, u64 a90, u64 a91, u64 a92, u64 a93, u64 a94, u64 a95,
    u64 a96, u64 a97, u64 a98, u64 a99, u64 a100, u64 a101, u64 a102, u64 a103, u64 a104, u64 a105, u64 a106, u64 a107,
    u64 a108, u64 a109, u64 a110, u64 a111, u64 a112, u64 a113, u64 a114, u64 a115, u64 a116, u64 a117, u64 a118,
    u64 a119, u64 a120, u64 a121, u64 a122, u64 a123, u64 a124, u64 a125, u64 a126, u64 a127) {
    const u64 each[] = {a0,   a1,   a2,   a3,   a4,   a5,   a6,   a7,   a8,   a9,   a10,  a11,  a12,  a13,  a14,
                        a15,  a16,  a17,  a18,  a19,  a20,  a21,  a22,  a23,  a24,  a25,  a26,  a27,  a28,  a29,
                        a30,  a31,  a32,  a33,  a34,  a35,  a36,  a37,  a38,  a39,  a40,  a41,  a42,  a43,  a44,
                        a45,  a46,  a47,  a48,  a49,  a50,  a51,  a52,  a53,  a54,  a55,  a56,  a57,  a58,  a59,
                        a60,  a61,  a62,  a63,  a64,  a65,  a66,  a67,  a68,  a69,  a70,  a71,  a72,  a73,  a74,
                        a75,  a76,  a77,  a78,  a79,  a80,  a81,  a82,  a83,  a84,  a85,  a86,  a87,  a88,  a89,
                        a90,  a91,  a92,  a93,  a94,  a95,  a96,  a97,  a98,  a99,  a100, a101, a102, a103, a104,
                        a105, a106, a107, a108, a109, a110, a111, a112, a113, a114, a115, a116, a117, a118, a119,
                        a120, a121, a122, a123, a124, a125, a126, a127};
    u64 sum = 0;
    for (u64 number : each) sum += number;
    if (threadIdx.x == 0) out[0] = sum;
}
