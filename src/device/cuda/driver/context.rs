//! What is held on a GPU: the context, memory and code; each is given back when dropped.

use std::ffi::{CString, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use super::table::{Address, Handle};
use super::{CallError, Driver, Function, Gpu, Stream};

/// The primary context of a GPU, current in the thread that made it and used in no other.
#[derive(Debug)]
pub struct Context {
    driver: Arc<Driver>,
    device: i32,
    /// The driver's idea of what is current belongs to a thread.
    _one_thread: PhantomData<*const ()>,
}

impl Context {
    /// Takes the primary context and makes it current.
    pub fn new(gpu: &Gpu) -> Result<Rc<Self>, CallError> {
        let driver = Arc::clone(&gpu.driver);
        let mut handle = ptr::null_mut();
        // SAFETY: stores a handle, which the release in `drop` gives back.
        let code = unsafe { (driver.table.primary_retain)(&raw mut handle, gpu.device) };
        driver.check("cuDevicePrimaryCtxRetain", code)?;
        let context = Self {
            driver,
            device: gpu.device,
            _one_thread: PhantomData,
        };
        // SAFETY: the handle is that of the context just retained.
        let code = unsafe { (context.driver.table.context_set_current)(handle) };
        context.check("cuCtxSetCurrent", code)?;
        Ok(Rc::new(context))
    }

    /// Its GPU.
    pub fn gpu(&self) -> Gpu {
        Gpu {
            driver: Arc::clone(&self.driver),
            device: self.device,
        }
    }

    /// Free memory in bytes.
    pub fn free_memory(&self) -> Result<u64, CallError> {
        let (mut free, mut total) = (0, 0);
        // SAFETY: stores two numbers.
        let code = unsafe { (self.table().memory_get_info)(&raw mut free, &raw mut total) };
        self.check("cuMemGetInfo", code)?;
        Ok(free as u64)
    }

    /// Makes lines that a kernel asked the L2 cache to keep ordinary ones; nothing on a GPU that keeps none.
    pub fn reset_persisting_lines(&self) -> Result<(), CallError> {
        let Some(call) = self.table().reset_persisting else {
            return Ok(());
        };
        // SAFETY: takes nothing, and works on the context that is current.
        let reset = self.check("cuCtxResetPersistingL2Cache", unsafe { call() });
        match reset {
            Err(error) if error.is_not_supported() => Ok(()),
            reset => reset,
        }
    }

    pub(super) fn table(&self) -> &super::table::Table {
        &self.driver.table
    }

    pub(super) fn check(&self, call: &'static str, code: i32) -> Result<(), CallError> {
        self.driver.check(call, code)
    }

    /// The driver's words for a `code` that is no success.
    pub(super) fn refusal(&self, call: &'static str, code: i32) -> CallError {
        CallError::new(self.table(), call, code)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: gives back what `new` retained. What a lost context answers is of no use here.
        unsafe {
            (self.table().context_set_current)(ptr::null_mut());
            (self.table().primary_release)(self.device);
        }
    }
}

/// A piece of device memory.
#[derive(Debug)]
pub struct Memory {
    context: Rc<Context>,
    address: Address,
    bytes: u64,
    /// What it is a part of, where it isn't a piece of its own.
    whole: Option<Rc<Memory>>,
}

impl Memory {
    /// Allocates `bytes`, 1 or more; the driver aligns to 256 bytes or more.
    pub fn allocate(context: &Rc<Context>, bytes: u64) -> Result<Self, CallError> {
        let mut address = 0;
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        // SAFETY: stores an address, which `drop` frees.
        let code = unsafe { (context.table().memory_allocate)(&raw mut address, size) };
        context.check("cuMemAlloc", code)?;
        Ok(Self {
            context: Rc::clone(context),
            address,
            bytes,
            whole: None,
        })
    }

    /// The `bytes` of `whole` from `offset` on, which lie inside; nobody else may hold them.
    pub fn part(whole: &Rc<Self>, offset: u64, bytes: u64) -> Self {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self {
            context: Rc::clone(&whole.context),
            address: whole.within(offset, size),
            bytes,
            whole: Some(Rc::clone(whole)),
        }
    }

    /// Its address.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Copies `bytes` to it from `offset` on, before any work that is queued later. The range lies inside.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), CallError> {
        let to = self.within(offset, bytes.len());
        // SAFETY: `within` holds the range inside this memory; the driver reads as many bytes as the slice has.
        let code = unsafe {
            (self.context.table().copy_to_device)(to, bytes.as_ptr().cast(), bytes.len())
        };
        self.context.check("cuMemcpyHtoD", code)
    }

    /// Copies from it at `offset`, and waits for that. The range lies inside.
    pub fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), CallError> {
        let from = self.within(offset, into.len());
        // SAFETY: `within` holds the range inside this memory; the driver writes as many bytes as the slice has.
        let code = unsafe {
            (self.context.table().copy_to_host)(into.as_mut_ptr().cast(), from, into.len())
        };
        self.context.check("cuMemcpyDtoH", code)
    }

    /// Has `bytes` of `other` copied here in the order of `stream`, both from their offsets on.
    pub fn copy(
        &mut self,
        offset: u64,
        (other, from): (&Self, u64),
        bytes: u64,
        stream: &Stream,
    ) -> Result<(), CallError> {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        let (to, from) = (self.within(offset, size), other.within(from, size));
        // SAFETY: `within` holds both ranges inside their memories, which outlive the stream's work since a worker
        // waits for the stream before it drops them.
        let code = unsafe { (self.context.table().copy_on_device)(to, from, size, stream.handle) };
        self.context.check("cuMemcpyDtoDAsync", code)
    }

    /// Has `bytes` from `offset` on set to `value` in the order of `stream`. The range lies inside.
    pub fn set(
        &mut self,
        offset: u64,
        bytes: u64,
        value: u8,
        stream: &Stream,
    ) -> Result<(), CallError> {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        let to = self.within(offset, size);
        // SAFETY: `within` holds the range inside this memory, which outlives the stream's work as for `copy`.
        let code = unsafe { (self.context.table().memory_set)(to, value, size, stream.handle) };
        self.context.check("cuMemsetD8Async", code)
    }

    /// The address of `offset` where `len` bytes from there lie inside.
    ///
    /// # Panics
    /// Where they don't: the callers of this crate keep to the sizes that they asked for.
    fn within(&self, offset: u64, len: usize) -> Address {
        let end = offset.checked_add(len as u64);
        assert!(
            end.is_some_and(|end| end <= self.bytes),
            "a copy of {len} bytes at {offset} in {} bytes",
            self.bytes
        );
        self.address + offset
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.whole.is_none() {
            // SAFETY: frees what `allocate` got, once: parts don't, and they keep the whole.
            unsafe { (self.context.table().memory_free)(self.address) };
        }
    }
}

