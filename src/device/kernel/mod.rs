//! What all devices that run kernels share: buffers with guard bands, seeded fills, poisons, and verification.
//!
//! A device gives a [`Platform`]; everything that decides whether an output is right is here, once.

mod buffer;
mod bulk;
mod compare;
mod element;
mod execution;
mod fill;
mod graph;
mod identity;
mod judge;
mod npy;
mod pilot;
mod sets;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod window;

#[cfg(test)]
pub(in crate::device) use compare::Tolerance;
#[cfg(test)]
pub(in crate::device) use fill::Filler;

use crate::plan::TensorMap;
use crate::record::{FailureKind, Occupancy, Refusal};

pub use buffer::{aligned, footprint};
pub use bulk::{Filling, Judgement, Judging};
pub use element::encode_real;
pub use execution::{Conditions, KernelExecution};
pub use identity::identity;

/// Memory and launches of one opened case.
pub trait Platform {
    /// A piece of device memory; dropping it frees it.
    type Memory;

    /// Captured executions of the measured kernel; [`std::convert::Infallible`] where there is no such thing.
    type Graph;

    /// Allocates `bytes`, aligned as CUDA does (256 bytes at least).
    fn allocate(&mut self, bytes: u64) -> Result<Self::Memory, Refusal>;

    /// Allocates `bytes` for one of the case's buffers, each time at the same place where the platform can do that.
    fn place(&mut self, bytes: u64) -> Result<Self::Memory, Refusal> {
        self.allocate(bytes)
    }

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

    /// Launches the measured kernel and times it, so that the host can't disturb that without its being told.
    fn time(
        &mut self,
        arguments: &mut dyn Iterator<Item = Passed<'_, Self::Memory>>,
    ) -> Result<Timed, Refusal> {
        let arguments: Vec<_> = arguments.collect();
        self.launch(Which::Measured, &arguments).map(Timed::valid)
    }

    /// Whether executions can be captured at all; whether those of this kernel can shows when it is tried.
    fn has_graphs(&self) -> bool {
        false
    }

    /// Captures an execution of the measured kernel for each of `executions`, its arguments, one after another. All
    /// memory in them must outlive the graph.
    fn capture(
        &mut self,
        _executions: &[Vec<Passed<'_, Self::Memory>>],
    ) -> Result<Self::Graph, Refusal> {
        Err(Refusal::failed(
            FailureKind::Launch,
            "this device has no graphs",
        ))
    }

    /// Replays `graph`, waits for it, and gives the time of all its executions together, as [`Self::time`] does. `lead`
    /// is replayed right before it, untimed.
    fn replay(
        &mut self,
        _graph: &Self::Graph,
        _lead: Option<&Self::Graph>,
    ) -> Result<Timed, Refusal> {
        Err(Refusal::failed(
            FailureKind::Launch,
            "this device has no graphs",
        ))
    }

    /// Bytes of memory that are free, where it matters.
    fn free_memory(&self) -> Option<u64> {
        None
    }

    /// What a reader must know of how times were taken.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Reads through twice the L2 cache.
    fn flush_cache(&mut self) -> Result<(), Refusal>;

    /// Nanoseconds that flushes took on the device since this was last asked, beyond the calls themselves.
    fn take_flush_ns(&mut self) -> f64 {
        0.0
    }

    /// Has what comes run elsewhere on the device than what was before, where the place makes a difference.
    fn stir(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    /// Marks a moment, as [`crate::device::Execution::mark_clock`].
    fn mark_clock(&mut self) -> Result<Option<f64>, Refusal> {
        Ok(None)
    }

    /// How the measured kernel fills the device, where that can be told.
    fn occupancy(&self) -> Option<Occupancy> {
        None
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

/// A time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timed {
    /// In nanoseconds.
    pub ns: f64,
    /// Why it counts for nothing, where it does.
    pub void: Option<&'static str>,
}

impl Timed {
    /// A time that counts.
    pub fn valid(ns: f64) -> Self {
        Self { ns, void: None }
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
    /// What the TMA unit must know of a tensor that begins at a byte of device memory.
    TensorMap {
        /// The memory.
        memory: &'a M,
        /// The byte in it.
        offset: u64,
        /// The tensor.
        tensor: &'a TensorMap,
    },
    /// A value.
    Value {
        /// Its bits, little-endian in the lowest bytes.
        bits: u64,
        /// Its size in bytes: 1, 2, 4 or 8.
        size: u64,
    },
}

impl<M> Clone for Passed<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Passed<'_, M> {}
