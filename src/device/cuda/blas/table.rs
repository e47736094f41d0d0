//! The calls of cuBLAS that warpmark makes, as typed pointers.

use std::ffi::{c_char, c_int, c_void};

use libloading::Library;

/// `cublasStatus_t`; 0 is success.
pub type Code = c_int;

/// An opaque handle: of a library, a descriptor, a layout, or a stream.
pub type Handle = *mut c_void;

/// `cublasLtMatmulAlgo_t`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Algorithm(pub [u64; 8]);

/// `cublasLtMatmulHeuristicResult_t`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct Heuristic {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The workspace that it needs, in bytes.
    pub workspace: usize,
    /// Whether the rest holds.
    pub state: Code,
    /// How far it fills the GPU.
    pub waves: f32,
    /// Kept free.
    pub reserved: [c_int; 4],
}

/// Declares a table: fields, the symbols behind them, and the look-up of each.
macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($field:ident = $symbol:literal ($($argument:ty),*) -> $result:ty;)* }) => {
        $(#[$about])*
        #[allow(missing_docs)] // the symbols below are their documentation
        #[derive(Debug)]
        pub struct $name {
            $(pub $field: unsafe extern "C" fn($($argument),*) -> $result,)*
        }

        impl $name {
            /// Looks every symbol up; the first that is missing is the error.
            pub fn load(library: &Library) -> Result<Self, &'static str> {
                Ok(Self {
                    $($field: {
                        // SAFETY: the symbol's type is that of its declaration in cublasLt.h or cublas_api.h.
                        let symbol = unsafe { library.get($symbol) };
                        *symbol.map_err(|_| $symbol)?
                    },)*
                })
            }
        }
    };
}

table! {
    /// The calls of libcublasLt. Each takes what its namesake in cublasLt.h takes.
    LtTable {
        version = "cublasLtGetVersion" () -> usize;
        status = "cublasLtGetStatusString" (Code) -> *const c_char;
        create = "cublasLtCreate" (*mut Handle) -> Code;
        destroy = "cublasLtDestroy" (Handle) -> Code;
        operation_create = "cublasLtMatmulDescCreate" (*mut Handle, c_int, c_int) -> Code;
        operation_set = "cublasLtMatmulDescSetAttribute" (Handle, c_int, *const c_void, usize) -> Code;
        operation_destroy = "cublasLtMatmulDescDestroy" (Handle) -> Code;
        layout_create = "cublasLtMatrixLayoutCreate" (*mut Handle, c_int, u64, u64, i64) -> Code;
        layout_destroy = "cublasLtMatrixLayoutDestroy" (Handle) -> Code;
        preference_create = "cublasLtMatmulPreferenceCreate" (*mut Handle) -> Code;
        preference_set = "cublasLtMatmulPreferenceSetAttribute" (Handle, c_int, *const c_void, usize) -> Code;
        preference_destroy = "cublasLtMatmulPreferenceDestroy" (Handle) -> Code;
        heuristic = "cublasLtMatmulAlgoGetHeuristic"
            (Handle, Handle, Handle, Handle, Handle, Handle, Handle, c_int, *mut Heuristic, *mut c_int) -> Code;
        matmul = "cublasLtMatmul"
            (Handle, Handle, *const c_void, *const c_void, Handle, *const c_void, Handle, *const c_void,
             *const c_void, Handle, *mut c_void, Handle, *const Algorithm, *mut c_void, usize, Handle) -> Code;
    }
}

table! {
    /// The calls of libcublas. Each takes what its namesake in cublas_api.h takes.
    GemmTable {
        property = "cublasGetProperty" (c_int, *mut c_int) -> Code;
        status = "cublasGetStatusString" (Code) -> *const c_char;
        create = "cublasCreate_v2" (*mut Handle) -> Code;
        destroy = "cublasDestroy_v2" (Handle) -> Code;
        set_stream = "cublasSetStream_v2" (Handle, Handle) -> Code;
        set_workspace = "cublasSetWorkspace_v2" (Handle, *mut c_void, usize) -> Code;
        gemm = "cublasGemmEx"
            (Handle, c_int, c_int, c_int, c_int, c_int, *const c_void, *const c_void, c_int, c_int, *const c_void,
             c_int, c_int, *const c_void, *mut c_void, c_int, c_int, c_int, c_int) -> Code;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_library_s_layout() {
        // As a C compiler lays out cublasLt.h of CUDA 13 on 64 bits.
        assert_eq!(size_of::<Algorithm>(), 64);
        assert_eq!(size_of::<Heuristic>(), 96);
        assert_eq!(std::mem::offset_of!(Heuristic, workspace), 64);
        assert_eq!(std::mem::offset_of!(Heuristic, state), 72);
        assert_eq!(std::mem::offset_of!(Heuristic, waves), 76);
    }
}
