//! What all devices that run kernels share: buffers with guard bands, seeded fills, poisons, and verification.
//!
//! A device gives a [`Platform`]; everything that decides whether an output is right is here, once.

mod buffer;
mod compare;
mod element;
mod execution;
mod fill;
mod npy;
#[cfg(test)]
mod tests;
mod verify;

use crate::record::Refusal;

pub use execution::{Conditions, KernelExecution};

/// Memory and launches of one opened case.
pub trait Platform {
    /// A piece of device memory; dropping it frees it.
    type Memory;

    /// Allocates `bytes`, aligned as CUDA does (256 bytes at least).
    fn allocate(&mut self, bytes: u64) -> Result<Self::Memory, Refusal>;

    /// Copies `bytes` to `memory` from `offset` on; the range lies inside.
    fn write(
        &mut self,
        memory: &mut Self::Memory,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), Refusal>;

    /// Copies from `memory` at `offset` to `into`; the range lies inside.
    fn read(&mut self, memory: &Self::Memory, offset: u64, into: &mut [u8]) -> Result<(), Refusal>;

    /// Launches a kernel, waits for it, and gives its time in nanoseconds.
    fn launch(
        &mut self,
        which: Which,
        arguments: &[Passed<'_, Self::Memory>],
    ) -> Result<f64, Refusal>;

    /// Reads through twice the L2 cache.
    fn flush_cache(&mut self) -> Result<(), Refusal>;
}

/// Which kernel is launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The case's own.
    Measured,
    /// The one whose output is the expectation.
    Reference,
}

/// An argument as it is passed to a kernel.
#[derive(Debug)]
pub enum Passed<'a, M> {
    /// The address of a byte of device memory.
    Address {
        /// The memory.
        memory: &'a M,
        /// The byte in it.
        offset: u64,
    },
    /// A value.
    Value {
        /// Its bits, little-endian in the lowest bytes.
        bits: u64,
        /// Its size in bytes: 1, 2, 4 or 8.
        size: u64,
    },
}
