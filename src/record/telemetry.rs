//! What was read of a GPU while a run went: the lines of `telemetry.jsonl`, and who else was seen on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::CaseId;

/// One line of `telemetry.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TelemetryLine {
    /// Reading begins; the times of the lines that follow count from here.
    Start(TelemetryStart),
    /// What the GPU said.
    Reading(Box<Reading>),
    /// What the run did.
    Mark(Mark),
    /// Reading ended; a file without this line is of a run that was killed.
    End(TelemetryEnd),
}

/// The beginning of a series of readings; a run that goes on (`--resume`) begins another in the same file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TelemetryStart {
    /// When it began.
    pub started: jiff::Timestamp,
    /// The UUID of the whole GPU, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// Whether the run is on a MIG instance: the readings are the whole GPU's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instance: bool,
    /// Milliseconds from one reading to the next.
    pub period_ms: u64,
    /// What the GPU doesn't tell, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
}

/// What a GPU said at one time; what it doesn't tell is left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Reading {
    /// Nanoseconds since the start.
    pub at_ns: f64,
    /// Nanoseconds that asking took.
    pub took_ns: f64,
    /// The SM clock in MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm_mhz: Option<u32>,
    /// The memory clock in MHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mhz: Option<u32>,
    /// The temperature in degrees Celsius.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_c: Option<u32>,
    /// The power that is drawn, in watts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_w: Option<f64>,
    /// The energy used since the driver was loaded, in joules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_j: Option<f64>,
    /// What holds clocks down: `sw-power-cap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
    /// Memory errors that were corrected since the driver was loaded; asked once a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc_corrected: Option<u64>,
    /// Memory errors that were not; asked once a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecc_uncorrected: Option<u64>,
}

/// Something that the run did, so that readings can be told apart by process and case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Nanoseconds since the start.
    pub at_ns: f64,
    /// What.
    pub what: Marked,
    /// The process' number in its run, from 0.
    pub process: u32,
    /// The case, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
}

/// What a mark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Marked {
    /// A process began.
    ProcessStarted,
    /// A worker took up a case.
    CaseStarted,
    /// A case was done, well or badly.
    CaseFinished,
    /// A process ended.
    ProcessFinished,
}

/// The end of a series of readings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TelemetryEnd {
    /// Nanoseconds since the start.
    pub at_ns: f64,
    /// Why it ended before the run did, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Whether a case had the GPU to itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusivity {
    /// The GPU's list of processes showed the worker, and nobody else.
    Verified,
    /// The list would not show a stranger: why.
    Unverified(String),
    /// The run may share the GPU (`--shared`), and these were seen: `4242 python3`.
    Shared(Vec<String>),
}
