//! What all devices that run kernels share: buffers with guard bands, seeded fills, poisons, and verification.
//!
//! A device gives a [`Platform`]; everything that decides whether an output is right is here, once.

mod buffer;
mod bulk;
mod compare;
mod element;
mod execution;
mod fill;
mod identity;
mod judge;
mod npy;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod window;

#[cfg(test)]
pub(in crate::device) use compare::Tolerance;
#[cfg(test)]
pub(in crate::device) use fill::Filler;

use crate::record::Refusal;

pub use bulk::{Filling, Judgement, Judging};
pub use element::encode_real;
pub use execution::{Conditions, KernelExecution};
pub use identity::identity;

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

    /// Queues `times` launches of the measured kernel, one after the other, and waits until those that were queued by
    /// the call before are done; `false` where the platform can't.
    fn queue(
        &mut self,
        _arguments: &[Passed<'_, Self::Memory>],
        _times: u32,
    ) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// Waits for all that [`Self::queue`] has queued.
    fn drain(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Reads through twice the L2 cache.
    fn flush_cache(&mut self) -> Result<(), Refusal>;

    /// Nanoseconds that flushes took on the device since this was last asked, beyond the calls themselves.
    fn take_flush_ns(&mut self) -> f64 {
        0.0
    }

    /// Whether the platform does work on whole buffers by itself, near its memory: the methods below. Their outcome is
    /// that of the host's own, to the bit.
    fn is_near(&self) -> bool {
        false
    }

    /// Fills elements from a byte on; `false` where it leaves that to the host.
    fn fill(
        &mut self,
        _memory: &mut Self::Memory,
        _offset: u64,
        _filling: &Filling<'_>,
    ) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// Sets a range, given by offset and length in bytes, to one byte; `false` where it leaves that to the host.
    fn set(
        &mut self,
        _memory: &mut Self::Memory,
        _range: (u64, u64),
        _byte: u8,
    ) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// Copies `bytes` bytes between two places, given by memory and offset; `false` where it can't.
    fn copy(
        &mut self,
        _to: (&mut Self::Memory, u64),
        _from: (&Self::Memory, u64),
        _bytes: u64,
    ) -> Result<bool, Refusal> {
        Ok(false)
    }

    /// The SHA-256 of each leaf of `leaf` bytes of a range, one after another; none where it leaves that to the host.
    fn leaves(
        &mut self,
        _memory: &Self::Memory,
        _range: (u64, u64),
        _leaf: u64,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(None)
    }

    /// Judges what a kernel wrote; asked only where [`Self::is_near`].
    fn judge(&mut self, _judging: &Judging<'_, Self::Memory>) -> Result<Judgement, Refusal> {
        Ok(Judgement::default())
    }
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
