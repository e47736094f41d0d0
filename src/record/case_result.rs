//! One case in one process: its samples, or why there are none.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Exclusivity, Occupancy};
use crate::id::CaseId;
use crate::units::{si, significant};

/// What one process measured of one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// The case.
    pub case: CaseId,
    /// The process' number in its run, from 0.
    pub process: u32,
    /// The case's position in the process, from 0.
    pub position: usize,
    /// Whether it was measured.
    pub outcome: Outcome,
    /// The samples, the case's own metric (`time` unless it says otherwise) first; empty unless measured.
    pub series: Vec<Series>,
    /// The sha256 of the output, where there is one.
    pub digest: Option<String>,
    /// How the time was taken.
    pub method: Option<Method>,
    /// Untimed executions before the first sample.
    pub warm_up: u32,
    /// Why sampling stopped before the asked number of samples, if it did: `budget`.
    pub stopped_by: Option<String>,
    /// The SM clock during the samples, in MHz, where it is known.
    pub clock_mhz: Option<f64>,
    /// Start of the case, in nanoseconds since the process began.
    pub started_ns: f64,
    /// Duration of the case with everything around the samples, in nanoseconds.
    pub elapsed_ns: f64,
    /// What the case printed: `stdout` and `stderr` to file names in the run directory.
    pub output: BTreeMap<String, String>,
    /// Remarks for the reader, such as `output cut at 1 MiB`.
    pub notes: Vec<String>,
    /// The groups that the samples were taken in, in order; each sample is of one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// How the case's kernel fills the device, where the device tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<Occupancy>,
    /// Where `elapsed_ns` went, in nanoseconds; what is in none of the phases is the worker's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub phases: BTreeMap<Phase, f64>,
    /// Whether it had the GPU to itself, where it ran on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusivity: Option<Exclusivity>,
}

impl CaseResult {
    /// A result with its outcome and nothing else.
    pub fn new(case: CaseId, process: u32, position: usize, outcome: Outcome) -> Self {
        Self {
            case,
            process,
            position,
            outcome,
            series: Vec::new(),
            digest: None,
            method: None,
            warm_up: 0,
            stopped_by: None,
            clock_mhz: None,
            started_ns: 0.0,
            elapsed_ns: 0.0,
            output: BTreeMap::new(),
            notes: Vec::new(),
            groups: Vec::new(),
            occupancy: None,
            phases: BTreeMap::new(),
            exclusivity: None,
        }
    }
}

/// Samples that were taken one after the other between two looks at the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// How many samples it has, valid and void.
    pub samples: usize,
    /// The SM clock during it, in MHz, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_mhz: Option<f64>,
    /// Why all of its samples count for nothing, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<GroupVoid>,
    /// Nanoseconds by which what holds clocks down grew meanwhile, by its name: `sw-power-cap`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events_ns: BTreeMap<String, u64>,
}

/// Why a group of samples counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupVoid {
    /// The failure of a case that has too many such groups: `clocks` or `disturbed`.
    pub kind: FailureKind,
    /// In words: `the SM clock was 1,755 MHz, not 1,980`.
    pub why: String,
}

/// What a worker does for a case, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Loads its code; of the first case of a worker also what the device needs for all of them.
    Load,
    /// Allocates and fills its buffers.
    Fill,
    /// Executes it with poisoned outputs and judges what was written.
    Verify,
    /// Executes it untimed, and chooses how to time it.
    WarmUp,
    /// Takes its samples.
    Measure,
    /// Flushes the cache: a part of the two before.
    Flush,
    /// Executes it back to back for slow readings: energy, utilisation.
    Window,
    /// Looks at the guard bands a last time, and frees what it held.
    Finish,
}

/// Whether a case was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was; its samples stand beside.
    Measured,
    /// It crashed, timed out, or its output is wrong: it has no time.
    Failed(Failure),
    /// The device can't run it: what the kernel uses, and why that can't run here.
    Unsupported(String),
}

/// Why a case was not measured: the error of everything that a device does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A fault of the case or of its surroundings.
    Failed(Failure),
    /// The device can't run it: what the kernel uses, and why that can't run here.
    Unsupported(String),
}

impl Refusal {
    /// A failure without detail.
    pub fn failed(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failed(Failure {
            kind,
            message: message.into(),
            detail: None,
        })
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Failed(failure) => Self::Failed(failure),
            Refusal::Unsupported(what) => Self::Unsupported(what),
        }
    }
}

