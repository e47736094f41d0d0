//! A library's call in place of a kernel: what is called, and with what.

use serde::{Deserialize, Serialize};

use crate::expr::ElementType;

/// What a case calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LibraryCall {
    /// A matrix product of cuBLAS.
    Product(Product),
    /// A copy of the first argument to the second.
    Copy(Transfer),
    /// Every element of the first argument set to one value.
    Set {
        /// Its bits, in the lowest bytes.
        value: u64,
    },
}

/// C = A B': A has m rows, B n rows, both of k elements, and C m rows of n elements. Rows lie one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// By which of the two libraries.
    pub by: Blas,
    /// Rows of A and C.
    pub m: u32,
    /// Rows of B, columns of C.
    pub n: u32,
    /// Columns of A and B.
    pub k: u32,
    /// The type of A and B.
    pub input: ElementType,
    /// The type of C.
    pub output: ElementType,
    /// Whether fp32 inputs may be cut down to tf32.
    pub tf32: bool,
    /// Whether sums of fp8 products are kept in the tensor cores alone (`CUBLASLT_MATMUL_DESC_FAST_ACCUM`).
    pub fast_accumulation: bool,
}

impl Product {
    /// Bytes of device memory that the library may use meanwhile: what PyTorch gives it on Hopper.
    pub const WORKSPACE: u64 = 32 << 20;
}

/// The two interfaces of cuBLAS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blas {
    /// `cublasLtMatmul`.
    Lt,
    /// `cublasGemmEx`.
    Gemm,
}

/// From where to where is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transfer {
    /// From device memory to device memory.
    OnDevice,
    /// From host memory to device memory.
    ToDevice {
        /// Whether the host memory is pinned, else pageable.
        pinned: bool,
    },
    /// From device memory to host memory.
    ToHost {
        /// Whether the host memory is pinned, else pageable.
        pinned: bool,
    },
}

impl Transfer {
    /// Whether host memory takes part: the bus and the host decide how long such a copy takes, and no kernel does.
    pub fn is_with_host(self) -> bool {
        self != Self::OnDevice
    }

    /// Whether pageable host memory takes part: such a copy keeps the host busy, and no graph holds it.
    pub fn is_pageable(self) -> bool {
        matches!(
            self,
            Self::ToDevice { pinned: false } | Self::ToHost { pinned: false }
        )
    }
}

impl LibraryCall {
    /// Bytes of device memory that the call needs beside its arguments.
    pub fn workspace(&self) -> u64 {
        match self {
            Self::Product(_) => Product::WORKSPACE,
            Self::Copy(_) | Self::Set { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_with_the_host_are_told_from_others() {
        for (transfer, with_host, pageable) in [
            (Transfer::OnDevice, false, false),
            (Transfer::ToDevice { pinned: true }, true, false),
            (Transfer::ToDevice { pinned: false }, true, true),
            (Transfer::ToHost { pinned: true }, true, false),
            (Transfer::ToHost { pinned: false }, true, true),
        ] {
            assert_eq!(transfer.is_with_host(), with_host, "{transfer:?}");
            assert_eq!(transfer.is_pageable(), pageable, "{transfer:?}");
        }
    }
}
