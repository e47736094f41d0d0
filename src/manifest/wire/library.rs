//! What a workload says of a library's call.

use super::scalars::Boolean;
use crate::manifest::formula::{Formula, Template};

words! {
    /// Calls of libraries.
    LibraryWord {
        /// cublasLtMatmul: C = A B' of fp32, tf32, fp16, bf16 or fp8.
        "cublaslt.matmul" CublasLtMatmul,
        /// cublasGemmEx: C = A B' of fp32, tf32, fp16 or bf16.
        "cublas.gemm" CublasGemm,
        /// A copy on the device, to it, or from it.
        "memcpy" Memcpy,
        /// Device memory set to one value.
        "memset" Memset,
    }
}

table! {
    /// The parameters of a library's call.
    WithTable {
        /// Rows of A and of C, of a product.
        "m" m: Formula,
        /// Rows of B, which are columns of C.
        "n" n: Formula,
        /// Columns of A and of B.
        "k" k: Formula,
        /// How fp32 inputs are multiplied: "fp32", the default, or "tf32".
        "compute" compute: Template,
        /// Whether fp8 products are summed in the tensor cores alone, faster and less exact; false by default.
        "fast-accumulation" fast_accumulation: Boolean,
        /// Where a copy begins: "device", the default, or "host".
        "from" from: Template,
        /// Where a copy ends: "device", the default, or "host".
        "to" to: Template,
        /// What the host's memory is: "pinned", the default, or "pageable".
        "memory" memory: Template,
        /// What memory is set to, a whole number; 0 by default.
        "value" value: Formula,
    }
}