/// A failure, in words for the author of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// What sort of failure.
    pub kind: FailureKind,
    /// One line: `timed out after 60 s`, `wrote past args[2]`.
    pub message: String,
    /// More lines where there are some: a compiler's log, the end of standard error.
    pub detail: Option<String>,
}

/// The sorts of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The kernel's source doesn't compile, or isn't there.
    Compile,
    /// The source has no such entry.
    Entry,
    /// The arguments don't fit the kernel's parameters.
    Arguments,
    /// Memory could not be had.
    Memory,
    /// The launch was refused.
    Launch,
    /// It ran longer than its timeout.
    Timeout,
    /// Its process died.
    Crash,
    /// An element was written outside its buffer.
    Guard,
    /// An output element was never written.
    Unwritten,
    /// The output differs from the reference, or is NaN.
    Wrong,
    /// A command could not be started, or ended with another status than 0.
    Command,
    /// A command's output is not what was agreed.
    Protocol,
    /// Too many samples were void.
    Disturbed,
    /// Clocks did not hold while too many of its groups of samples were taken.
    Clocks,
    /// The device or its driver reported a fault.
    Device,
}

/// Samples of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The metric's name: `time`, `user-time`, `tokens`.
    pub metric: String,
    /// The unit of the samples.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// The valid samples in the order they were taken.
    pub samples: Vec<f64>,
    /// The samples that count for nothing, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub void: Vec<Void>,
}

impl Series {
    /// Times in nanoseconds, lower is better.
    pub fn time(samples: Vec<f64>) -> Self {
        Self {
            metric: "time".to_owned(),
            unit: Unit::Nanoseconds,
            better: Better::Lower,
            samples,
            void: Vec::new(),
        }
    }
}

/// A sample that counts for nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Void {
    /// Its place among all samples, valid and void.
    pub index: usize,
    /// Its value.
    pub value: f64,
    /// Why it doesn't count.
    pub why: String,
}

/// Units of samples; times are stored in nanoseconds whatever unit a command reports.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// Joules.
    Joules,
    /// A plain number.
    Count,
    /// Events a second.
    PerSecond,
    /// Megahertz.
    #[serde(rename = "MHz")]
    Megahertz,
    /// Watts.
    Watts,
    /// A share of 1.
    Ratio,
}

impl Unit {
    /// Its stable name, which records, baselines and reports have: `ns`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Bytes => "bytes",
            Self::Joules => "joules",
            Self::Count => "count",
            Self::PerSecond => "per-second",
            Self::Megahertz => "MHz",
            Self::Watts => "watts",
            Self::Ratio => "ratio",
        }
    }

    /// A value of this unit for people, with an SI prefix; times in seconds: `12.34 us`.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Nanoseconds => si(value * 1e-9, "s"),
            Self::Bytes => si(value, "B"),
            Self::Joules => si(value, "J"),
            Self::Count => si(value, ""),
            Self::PerSecond => si(value, "/s"),
            Self::Megahertz => si(value * 1e6, "Hz"),
            Self::Watts => si(value, "W"),
            Self::Ratio => format!("{} %", significant(value * 100.0)),
        }
    }
}

/// Which direction of a metric is better.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Time, energy, cost.
    Lower,
    /// Throughput.
    Higher,
}

impl Better {
    /// Its stable name: `lower`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }
}

/// The method of an imported case whose harness kept no samples, only their mean.
pub const MEAN_ONLY: &str = "mean";

/// How a time was taken; part of a case's identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// `wall`, `events`, `graph`, `graph-cold` (each execution on cold buffers of its own), `reported` (by a command
    /// itself); of an imported case the harness, or [`MEAN_ONLY`].
    pub name: String,
    /// Executions behind one sample: G of a graph, else 1.
    pub executions: u32,
    /// The timer's resolution in nanoseconds, where it is known.
    pub tick_ns: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire_format() {
        let units = [
            Unit::Nanoseconds,
            Unit::Bytes,
            Unit::Joules,
            Unit::Count,
            Unit::PerSecond,
            Unit::Megahertz,
            Unit::Watts,
            Unit::Ratio,
        ];
        for unit in units {
            assert_eq!(serde_json::json!(unit), unit.name());
        }
        for better in [Better::Lower, Better::Higher] {
            assert_eq!(serde_json::json!(better), better.name());
        }
    }
}
