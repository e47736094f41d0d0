//! Recorded timings of kernels in several processes: warpmark's timings format (`docs/reference/timings.md`).
//!
//! A recording holds every sample of every kernel at every level in every process, and the clocks beside them: what
//! `calibrate --from` draws from, and `export timings` writes. This module reads, checks and writes the format; it
//! judges nothing.

mod error;
mod file;
mod wire;

pub use error::TimingsError;

/// The number of the format; files without one are of this format too.
pub const FORMAT: u32 = 1;

/// The kind of device of a file that names none.
pub const DEFAULT_KIND: &str = "cuda";

/// A recording. By construction every process has every kernel at every level, with one sample or more above 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Timings {
    /// The device, as its driver names it.
    pub device: String,
    /// The driver's version, where there is one.
    pub driver: Option<String>,
    /// Whose rules judge it: `cuda`, `host`, `command`.
    pub kind: String,
    /// What the samples count.
    pub unit: Unit,
    /// The timer's resolution in nanoseconds, where it is known.
    pub tick_ns: Option<f64>,
    /// The kernels, each once.
    pub kernels: Vec<String>,
    /// The levels of work; the first is the base.
    pub levels: Vec<String>,
    /// Executions behind one sample, by kernel; more than 1 for a graph.
    pub executions: Vec<u32>,
    /// The processes.
    pub processes: Vec<Process>,
}

/// What a sample counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Ticks of a timer, of so many nanoseconds each.
    Ticks(f64),
}

impl Unit {
    /// Nanoseconds of one.
    pub fn nanoseconds(self) -> f64 {
        match self {
            Self::Nanoseconds => 1.0,
            Self::Ticks(ns) => ns,
        }
    }
}

/// One process: each list by kernel, then by level.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The place of each in the process; empty where it isn't known.
    pub order: Vec<Vec<usize>>,
    /// The SM clock in MHz just before each, where it is known; empty where none is.
    pub sm_mhz: Vec<Vec<Option<f64>>>,
    /// The samples, in the recording's unit.
    pub samples: Vec<Vec<Vec<f64>>>,
}

impl Timings {
    /// Whether the work at a level is that of the base: the first, and levels named after it, as `base-again`.
    pub fn is_unchanged(&self, level: usize) -> bool {
        let base = self.levels.first().map_or("", String::as_str);
        let named = self
            .levels
            .get(level)
            .and_then(|name| name.strip_prefix(base));
        level == 0 || named.is_some_and(|rest| rest.starts_with('-') && !base.is_empty())
    }
}

#[cfg(test)]
mod tests;
