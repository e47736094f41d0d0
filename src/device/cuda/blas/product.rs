//! A product that is ready to be enqueued: handles, descriptors and the algorithm are there before anything is timed.
//!
//! cuBLAS stores matrices by columns. Rows of A that lie one after another are the columns of A', so C = A B' by rows is
//! C' = B A' by columns: its first operand is our B, transposed, and its second our A. Both are read along k, as fp8 needs.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::rc::Rc;

use super::table::{Algorithm, GemmTable, Handle, Heuristic, LtTable};
use super::{BlasError, Calls, Opened};
use crate::device::cuda::driver::{CallError, Memory, Stream, Version};
use crate::expr::ElementType;
use crate::plan::Product;

// cublasOperation_t.
const KEPT: c_int = 0;
const TRANSPOSED: c_int = 1;
// cublasComputeType_t.
const FP32: c_int = 68;
const FAST_TF32: c_int = 77;
// cudaDataType of library_types.h.
const R_32F: c_int = 0;
// cublasLtMatmulDescAttributes_t.
const TRANSPOSE_A: c_int = 3;
const TRANSPOSE_B: c_int = 4;
const FAST_ACCUMULATION: c_int = 25;
// cublasLtMatmulPreferenceAttributes_t.
const MOST_WORKSPACE: c_int = 1;
/// `CUBLAS_STATUS_NOT_SUPPORTED`: what a library without an algorithm means.
const NOT_SUPPORTED: c_int = 15;
/// `CUBLAS_GEMM_DEFAULT`.
const DEFAULT_ALGORITHM: c_int = -1;

static ALPHA: f32 = 1.0;
static BETA: f32 = 0.0;

/// `cudaDataType` of a type that products have; validation leaves no other.
fn type_of(element: ElementType) -> c_int {
    match element {
        ElementType::F16 => 2,
        ElementType::Bf16 => 14,
        ElementType::E4m3 => 28,
        _ => R_32F,
    }
}

fn compute_of(product: &Product) -> c_int {
    if product.tf32 { FAST_TF32 } else { FP32 }
}

/// A product and all that a call of it needs.
#[derive(Debug)]
pub struct Prepared {
    library: Rc<Opened>,
    product: Product,
    workspace: Memory,
    handle: Handle,
    lt: Option<Lt>,
}

/// Descriptors of cuBLASLt, and the algorithm that it advises.
#[derive(Debug)]
struct Lt {
    operation: Handle,
    /// Of B, A and C, as by columns.
    layouts: [Handle; 3],
    algorithm: Algorithm,
}

impl Default for Lt {
    fn default() -> Self {
        Self {
            operation: ptr::null_mut(),
            layouts: [ptr::null_mut(); 3],
            algorithm: Algorithm::default(),
        }
    }
}

impl Prepared {
    /// Opens the library of `product`; the context is current. `stream` is that of all calls.
    ///
    /// # Errors
    /// Why there is no such library.
    pub fn library(product: &Product, newest: Version) -> Result<Rc<Opened>, BlasError> {
        Opened::open(product.by, newest).map(Rc::new)
    }

    /// Makes all that `product` needs in the context that is current.
    ///
    /// # Errors
    /// The library's.
    pub fn new(
        library: &Rc<Opened>,
        product: Product,
        workspace: Memory,
        stream: &Stream,
    ) -> Result<Self, CallError> {
        let mut made = Self {
            library: Rc::clone(library),
            product,
            workspace,
            handle: ptr::null_mut(),
            lt: None,
        };
        match &library.calls {
            Calls::Lt(table) => made.prepare_lt(table)?,
            Calls::Gemm(table) => made.prepare_gemm(table, stream)?,
        }
        Ok(made)
    }

    fn prepare_gemm(&mut self, table: &GemmTable, stream: &Stream) -> Result<(), CallError> {
        // SAFETY: stores a handle, which `drop` destroys.
        let code = unsafe { (table.create)(&raw mut self.handle) };
        self.library.check("cublasCreate", code)?;
        // SAFETY: the handle and the stream live. Setting the stream takes any workspace away, so it comes first.
        let code = unsafe { (table.set_stream)(self.handle, stream.handle()) };
        self.library.check("cublasSetStream", code)?;
        let bytes = usize::try_from(self.workspace.bytes()).unwrap_or(0);
        // SAFETY: the workspace has as many bytes, and lives as long as the handle.
        let code = unsafe { (table.set_workspace)(self.handle, self.workspace_address(), bytes) };
        self.library.check("cublasSetWorkspace", code)
    }

    fn workspace_address(&self) -> *mut c_void {
        pointer(self.workspace.address())
    }

    fn prepare_lt(&mut self, table: &LtTable) -> Result<(), CallError> {
        // SAFETY: stores a handle, which `drop` destroys.
        let code = unsafe { (table.create)(&raw mut self.handle) };
        self.library.check("cublasLtCreate", code)?;
        let lt = self.lt.insert(Lt::default());
        let product = &self.product;
        // SAFETY: stores a handle, which `drop` destroys; as for those below.
        let code =
            unsafe { (table.operation_create)(&raw mut lt.operation, compute_of(product), R_32F) };
        self.library.check("cublasLtMatmulDescCreate", code)?;
        let set = |attribute: c_int, value: *const c_void, bytes: usize| {
            // SAFETY: the descriptor lives, and the value has as many bytes.
            let code = unsafe { (table.operation_set)(lt.operation, attribute, value, bytes) };
            self.library.check("cublasLtMatmulDescSetAttribute", code)
        };
        let (first, second) = (TRANSPOSED, KEPT);
        set(TRANSPOSE_A, (&raw const first).cast(), 4)?;
        set(TRANSPOSE_B, (&raw const second).cast(), 4)?;
        if product.fast_accumulation {
            let fast = 1_i8;
            set(FAST_ACCUMULATION, (&raw const fast).cast(), 1)?;
        }
        let (input, output) = (type_of(product.input), type_of(product.output));
        let shapes = [
            (input, product.k, product.n),
            (input, product.k, product.m),
            (output, product.n, product.m),
        ];
        for (layout, (kind, rows, columns)) in lt.layouts.iter_mut().zip(shapes) {
            let (height, width) = (u64::from(rows), u64::from(columns));
            // SAFETY: stores a handle.
            let code = unsafe {
                (table.layout_create)(&raw mut *layout, kind, height, width, i64::from(rows))
            };
            self.library.check("cublasLtMatrixLayoutCreate", code)?;
        }
        self.advise(table)
    }

