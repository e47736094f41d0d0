//! Memory of the host device.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::record::{FailureKind, Refusal};
use crate::units::Bytes;

/// More than CUDA's 256 bytes: a page.
const ALIGNMENT: usize = 4096;

/// A piece of memory.
#[derive(Debug)]
pub(super) struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

impl Memory {
    /// Allocates `bytes`, 1 or more.
    pub(super) fn new(bytes: u64) -> Result<Self, Refusal> {
        let none = || {
            let message = format!("no memory for a buffer of {}", Bytes(bytes));
            Refusal::failed(FailureKind::Memory, message)
        };
        let size = usize::try_from(bytes.max(1)).map_err(|_| none())?;
        let layout = Layout::from_size_align(size, ALIGNMENT).map_err(|_| none())?;
        // SAFETY: the layout's size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(none)?;
        Ok(Self { start, layout })
    }

    /// The address of the byte `offset`.
    pub(super) fn address(&self, offset: u64) -> u64 {
        self.start.addr().get() as u64 + offset
    }

    /// The memory's bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the memory is this value's, and was set to zeros before it was given out. Kernels write it only
        // while a launch borrows the platform that holds it.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.layout.size()) }
    }

    /// The memory's bytes, to be written.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.layout.size()) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}
