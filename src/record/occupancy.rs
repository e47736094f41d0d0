//! What a kernel takes of a multiprocessor, and how its blocks fill a GPU.

use serde::{Deserialize, Serialize};

/// The occupancy of a case's kernel on its GPU, by the driver and its compiled code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// Registers of a thread.
    pub registers: u32,
    /// Static shared memory of a block in bytes.
    pub static_shared: u64,
    /// Dynamic shared memory of a block in bytes.
    pub dynamic_shared: u64,
    /// Local memory of a thread in bytes: spilled registers, and arrays that registers can't hold.
    pub local: u64,
    /// Blocks that a multiprocessor holds at once.
    pub blocks_per_sm: u32,
    /// Warps of those as a share of the most that a multiprocessor holds.
    pub theoretical: f64,
    /// What allows no more blocks; several where they allow equally many. Empty where that isn't known.
    pub limited_by: Vec<Limit>,
    /// Blocks of the grid for each place that the GPU has for one: 2.5 are two full waves and half of one.
    pub waves: f64,
    /// The share of the time that a last wave takes that isn't full, where all blocks take equally long; 0 where the
    /// last wave is full, or the only one.
    pub tail: f64,
}

/// What a multiprocessor has a limited number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Registers.
    Registers,
    /// Shared memory.
    SharedMemory,
    /// Threads.
    Threads,
    /// Blocks.
    Blocks,
}

impl Limit {
    /// In words: `shared memory`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::SharedMemory => "shared memory",
            Self::Threads => "threads",
            Self::Blocks => "blocks",
        }
    }
}

impl Occupancy {
    /// What limits it, in words: `registers, threads`; `-` where that isn't known.
    pub fn limits(&self) -> String {
        let names: Vec<&str> = self.limited_by.iter().map(|limit| limit.name()).collect();
        if names.is_empty() {
            return "-".to_owned();
        }
        names.join(", ")
    }
}