    /// Takes the first algorithm that the library advises.
    fn advise(&mut self, table: &LtTable) -> Result<(), CallError> {
        let Some(lt) = self.lt.as_mut() else {
            return Ok(());
        };
        let mut preference = ptr::null_mut();
        // SAFETY: stores a handle, which is destroyed below.
        let code = unsafe { (table.preference_create)(&raw mut preference) };
        self.library.check("cublasLtMatmulPreferenceCreate", code)?;
        let bytes = self.workspace.bytes();
        let (mut advice, mut count) = (Heuristic::default(), 0);
        // SAFETY: all handles live; the value is 8 bytes, and there is room for the one answer that is asked for.
        let (set, asked) = unsafe {
            let value = (&raw const bytes).cast();
            let set = (table.preference_set)(preference, MOST_WORKSPACE, value, 8);
            let [b, a, c] = lt.layouts;
            let asked = (table.heuristic)(
                self.handle,
                lt.operation,
                b,
                a,
                c,
                c,
                preference,
                1,
                &raw mut advice,
                &raw mut count,
            );
            (table.preference_destroy)(preference);
            (set, asked)
        };
        self.library
            .check("cublasLtMatmulPreferenceSetAttribute", set)?;
        self.library
            .check("cublasLtMatmulAlgoGetHeuristic", asked)?;
        let state = if count < 1 {
            NOT_SUPPORTED
        } else {
            advice.state
        };
        self.library
            .check("cublasLtMatmulAlgoGetHeuristic", state)?;
        lt.algorithm = advice.algorithm;
        Ok(())
    }

    /// Enqueues the product of the matrices at these addresses, A, B and C, in `stream`.
    pub fn enqueue(&self, [a, b, c]: [u64; 3], stream: &Stream) -> Result<(), CallError> {
        match (&self.library.calls, &self.lt) {
            (Calls::Lt(table), Some(lt)) => self.matmul((table, lt), [a, b, c], stream),
            (Calls::Gemm(table), _) => self.gemm(table, [a, b, c]),
            (Calls::Lt(_), None) => Ok(()),
        }
    }

    fn matmul(
        &self,
        (table, lt): (&LtTable, &Lt),
        [a, b, c]: [u64; 3],
        stream: &Stream,
    ) -> Result<(), CallError> {
        let [of_b, of_a, of_c] = lt.layouts;
        let bytes = usize::try_from(self.workspace.bytes()).unwrap_or(0);
        // SAFETY: the handles live; the plan holds the matrices inside their buffers, which the caller keeps until the
        // stream is done; the scales are read by the call.
        let code = unsafe {
            (table.matmul)(
                self.handle,
                lt.operation,
                (&raw const ALPHA).cast(),
                pointer(b),
                of_b,
                pointer(a),
                of_a,
                (&raw const BETA).cast(),
                pointer(c),
                of_c,
                pointer(c),
                of_c,
                &raw const lt.algorithm,
                self.workspace_address(),
                bytes,
                stream.handle(),
            )
        };
        self.library.check("cublasLtMatmul", code)
    }

    fn gemm(&self, table: &GemmTable, [a, b, c]: [u64; 3]) -> Result<(), CallError> {
        let product = &self.product;
        let size = |elements: u32| c_int::try_from(elements).unwrap_or(c_int::MAX);
        let (m, n, k) = (size(product.m), size(product.n), size(product.k));
        let (input, output) = (type_of(product.input), type_of(product.output));
        // SAFETY: as in `matmul`; the handle has its stream.
        let code = unsafe {
            (table.gemm)(
                self.handle,
                TRANSPOSED,
                KEPT,
                n,
                m,
                k,
                (&raw const ALPHA).cast(),
                pointer(b),
                input,
                k,
                pointer(a),
                input,
                k,
                (&raw const BETA).cast(),
                pointer(c),
                output,
                n,
                compute_of(product),
                DEFAULT_ALGORITHM,
            )
        };
        self.library.check("cublasGemmEx", code)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: destroys what was made, once; null where it wasn't.
        unsafe {
            if let (Calls::Lt(table), Some(lt)) = (&self.library.calls, &self.lt) {
                for layout in lt.layouts.into_iter().filter(|layout| !layout.is_null()) {
                    (table.layout_destroy)(layout);
                }
                if !lt.operation.is_null() {
                    (table.operation_destroy)(lt.operation);
                }
            }
            if !self.handle.is_null() {
                match &self.library.calls {
                    Calls::Lt(table) => (table.destroy)(self.handle),
                    Calls::Gemm(table) => (table.destroy)(self.handle),
                };
            }
        }
    }
}

/// An address of the device as the library takes it.
fn pointer(address: u64) -> *mut c_void {
    ptr::without_provenance_mut(usize::try_from(address).unwrap_or(0))
}
