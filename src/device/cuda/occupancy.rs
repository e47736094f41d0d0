//! How many blocks of a kernel a multiprocessor holds, what limits that, and how a grid fills a GPU.
//!
//! The rules are those of NVIDIA's occupancy calculator (`cuda_occupancy.h` of the CUDA toolkit) for compute capability
//! 7.0 to 12.x: registers are dealt to warps in portions of 256, out of the quarter of the register file that a warp's
//! part of the multiprocessor has; shared memory to blocks in portions of 128 bytes (256 before 8.0), with what the
//! driver reserves for each block. The driver's own count stands where it gives one.

use super::driver::{Attribute, CallError, Function, FunctionAttribute, Geometry, Gpu};
use crate::record::{Limit, Occupancy};

/// Threads of a warp.
const WARP: u64 = 32;

/// Registers that a warp gets at a time.
const REGISTER_PORTION: u64 = 256;

/// Parts of a multiprocessor that each have their warps and registers.
const PARTS: u64 = 4;

/// What a multiprocessor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiprocessor {
    /// The most resident threads.
    threads: u64,
    /// The most resident blocks.
    blocks: u64,
    /// Registers of 32 bits.
    registers: u64,
    /// Bytes of shared memory.
    shared: u64,
    /// Bytes of shared memory that the driver takes for each block.
    reserved: u64,
    /// Bytes of shared memory that a block gets at a time.
    portion: u64,
    /// How many of them the GPU has.
    count: u64,
}

/// What a block needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    threads: u64,
    /// Registers of a thread.
    registers: u64,
    /// Bytes of shared memory, static and dynamic.
    shared: u64,
}

impl Multiprocessor {
    /// What those of `gpu` have, by its driver.
    pub fn of(gpu: &Gpu) -> Result<Self, CallError> {
        let number = |attribute| {
            let value = gpu.attribute(attribute)?;
            Ok::<u64, CallError>(u64::try_from(value).unwrap_or(0))
        };
        let portion = if number(Attribute::CapabilityMajor)? < 8 {
            256
        } else {
            128
        };
        Ok(Self {
            threads: number(Attribute::ThreadsOfMultiprocessor)?,
            blocks: number(Attribute::BlocksOfMultiprocessor)?,
            registers: number(Attribute::RegistersOfMultiprocessor)?,
            shared: number(Attribute::SharedOfMultiprocessor)?,
            reserved: number(Attribute::ReservedSharedOfBlock)?,
            portion,
            count: number(Attribute::Multiprocessors)?,
        })
    }

    /// How many blocks each resource allows.
    fn allows(&self, block: &Block) -> [(Limit, u64); 4] {
        let warps = block.threads.div_ceil(WARP).max(1);
        let of_warp = (block.registers * WARP).next_multiple_of(REGISTER_PORTION);
        let by_registers = match (self.registers / PARTS).checked_div(of_warp) {
            Some(warps_of_part) => warps_of_part * PARTS / warps,
            None => u64::MAX,
        };
        let shared = (block.shared + self.reserved).next_multiple_of(self.portion.max(1));
        [
            (Limit::Registers, by_registers),
            (
                Limit::SharedMemory,
                self.shared.checked_div(shared).unwrap_or(u64::MAX),
            ),
            (Limit::Threads, self.threads / WARP / warps),
            (Limit::Blocks, self.blocks),
        ]
    }
}

/// The occupancy of `function` launched as `geometry` says.
pub fn of(
    multiprocessor: &Multiprocessor,
    function: &Function,
    geometry: &Geometry,
) -> Result<Occupancy, CallError> {
    let number = |attribute| {
        let value = function.attribute(attribute)?;
        Ok::<u64, CallError>(u64::try_from(value).unwrap_or(0))
    };
    let (registers, of_its_own) = (
        number(FunctionAttribute::Registers)?,
        number(FunctionAttribute::StaticShared)?,
    );
    let dynamic = u64::from(geometry.shared);
    let block = Block {
        threads: geometry.block.iter().copied().map(u64::from).product(),
        registers,
        shared: of_its_own.saturating_add(dynamic),
    };
    let told = Told {
        blocks: function.blocks_of_multiprocessor(geometry).map(u64::from),
        places: function.clusters_at_once(geometry).map(|clusters| {
            let blocks: u32 = geometry.cluster.unwrap_or([1; 3]).iter().product();
            u64::from(clusters) * u64::from(blocks)
        }),
    };
    let grid = geometry.grid.iter().copied().map(u64::from);
    let grid = grid.fold(1, u64::saturating_mul);
    let spread = spread(multiprocessor, &block, grid, told);
    Ok(Occupancy {
        registers: u32::try_from(registers).unwrap_or(u32::MAX),
        static_shared: of_its_own,
        dynamic_shared: dynamic,
        local: number(FunctionAttribute::Local)?,
        blocks_per_sm: u32::try_from(spread.blocks).unwrap_or(u32::MAX),
        theoretical: spread.theoretical,
        limited_by: spread.limited_by,
        waves: spread.waves,
        tail: spread.tail,
    })
}

/// What the driver tells by itself.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// Blocks of a multiprocessor.
    blocks: Option<u64>,
    /// Blocks of the whole GPU, where they come in clusters.
    places: Option<u64>,
}

/// How blocks spread over a GPU.
#[derive(Debug, Clone, PartialEq)]
struct Spread {
    blocks: u64,
    theoretical: f64,
    limited_by: Vec<Limit>,
    waves: f64,
    tail: f64,
}

fn spread(multiprocessor: &Multiprocessor, block: &Block, grid: u64, told: Told) -> Spread {
    let allowed = multiprocessor.allows(block);
    let least = allowed.iter().map(|(_, blocks)| *blocks).min().unwrap_or(0);
    let blocks = told.blocks.unwrap_or(least);
    let mut limited_by: Vec<Limit> = allowed
        .iter()
        .filter(|(_, allows)| *allows == least)
        .map(|(limit, _)| *limit)
        .collect();
    if blocks != least {
        // The driver knows a rule that isn't known here, or divided cache and shared memory otherwise.
        limited_by.clear();
    }
    let warps = blocks * block.threads.div_ceil(WARP);
    let most = (multiprocessor.threads / WARP).max(1);
    let places = told.places.unwrap_or(blocks * multiprocessor.count);
    let (waves, tail) = waves(grid, places);
    Spread {
        blocks,
        theoretical: (warps as f64 / most as f64).min(1.0),
        limited_by,
        waves,
        tail,
    }
}

/// The waves of `grid` blocks in `places`, and the last one's share of the time where it isn't full and not the only one.
fn waves(grid: u64, places: u64) -> (f64, f64) {
    if places == 0 {
        return (0.0, 0.0);
    }
    let full = grid / places;
    let tail = if grid.is_multiple_of(places) || full == 0 {
        0.0
    } else {
        1.0 / (full + 1) as f64
    };
    (grid as f64 / places as f64, tail)
}

#[cfg(test)]
mod tests;
