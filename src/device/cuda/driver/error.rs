//! What the driver says when it refuses, and what that means for a case.

use std::ffi::CStr;
use std::ptr;

use super::table::{Code, Table};
use crate::record::{FailureKind, Refusal};

/// Success, and the codes that mean something of their own here (`CUresult` of `cuda.h`).
pub(super) const SUCCESS: Code = 0;
const INVALID_VALUE: Code = 1;
const OUT_OF_MEMORY: Code = 2;
const NOT_FOUND: Code = 500;
pub(super) const NOT_READY: Code = 600;
pub(super) const NOT_SUPPORTED: Code = 801;
/// Codes after which nothing more can be done in this process: the context is gone.
const STICKY: [Code; 15] = [
    214, // ECC_UNCORRECTABLE
    220, // NVLINK_UNCORRECTABLE
    226, // CONTAINED
    700, // ILLEGAL_ADDRESS
    702, // LAUNCH_TIMEOUT
    709, // CONTEXT_IS_DESTROYED
    710, // ASSERT
    714, // HARDWARE_STACK_ERROR
    715, // ILLEGAL_INSTRUCTION
    716, // MISALIGNED_ADDRESS
    717, // INVALID_ADDRESS_SPACE
    718, // INVALID_PC
    719, // LAUNCH_FAILED
    721, // TENSOR_MEMORY_LEAK
    999, // UNKNOWN
];

/// A call that the driver refused, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {name} ({text})")]
pub struct CallError {
    /// The call.
    pub call: &'static str,
    /// The driver's number.
    pub code: Code,
    /// The driver's name for it: `CUDA_ERROR_ILLEGAL_ADDRESS`.
    pub name: String,
    /// The driver's sentence.
    pub text: String,
}

impl CallError {
    /// Nothing for success, else the driver's words for `code`.
    pub(super) fn check(table: &Table, call: &'static str, code: Code) -> Result<(), Self> {
        if code == SUCCESS {
            return Ok(());
        }
        Err(Self::new(table, call, code))
    }

    /// The driver's words for `code`.
    pub(super) fn new(table: &Table, call: &'static str, code: Code) -> Self {
        Self {
            call,
            code,
            name: words(table.get_error_name, code).unwrap_or_else(|| format!("error {code}")),
            text: words(table.get_error_string, code)
                .unwrap_or_else(|| "the driver has no words for it".to_owned()),
        }
    }

    /// Whether the context is lost with it: nothing more can be executed in this process.
    pub fn is_fatal(&self) -> bool {
        STICKY.contains(&self.code)
    }

    /// Whether memory ran out.
    pub fn is_out_of_memory(&self) -> bool {
        self.code == OUT_OF_MEMORY
    }

    /// Whether a name was not found.
    pub fn is_not_found(&self) -> bool {
        self.code == NOT_FOUND
    }

    /// Whether the driver or the GPU can't do that at all.
    pub fn is_not_supported(&self) -> bool {
        self.code == NOT_SUPPORTED
    }

    /// What sort of failure of a case it is.
    pub fn kind(&self) -> FailureKind {
        match self.code {
            OUT_OF_MEMORY => FailureKind::Memory,
            _ if self.is_fatal() => FailureKind::Device,
            // LAUNCH_OUT_OF_RESOURCES, COOPERATIVE_LAUNCH_TOO_LARGE, INVALID_CLUSTER_SIZE
            701 | 720 | 912 => FailureKind::Launch,
            // CUBLAS_STATUS_ALLOC_FAILED; whatever else cuBLAS refuses is the call's fault, not the device's.
            3 if self.call.starts_with("cublas") => FailureKind::Memory,
            _ if self.call.starts_with("cublas") => FailureKind::Launch,
            INVALID_VALUE if self.call.starts_with("cuLaunch") => FailureKind::Launch,
            // INVALID_IMAGE, NO_BINARY_FOR_GPU, INVALID_PTX, UNSUPPORTED_PTX_VERSION, INVALID_SOURCE
            200 | 209 | 218 | 222 | 300 => FailureKind::Compile,
            _ => FailureKind::Device,
        }
    }
}

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        Self::failed(error.kind(), error.to_string())
    }
}

/// The driver's words for `code` by one of its two calls for that.
fn words(
    call: unsafe extern "C" fn(Code, *mut *const std::ffi::c_char) -> Code,
    code: Code,
) -> Option<String> {
    let mut text = ptr::null();
    // SAFETY: the call stores a pointer to a static string, or null, in its second argument.
    let found = unsafe { call(code, &raw mut text) };
    if found != SUCCESS || text.is_null() {
        return None;
    }
    // SAFETY: the driver's strings end with a NUL and live as long as the library, which is never unloaded.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(call: &'static str, code: Code) -> CallError {
        CallError {
            call,
            code,
            name: "CUDA_ERROR".to_owned(),
            text: "words".to_owned(),
        }
    }

    #[test]
    fn codes_become_kinds_of_failure() {
        for (call, code, kind) in [
            ("cuMemAlloc", 2, FailureKind::Memory),
            ("cuLaunchKernel", 1, FailureKind::Launch),
            ("cuMemAlloc", 1, FailureKind::Device),
            ("cuLaunchKernel", 701, FailureKind::Launch),
            ("cuLaunchKernelEx", 720, FailureKind::Launch),
            ("cuLaunchKernelEx", 912, FailureKind::Launch),
            ("cuModuleLoadDataEx", 218, FailureKind::Compile),
            ("cuEventSynchronize", 700, FailureKind::Device),
            ("cuStreamSynchronize", 719, FailureKind::Device),
        ] {
            assert_eq!(error(call, code).kind(), kind, "{call} {code}");
        }
        assert!(error("cuEventSynchronize", 700).is_fatal());
        assert!(!error("cuMemAlloc", 2).is_fatal());
    }
}
