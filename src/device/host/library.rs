//! Copies and sets by the host's own memory functions; what needs a GPU is refused by name.
#![allow(unsafe_code)]

use std::ptr;
use std::time::Instant;

use crate::plan::{Argument, KernelTask, LibraryCall, Transfer};
use crate::record::{FailureKind, Refusal};

/// A copy or a set, and what it works on.
#[derive(Debug)]
pub(super) struct Called {
    call: LibraryCall,
    /// The size of its arguments in bytes.
    bytes: usize,
    /// The size of an element.
    element: usize,
}

/// Refuses what the host has no like of.
pub(super) fn check(call: &LibraryCall) -> Result<(), Refusal> {
    let why = match call {
        LibraryCall::Copy(Transfer::OnDevice) | LibraryCall::Set { .. } => return Ok(()),
        LibraryCall::Product(_) => "cuBLAS: it needs an NVIDIA GPU",
        LibraryCall::Copy(_) => "a copy between host and device: they have the same memory here",
    };
    Err(Refusal::Unsupported(why.to_owned()))
}

impl Called {
    /// The call of `task`.
    pub(super) fn new(task: &KernelTask, call: &LibraryCall) -> Result<Self, Refusal> {
        check(call)?;
        let none = || Refusal::failed(FailureKind::Arguments, "the call has no buffer");
        let Some(Argument::Buffer(buffer)) = task.args.first() else {
            return Err(none());
        };
        Ok(Self {
            call: *call,
            bytes: usize::try_from(buffer.bytes()).map_err(|_| none())?,
            element: usize::try_from(buffer.element.size()).map_err(|_| none())?,
        })
    }

    /// Executes it on the buffers at these addresses, and gives its time in nanoseconds.
    pub(super) fn call(&self, addresses: &[u64]) -> Result<f64, Refusal> {
        let places = places(addresses)?;
        let began = Instant::now();
        match (self.call, places) {
            (LibraryCall::Set { value }, (to, _)) => self.set(to, value),
            (_, (from, to)) => {
                // SAFETY: both buffers have as many bytes, and are different pieces of memory.
                unsafe { ptr::copy_nonoverlapping(from, to, self.bytes) };
            }
        }
        Ok(began.elapsed().as_secs_f64() * 1e9)
    }

    /// Writes what it should give, byte after byte.
    pub(super) fn expect(&self, addresses: &[u64]) -> Result<f64, Refusal> {
        let (first, second) = places(addresses)?;
        for index in 0..self.bytes {
            // SAFETY: as in `call`; an index below the size lies inside.
            unsafe {
                match self.call {
                    LibraryCall::Set { value } => {
                        let bytes = value.to_le_bytes();
                        let byte = bytes.get(index % self.element).copied();
                        first.add(index).write(byte.unwrap_or(0));
                    }
                    _ => second.add(index).write(first.add(index).read()),
                }
            }
        }
        Ok(0.0)
    }

    fn set(&self, to: *mut u8, value: u64) {
        let [low, high, third, fourth, ..] = value.to_le_bytes();
        let count = self.bytes / self.element;
        // SAFETY: the buffer has so many elements, and begins at a multiple of any element's size.
        unsafe {
            match self.element {
                1 => ptr::write_bytes(to, low, count),
                2 => std::slice::from_raw_parts_mut(to.cast(), count)
                    .fill(u16::from_le_bytes([low, high])),
                _ => std::slice::from_raw_parts_mut(to.cast(), count)
                    .fill(u32::from_le_bytes([low, high, third, fourth])),
            }
        }
    }
}

/// The first buffer, and the last.
fn places(addresses: &[u64]) -> Result<(*mut u8, *mut u8), Refusal> {
    let none = || Refusal::failed(FailureKind::Arguments, "the call lacks a buffer");
    let pointer = |address: &u64| -> Result<*mut u8, Refusal> {
        let address = usize::try_from(*address).map_err(|_| none())?;
        Ok(ptr::with_exposed_provenance_mut(address))
    };
    let first = addresses.first().ok_or_else(none)?;
    let last = addresses.last().ok_or_else(none)?;
    Ok((pointer(first)?, pointer(last)?))
}
