//! cuBLAS, opened at run time: products of matrices that a suite measures beside its kernels.
//!
//! Both of its libraries are sought as NVRTC is (`find.rs`) and called through tables of typed pointers (`table.rs`).

#![allow(unsafe_code)] // this folder is where cuBLAS is called; each use says why it is sound

mod find;
mod product;
mod table;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};

use libloading::Library;
use serde_json::Value;

use crate::plan::{Blas, LibraryCall, Plan, Task};

pub use product::Prepared;

use super::driver::{CallError, Version};
use table::{GemmTable, LtTable};

/// Why there is no cuBLAS to call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BlasError {
    /// It isn't anywhere.
    #[error(
        "no {0} was found: install cuBLAS (the CUDA toolkit, or pip's nvidia-cublas), or name its folder in {variable}",
        variable = find::FOLDER_VARIABLE
    )]
    Missing(String),
    /// It is there, and can't be opened.
    #[error("{library} can't be opened: {reason}: install cuBLAS, or name its folder in {variable}", variable = find::FOLDER_VARIABLE)]
    Open {
        /// The library.
        library: String,
        /// The loader's words.
        reason: String,
    },
    /// It lacks a call.
    #[error("{library} lacks {symbol}: install the cuBLAS of CUDA 12 or newer")]
    Symbol {
        /// The library.
        library: String,
        /// The call.
        symbol: &'static str,
    },
}

/// An open library.
#[derive(Debug)]
pub struct Opened {
    calls: Calls,
    /// Kept open: the calls point into them.
    _libraries: Vec<Library>,
}

#[derive(Debug)]
enum Calls {
    Lt(LtTable),
    Gemm(GemmTable),
}

impl Opened {
    /// The library of `by`, the newest that a driver of CUDA `newest` can follow.
    pub fn open(by: Blas, newest: Version) -> Result<Self, BlasError> {
        find::open(by, newest)
    }

    /// Its version, `13.0.2`, as far as it tells without a GPU.
    pub fn version(&self) -> String {
        match &self.calls {
            Calls::Lt(table) => {
                // SAFETY: takes nothing, and answers a number.
                let version = unsafe { (table.version)() };
                in_words(version as u64)
            }
            Calls::Gemm(table) => {
                let part = |number: c_int| {
                    let mut value = 0;
                    // SAFETY: stores a number.
                    let code = unsafe { (table.property)(number, &raw mut value) };
                    if code == 0 { value } else { 0 }
                };
                // libraryPropertyType of library_types.h: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL.
                format!("{}.{}.{}", part(0), part(1), part(2))
            }
        }
    }

    /// Nothing for success, else what `code` means.
    fn check(&self, call: &'static str, code: c_int) -> Result<(), CallError> {
        if code == 0 {
            return Ok(());
        }
        let words = match &self.calls {
            Calls::Lt(table) => table.status,
            Calls::Gemm(table) => table.status,
        };
        // SAFETY: answers any number with a static string, or with null.
        let text: *const c_char = unsafe { words(code) };
        let text = if text.is_null() {
            "cuBLAS has no words for it".to_owned()
        } else {
            // SAFETY: a static string that ends with a NUL.
            let text = unsafe { CStr::from_ptr(text) };
            text.to_string_lossy().into_owned()
        };
        Err(CallError {
            call,
            code,
            name: name_of(code),
            text,
        })
    }
}

/// The versions of the libraries that cases of `plan` call, by name; null where one is missing.
pub fn facts(plan: &Plan, newest: Version) -> BTreeMap<String, Value> {
    let products = plan.cases.iter().filter_map(|case| match &case.task {
        Task::Kernel(task) => match task.library? {
            LibraryCall::Product(product) => Some(product.by),
            LibraryCall::Copy(_) | LibraryCall::Set { .. } => None,
        },
        Task::Command(_) | Task::Mock(_) => None,
    });
    let mut facts = BTreeMap::new();
    for by in products {
        let name = match by {
            Blas::Lt => "cublaslt",
            Blas::Gemm => "cublas",
        };
        facts.entry(name.to_owned()).or_insert_with(|| {
            let opened = Opened::open(by, newest);
            Value::from(opened.ok().map(|library| library.version()))
        });
    }
    facts
}

/// A version of cuBLASLt, `CUBLAS_VERSION` of cublas_api.h: major * 10000 + minor * 100 + patch.
fn in_words(version: u64) -> String {
    format!(
        "{}.{}.{}",
        version / 10_000,
        version / 100 % 100,
        version % 100
    )
}

/// The names of `cublasStatus_t` in cublas_api.h.
fn name_of(code: c_int) -> String {
    let name = match code {
        1 => "CUBLAS_STATUS_NOT_INITIALIZED",
        3 => "CUBLAS_STATUS_ALLOC_FAILED",
        7 => "CUBLAS_STATUS_INVALID_VALUE",
        8 => "CUBLAS_STATUS_ARCH_MISMATCH",
        11 => "CUBLAS_STATUS_MAPPING_ERROR",
        13 => "CUBLAS_STATUS_EXECUTION_FAILED",
        14 => "CUBLAS_STATUS_INTERNAL_ERROR",
        15 => "CUBLAS_STATUS_NOT_SUPPORTED",
        16 => "CUBLAS_STATUS_LICENSE_ERROR",
        _ => return format!("status {code}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_header_writes_them() {
        assert_eq!(in_words(130_002), "13.0.2");
        assert_eq!(in_words(131_020), "13.10.20");
        assert_eq!(in_words(120_103), "12.1.3");
    }
}
