//! What a run leaves behind: its header, what each process measured, and how it ended.
//!
//! These types are the wire format of a run directory (`docs/reference/record.md`) and of the pipe between the
//! parent and its workers. They hold what was seen and decide nothing. `FORMAT` is raised when an old reader
//! would misread a new record; a reader refuses what it doesn't know, by number.
//!
//! A run directory holds `run.json` (a [`Header`]), one `process-0000.jsonl` a process ([`Line`]s: a start, a
//! case each, an end), `telemetry.jsonl` of a run on a GPU ([`TelemetryLine`]s), `result.json` (a [`Summary`]),
//! `output/` with what commands printed, and `annotations.jsonl` with what engineers noted ([`Annotation`]s).

mod annotation;
mod case_result;
mod clock;
mod goal_metric;
mod header;
mod money;
mod occupancy;
mod telemetry;

pub use annotation::Annotation;
pub use case_result::{
    Better, CaseResult, Failure, FailureKind, Group, GroupVoid, MEAN_ONLY, Method, Outcome, Phase,
    Refusal, Series, Unit, Void,
};
pub use clock::{CLOCK, CYCLES, Timer};
pub use goal_metric::{GoalMetric, GoalUnit};
pub use header::{CaseHeader, Environment, GitState, Header, Precision, Versions, Work};
pub use money::{BASELINE, Goal, Price, Volume, Written};
pub use occupancy::{Limit, Occupancy};
pub use telemetry::{
    Exclusivity, Mark, Marked, Reading, TelemetryEnd, TelemetryLine, TelemetryStart,
};

use serde::{Deserialize, Serialize};

/// The number of the record's format.
pub const FORMAT: u32 = 1;

/// One line of a process' file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// The process began.
    Start(ProcessStart),
    /// A case was measured, or failed.
    Case(Box<CaseResult>),
    /// The process ended; a file without this line is of a process that was cut short.
    End(ProcessEnd),
}

/// The beginning of a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessStart {
    /// The process' number in its run, from 0.
    pub process: u32,
    /// The operating system's number of the first worker.
    pub pid: u32,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The order of the cases: indices into [`Header::cases`].
    pub order: Vec<usize>,
}

/// The end of a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessEnd {
    /// The process' number in its run, from 0.
    pub process: u32,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// How many workers it took: 1, and 1 more after each crash or timeout.
    pub workers: u32,
    /// Nanoseconds until its workers were ready, summed.
    #[serde(default)]
    pub ready_ns: f64,
    /// SM clocks in MHz that the probe saw at fixed points of the process, never beside a case; empty where there
    /// is no probe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes_mhz: Vec<f64>,
    /// Nanoseconds that probing took, summed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub probed_ns: f64,
    /// What the timer can do, measured in its first worker that probed; none where the device doesn't tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timer: Option<Timer>,
    /// Speeds that the probe of the processor saw at fixed points of the process, never beside a case: rates that
    /// compare runs of one build of warpmark. Empty where no case is of the kind `host` or `command`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probe_speeds: Vec<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes references
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// How a run ended; a run without one was killed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The record's format, [`FORMAT`].
    pub format: u32,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// Whether every process was measured; `false` after a signal.
    pub complete: bool,
    /// The signal that ended it early, if one did.
    pub signal: Option<i32>,
    /// Cases that were measured in every process that should.
    pub measured: usize,
    /// Cases that failed in a process.
    pub failed: usize,
    /// Cases that the device can't run.
    pub unsupported: usize,
    /// Whether its cases had the GPU to themselves: the worst that a case says; none where none is on a GPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusivity: Option<Exclusivity>,
}
