//! One opened case on the CPU: its memory and its launches.

use std::convert::Infallible;
use std::hint::black_box;

use super::library::Called;
use super::memory::Memory;
use super::module::Module;
use crate::device::kernel::{Passed, Platform, Which};
use crate::record::{FailureKind, Refusal};

/// A kernel and the shape of its launches.
pub(super) struct Loaded {
    pub module: Module,
    pub grid: [u32; 3],
    pub block: [u32; 3],
}

/// What is measured.
pub(super) enum Measured {
    Kernel(Loaded),
    Called(Called),
}

/// The CPU under one case.
pub(super) struct HostPlatform {
    pub measured: Measured,
    pub reference: Option<Loaded>,
    /// What is read through before each cold sample.
    pub flushed: Vec<u8>,
}

impl Platform for HostPlatform {
    type Memory = Memory;
    type Graph = Infallible;

    fn allocate(&mut self, bytes: u64) -> Result<Memory, Refusal> {
        Memory::new(bytes)
    }

    fn write(&mut self, memory: &mut Memory, offset: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let into = usize::try_from(offset).ok().and_then(|start| {
            memory
                .bytes_mut()
                .get_mut(start..start.checked_add(bytes.len())?)
        });
        into.ok_or_else(outside)?.copy_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, memory: &Memory, offset: u64, into: &mut [u8]) -> Result<(), Refusal> {
        let from = usize::try_from(offset)
            .ok()
            .and_then(|start| memory.bytes().get(start..start.checked_add(into.len())?));
        into.copy_from_slice(from.ok_or_else(outside)?);
        Ok(())
    }

    fn launch(&mut self, which: Which, arguments: &[Passed<'_, Memory>]) -> Result<f64, Refusal> {
        let values: Vec<u64> = arguments
            .iter()
            .map(|argument| match argument {
                Passed::Address { memory, offset } | Passed::TensorMap { memory, offset, .. } => {
                    memory.address(*offset)
                }
                Passed::Value { bits, .. } => *bits,
            })
            .collect();
        let loaded = match which {
            Which::Measured => match &mut self.measured {
                Measured::Kernel(loaded) => Some(loaded),
                Measured::Called(called) => return called.call(&values),
            },
            Which::Reference => match (&mut self.reference, &self.measured) {
                (None, Measured::Called(called)) => return called.expect(&values),
                (reference, _) => reference.as_mut(),
            },
        };
        let none = || Refusal::failed(FailureKind::Launch, "there is no reference kernel");
        let loaded = loaded.ok_or_else(none)?;
        loaded.module.launch(loaded.grid, loaded.block, &values)
    }

    fn flush_cache(&mut self) -> Result<(), Refusal> {
        let line = 64;
        let sum: u64 = self
            .flushed
            .iter()
            .step_by(line)
            .map(|&byte| u64::from(byte))
            .sum();
        black_box(sum);
        Ok(())
    }
}

fn outside() -> Refusal {
    Refusal::failed(FailureKind::Memory, "an access outside a buffer's memory")
}
