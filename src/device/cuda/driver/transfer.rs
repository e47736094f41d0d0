//! Copies and sets as a case's own work: by address, in the order of a stream; and memory of the host for them.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use super::error::NOT_SUPPORTED;
use super::table::Address;
use super::{CallError, Context, Stream};
use crate::record::{FailureKind, Refusal};
use crate::units::Bytes;

/// A piece of host memory, pinned or as any program has it.
#[derive(Debug)]
pub struct HostMemory {
    context: Rc<Context>,
    start: NonNull<c_void>,
    bytes: usize,
    /// How it was got, where that was from the system.
    pageable: Option<Layout>,
}

impl HostMemory {
    /// Takes `bytes`, pinned where that is wanted.
    pub fn new(context: &Rc<Context>, bytes: u64, pinned: bool) -> Result<Self, Refusal> {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        let (start, pageable) = if pinned {
            (pinned_memory(context, size)?, None)
        } else {
            let (start, layout) = pageable_memory(size).ok_or_else(|| {
                let message = format!("no host memory for {}", Bytes(bytes));
                Refusal::failed(FailureKind::Memory, message)
            })?;
            (start, Some(layout))
        };
        Ok(Self {
            context: Rc::clone(context),
            start,
            bytes: size,
            pageable,
        })
    }

    /// Copies all of it from device memory, and waits.
    pub fn load(&mut self, from: Address) -> Result<(), CallError> {
        let table = self.context.table();
        // SAFETY: the driver writes as many bytes as this memory has; it checks the device's range.
        let code = unsafe { (table.copy_to_host)(self.start.as_ptr(), from, self.bytes) };
        self.context.check("cuMemcpyDtoH", code)
    }

    /// Copies all of it to device memory, before any work that is queued later.
    pub fn store(&self, to: Address) -> Result<(), CallError> {
        let table = self.context.table();
        // SAFETY: the driver reads as many bytes as this memory has; it checks the device's range.
        let code = unsafe { (table.copy_to_device)(to, self.start.as_ptr(), self.bytes) };
        self.context.check("cuMemcpyHtoD", code)
    }

    /// Has all of it copied to device memory in the order of `stream`.
    pub fn send(&self, to: Address, stream: &Stream) -> Result<(), CallError> {
        const CALL: &str = "cuMemcpyHtoDAsync";
        let call = self.context.table().copy_to_device_async;
        let call = call.ok_or_else(|| self.context.refusal(CALL, NOT_SUPPORTED))?;
        // SAFETY: as `store`; whoever enqueues waits for the stream before this memory is dropped.
        let code = unsafe { call(to, self.start.as_ptr(), self.bytes, stream.handle) };
        self.context.check(CALL, code)
    }

    /// Has device memory copied to all of it in the order of `stream`.
    pub fn fetch(&self, from: Address, stream: &Stream) -> Result<(), CallError> {
        const CALL: &str = "cuMemcpyDtoHAsync";
        let call = self.context.table().copy_to_host_async;
        let call = call.ok_or_else(|| self.context.refusal(CALL, NOT_SUPPORTED))?;
        // SAFETY: as `load`, and `send`. Nothing here reads this memory through a reference.
        let code = unsafe { call(self.start.as_ptr(), from, self.bytes, stream.handle) };
        self.context.check(CALL, code)
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        // SAFETY: gives back what `new` got, the way it was got, once.
        unsafe {
            match self.pageable {
                Some(layout) => dealloc(self.start.as_ptr().cast(), layout),
                None => {
                    if let Some(free) = self.context.table().host_free {
                        free(self.start.as_ptr());
                    }
                }
            }
        }
    }
}

fn pinned_memory(context: &Rc<Context>, bytes: usize) -> Result<NonNull<c_void>, CallError> {
    const CALL: &str = "cuMemHostAlloc";
    let call = context.table().host_allocate;
    let call = call.ok_or_else(|| context.refusal(CALL, NOT_SUPPORTED))?;
    let mut start = ptr::null_mut();
    // SAFETY: stores an address, which `drop` frees.
    let code = unsafe { call(&raw mut start, bytes, 0) };
    context.check(CALL, code)?;
    NonNull::new(start).ok_or_else(|| context.refusal(CALL, NOT_SUPPORTED))
}

/// Memory in whole pages, all of them there.
fn pageable_memory(bytes: usize) -> Option<(NonNull<c_void>, Layout)> {
    const PAGE: usize = 4096;
    let layout = Layout::from_size_align(bytes.max(1), PAGE).ok()?;
    // SAFETY: the layout's size is not 0.
    let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
    Some((start.cast(), layout))
}

impl Context {
    /// Has `bytes` copied on the device in the order of `stream`.
    pub fn copy_on_device(
        &self,
        to: Address,
        from: Address,
        bytes: u64,
        stream: &Stream,
    ) -> Result<(), CallError> {
        let size = usize::try_from(bytes).unwrap_or(usize::MAX);
        // SAFETY: takes addresses, which the driver checks; the caller keeps the memory until the stream is done.
        let code = unsafe { (self.table().copy_on_device)(to, from, size, stream.handle) };
        self.check("cuMemcpyDtoDAsync", code)
    }

    /// Has `elements` of `size` bytes, 1, 2 or 4, set to the lowest bytes of `value` in the order of `stream`.
    pub fn set(
        &self,
        at: Address,
        (elements, size): (u64, u64),
        value: u64,
        stream: &Stream,
    ) -> Result<(), CallError> {
        let count = usize::try_from(elements).unwrap_or(usize::MAX);
        let [low, high, third, fourth, ..] = value.to_le_bytes();
        let table = self.table();
        // SAFETY: as `copy_on_device`.
        let (call, code) = match (size, table.memory_set_16, table.memory_set_32) {
            (1, ..) => ("cuMemsetD8Async", unsafe {
                (table.memory_set)(at, low, count, stream.handle)
            }),
            (2, Some(set), _) => ("cuMemsetD16Async", unsafe {
                set(at, u16::from_le_bytes([low, high]), count, stream.handle)
            }),
            (4, _, Some(set)) => ("cuMemsetD32Async", unsafe {
                let value = u32::from_le_bytes([low, high, third, fourth]);
                set(at, value, count, stream.handle)
            }),
            _ => ("cuMemsetD32Async", NOT_SUPPORTED),
        };
        self.check(call, code)
    }

    /// Copies `bytes` to the device, before any work that is queued later.
    pub fn put(&self, to: Address, bytes: &[u8]) -> Result<(), CallError> {
        // SAFETY: the driver reads as many bytes as the slice has, and checks the device's range.
        let code = unsafe { (self.table().copy_to_device)(to, bytes.as_ptr().cast(), bytes.len()) };
        self.check("cuMemcpyHtoD", code)
    }

    /// Copies from the device, and waits for that.
    pub fn get(&self, from: Address, into: &mut [u8]) -> Result<(), CallError> {
        // SAFETY: the driver writes as many bytes as the slice has, and checks the device's range.
        let code =
            unsafe { (self.table().copy_to_host)(into.as_mut_ptr().cast(), from, into.len()) };
        self.check("cuMemcpyDtoH", code)
    }
}
