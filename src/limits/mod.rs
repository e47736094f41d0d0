//! What limits a case, as far as its record says: rules over what was measured, each with its evidence in words.
//!
//! [`Facts`] are what a record, the machine's ceilings and the suite say of one case. [`find`] goes through the rules
//! (`rules`), each with its threshold and where that is from; a limit that the record doesn't support is not claimed, and
//! where none is, [`Limit::Unknown`] says what is missing. Pure: values in, values out. `docs/backlog.md` says in words
//! what each limit means and what to try.

mod facts;
mod missing;
mod rules;
#[cfg(test)]
mod tests;

pub use facts::{Activity, ClockFacts, Facts, Machine};
pub use missing::without_gap;
pub use rules::find;

use std::fmt;

/// What limits a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// A launch and the timer around it take most of its time.
    LaunchBound,
    /// It moves bytes about as fast as the memory lets it.
    MemoryBound,
    /// It computes about as fast as the units let it.
    ComputeBound,
    /// Its warps wait, and there are too few of them to hide that.
    LatencyBound,
    /// A multiprocessor holds few of its warps.
    Occupancy,
    /// Its last wave of blocks leaves much of the GPU idle.
    Tail,
    /// It keeps values in local memory.
    Spills,
    /// The SM clock is below its maximum.
    Clocks,
    /// The record doesn't say.
    Unknown,
}

impl Limit {
    /// In words: `memory bound`.
    pub fn name(self) -> &'static str {
        match self {
            Self::LaunchBound => "launch bound",
            Self::MemoryBound => "memory bound",
            Self::ComputeBound => "compute bound",
            Self::LatencyBound => "latency bound",
            Self::Occupancy => "occupancy",
            Self::Tail => "tail",
            Self::Spills => "spills",
            Self::Clocks => "clocks",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A limit, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The limit.
    pub limit: Limit,
    /// What shows it, in words with figures; of an unknown one what is missing.
    pub evidence: String,
}
