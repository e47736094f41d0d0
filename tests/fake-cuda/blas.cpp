// cuBLAS for tests: the calls of libcublasLt and libcublas that warpmark makes. Products are computed on the CPU, in the
// memory and in the order of the fake driver, which WARPMARK_LIBCUDA names.
//
//   FAKE_BLAS_FAULT=FAULT   no-algorithm (the heuristic knows none), wrong (an element is off), fails (the product is
//                           refused), no-handle (none can be made)

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmath>
#include <string>

enum : int { SUCCESS = 0, ALLOC_FAILED = 3, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
enum : int { R_32F = 0, R_16F = 2, R_16BF = 14, R_8F_E4M3 = 28 };

static bool strikes(const char *fault) {
    const char *text = getenv("FAKE_BLAS_FAULT");
    return text && std::string(text) == fault;
}

static float value(const char *at, uint64_t index, int type) {
    if (type == R_32F) {
        float read;
        memcpy(&read, at + 4 * index, 4);
        return read;
    }
    if (type == R_8F_E4M3) {
        unsigned bits = uint8_t(at[index]), exponent = bits >> 3 & 15, mantissa = bits & 7;
        float size = exponent ? std::ldexp(8.0f + mantissa, int(exponent) - 10) : std::ldexp(float(mantissa), -9);
        return bits & 128 ? -size : size;
    }
    uint16_t bits;
    memcpy(&bits, at + 2 * index, 2);
    if (type == R_16BF) {
        uint32_t wide = uint32_t(bits) << 16;
        float read;
        memcpy(&read, &wide, 4);
        return read;
    }
    unsigned exponent = bits >> 10 & 31, mantissa = bits & 1023;
    float size = exponent ? std::ldexp(1024.0f + mantissa, int(exponent) - 25) : std::ldexp(float(mantissa), -24);
    return bits & 0x8000 ? -size : size;
}

static void store(char *at, uint64_t index, int type, float number) {
    if (type == R_32F) {
        memcpy(at + 4 * index, &number, 4);
        return;
    }
    uint16_t bits;
    if (type == R_16BF) {
        uint32_t wide;
        memcpy(&wide, &number, 4);
        bits = uint16_t((wide + 0x7fff + (wide >> 16 & 1)) >> 16);
    } else {
        int exponent = 0;
        std::frexp(number, &exponent);
        exponent = exponent < -13 ? -13 : exponent;
        long mantissa = std::lrint(std::ldexp(std::fabs(number), 11 - exponent));
        bits = uint16_t(((exponent + 13) << 10) + mantissa) | (number < 0 ? 0x8000 : 0);
    }
    memcpy(at + 2 * index, &bits, 2);
}

// D = op(A) B by columns: rows x columns of sums over depth, both operands read along it.
struct Product {
    const char *a, *b;
    char *d;
    int input, output;
    uint64_t rows, columns, depth;
};
static void multiply(const void *data) {
    const Product &p = *static_cast<const Product *>(data);
    for (uint64_t column = 0; column < p.columns; ++column) {
        for (uint64_t row = 0; row < p.rows; ++row) {
            float sum = 0;
            for (uint64_t i = 0; i < p.depth; ++i) {
                sum += value(p.a, row * p.depth + i, p.input) * value(p.b, column * p.depth + i, p.input);
            }
            bool off = strikes("wrong") && column == 1 && row == 2;
            store(p.d, column * p.rows + row, p.output, off ? sum + 100 : sum);
        }
    }
}
static int enqueue(const Product &product) {
    typedef int (*Enqueue)(void (*)(const void *), const void *, size_t);
    void *driver = dlopen(getenv("WARPMARK_LIBCUDA"), RTLD_NOW | RTLD_NOLOAD);
    Enqueue call = driver ? reinterpret_cast<Enqueue>(dlsym(driver, "fake_enqueue")) : nullptr;
    return call ? call(multiply, &product, sizeof product) : ALLOC_FAILED;
}

struct Layout {
    int type;
    uint64_t rows, columns;
    int64_t leading;
};
struct Operation {
    int compute, scale, transpose[2];
    int8_t fast;
};
struct Heuristic {
    uint64_t algorithm[8];
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

extern "C" {

const char *cublasLtGetStatusString(int code) { return code == NOT_SUPPORTED ? "not supported" : "some other status"; }
const char *cublasGetStatusString(int code) { return cublasLtGetStatusString(code); }
size_t cublasLtGetVersion() { return 130002; }
int cublasLtCreate(void **handle) {
    *handle = strikes("no-handle") ? nullptr : malloc(8);
    return *handle ? SUCCESS : ALLOC_FAILED;
}
int cublasLtDestroy(void *handle) { return free(handle), SUCCESS; }
int cublasLtMatmulDescCreate(void **made, int compute, int scale) {
    *made = new Operation{compute, scale, {0, 0}, 0};
    return SUCCESS;
}
int cublasLtMatmulDescSetAttribute(void *made, int attribute, const void *value, size_t bytes) {
    Operation *operation = static_cast<Operation *>(made);
    if ((attribute == 3 || attribute == 4) && bytes == 4) {
        memcpy(&operation->transpose[attribute - 3], value, 4);
        return SUCCESS;
    }
    if (attribute == 25 && bytes == 1) {
        memcpy(&operation->fast, value, 1);
        return SUCCESS;
    }
    return INVALID_VALUE;
}
int cublasLtMatmulDescDestroy(void *made) { return delete static_cast<Operation *>(made), SUCCESS; }
int cublasLtMatrixLayoutCreate(void **made, int type, uint64_t rows, uint64_t columns, int64_t leading) {
    *made = new Layout{type, rows, columns, leading};
    return SUCCESS;
}
int cublasLtMatrixLayoutDestroy(void *made) { return delete static_cast<Layout *>(made), SUCCESS; }
int cublasLtMatmulPreferenceCreate(void **made) { return *made = malloc(8), SUCCESS; }
int cublasLtMatmulPreferenceSetAttribute(void *, int attribute, const void *value, size_t bytes) {
    uint64_t most = 0;
    memcpy(&most, value, bytes == 8 ? 8 : 0);
    return attribute == 1 && most == 32 << 20 ? SUCCESS : INVALID_VALUE;
}
int cublasLtMatmulPreferenceDestroy(void *made) { return free(made), SUCCESS; }
int cublasLtMatmulAlgoGetHeuristic(void *, void *, void *, void *, void *, void *, void *, int wanted, Heuristic *found,
                                   int *count) {
    *count = strikes("no-algorithm") ? 0 : wanted;
    if (*count) {
        *found = {{0xabc}, 1024, SUCCESS, 1.0f, {}};
    }
    return SUCCESS;
}
int cublasLtMatmul(void *, void *with, const float *alpha, const void *a, void *of_a, const void *b, void *of_b,
                   const float *beta, const void *c, void *of_c, void *d, void *of_d, const uint64_t *algorithm,
                   void *workspace, size_t bytes, void *stream) {
    const Operation &operation = *static_cast<Operation *>(with);
    const Layout &A = *static_cast<Layout *>(of_a), &B = *static_cast<Layout *>(of_b), &D = *static_cast<Layout *>(of_d);
    bool right = operation.transpose[0] == 1 && operation.transpose[1] == 0 && *alpha == 1 && *beta == 0 && c == d &&
                 of_c == of_d && *algorithm == 0xabc && workspace && bytes == 32 << 20 && stream && A.rows == B.rows &&
                 A.columns == D.rows && B.columns == D.columns && A.type == B.type && A.leading == int64_t(A.rows) &&
                 B.leading == int64_t(B.rows) && D.leading == int64_t(D.rows) &&
                 (operation.compute == 68 || (operation.compute == 77 && A.type == R_32F));
    if (!right || strikes("fails")) {
        return NOT_SUPPORTED;
    }
    return enqueue({static_cast<const char *>(a), static_cast<const char *>(b), static_cast<char *>(d), A.type, D.type,
                    D.rows, D.columns, A.rows});
}

int cublasGetProperty(int which, int *value) {
    static const int version[] = {13, 0, 2};
    return *value = version[which], SUCCESS;
}
int cublasCreate_v2(void **handle) { return cublasLtCreate(handle); }
int cublasDestroy_v2(void *handle) { return cublasLtDestroy(handle); }
static bool streamed = false, spaced = false;
int cublasSetStream_v2(void *, void *) {
    streamed = true;
    spaced = false;
    return SUCCESS;
}
int cublasSetWorkspace_v2(void *, void *workspace, size_t bytes) {
    spaced = workspace && bytes;
    return SUCCESS;
}
int cublasGemmEx(void *, int first, int second, int m, int n, int k, const float *alpha, const void *a, int type_a,
                 int leading_a, const void *b, int type_b, int leading_b, const float *beta, void *c, int type_c,
                 int leading_c, int compute, int algorithm) {
    bool right = first == 1 && second == 0 && *alpha == 1 && *beta == 0 && streamed && spaced && type_a == type_b &&
                 leading_a == k && leading_b == k && leading_c == m && algorithm == -1 &&
                 (compute == 68 || (compute == 77 && type_a == R_32F));
    if (!right || strikes("fails")) {
        return NOT_SUPPORTED;
    }
    return enqueue({static_cast<const char *>(a), static_cast<const char *>(b), static_cast<char *>(c), type_a, type_c,
                    uint64_t(m), uint64_t(n), uint64_t(k)});
}
}
