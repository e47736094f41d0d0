//! The machine in a report: labels, facts, ceilings, telemetry.

use schemars::JsonSchema;
use serde::Serialize;

/// Something that the reader must know of a run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LabelEntry {
    /// The label's stable name: `clocks-not-pinned`.
    pub name: &'static str,
    /// The label in words.
    pub text: String,
}

/// A measured ceiling.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CeilingEntry {
    /// The name: `read`, `copy`, `fp32`.
    pub name: String,
    /// `bytes` or `flops`: what it is a rate of.
    pub of: &'static str,
    /// Bytes or operations a second.
    pub rate: f64,
}

/// A fact of the environment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FactEntry {
    /// The name: `driver`.
    pub fact: String,
    /// Whether results of different values are never compared.
    pub comparability: bool,
    /// The candidate's value, in words; null where it has none.
    pub value: Option<String>,
    /// The base's value, where the base is known.
    pub base: Option<String>,
    /// Whether the two differ.
    pub differs: bool,
}

/// What was read of a GPU, from one start of reading to its end.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TelemetryEntry {
    /// When it began, RFC 3339.
    pub started: String,
    /// The readings, thinned evenly where there are very many.
    pub readings: Vec<ReadingEntry>,
    /// When processes and cases began and ended.
    pub marks: Vec<MarkEntry>,
    /// Times of cases that have void samples.
    pub void: Vec<VoidSpan>,
    /// What the GPU doesn't tell, and why.
    pub unknown: Vec<String>,
}

/// What a GPU said at one time.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReadingEntry {
    /// Seconds since the start.
    pub at_s: f64,
    /// The SM clock in MHz.
    pub sm_mhz: Option<u32>,
    /// The memory clock in MHz.
    pub memory_mhz: Option<u32>,
    /// The temperature in degrees Celsius.
    pub temperature_c: Option<u32>,
    /// The power in watts.
    pub power_w: Option<f64>,
    /// What held clocks down.
    pub reasons: Vec<String>,
}

/// Something that the run did.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MarkEntry {
    /// Seconds since the start.
    pub at_s: f64,
    /// `process-started`, `case-started`, `case-finished`, `process-finished`.
    pub what: &'static str,
    /// The process' number, from 0.
    pub process: u32,
    /// The case, where it is about one.
    pub case: Option<String>,
}

/// The time of a case in a process that has void samples.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct VoidSpan {
    /// Seconds since the start.
    pub from_s: f64,
    /// Seconds since the start.
    pub to_s: f64,
    /// The case.
    pub case: String,
    /// How many samples of it were void.
    pub samples: usize,
}