/// Loaded code.
#[derive(Debug)]
pub struct Code {
    context: Rc<Context>,
    handle: Handle,
}

impl Code {
    /// Loads a cubin, a fat binary or PTX. On failure the second string is the driver's log, empty where it has none.
    pub fn load(context: &Rc<Context>, image: &[u8]) -> Result<Self, (CallError, String)> {
        // PTX is text that must end with a NUL; the others carry their length.
        let mut image = image.to_vec();
        image.push(0);
        let mut log = vec![0_u8; 16 << 10];
        // CU_JIT_ERROR_LOG_BUFFER and its size; both values are passed in the place of a pointer.
        let mut options = [5, 6];
        let mut values: [*mut c_void; 2] = [
            log.as_mut_ptr().cast(),
            ptr::without_provenance_mut(log.len()),
        ];
        let mut handle = ptr::null_mut();
        // SAFETY: the image ends with a NUL, the log has the length that is told, both outlive the call; the handle
        // that is stored is unloaded by `drop`.
        let code = unsafe {
            (context.table().module_load)(
                &raw mut handle,
                image.as_ptr().cast(),
                2,
                options.as_mut_ptr(),
                values.as_mut_ptr(),
            )
        };
        match context.check("cuModuleLoadDataEx", code) {
            Ok(()) => Ok(Self {
                context: Rc::clone(context),
                handle,
            }),
            Err(error) => {
                let end = log.iter().position(|byte| *byte == 0).unwrap_or(log.len());
                Err((
                    error,
                    String::from_utf8_lossy(&log[..end]).trim().to_owned(),
                ))
            }
        }
    }

    /// The kernel of this mangled name.
    pub fn function(self: &Rc<Self>, name: &str) -> Result<Function, CallError> {
        let mut handle = ptr::null_mut();
        let name = CString::new(name).unwrap_or_default();
        let table = self.context.table();
        // SAFETY: the name ends with a NUL; the handle that is stored lives as long as the module, which the function
        // keeps.
        let code =
            unsafe { (table.module_get_function)(&raw mut handle, self.handle, name.as_ptr()) };
        self.context.check("cuModuleGetFunction", code)?;
        Ok(Function::new(
            Rc::clone(&self.context),
            Rc::clone(self),
            handle,
        ))
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: unloads what `load` got, once.
        unsafe { (self.context.table().module_unload)(self.handle) };
    }
}
