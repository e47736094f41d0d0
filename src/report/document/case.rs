//! Cases of a report: their figures, samples, series and judgements.

use schemars::JsonSchema;
use serde::Serialize;

use super::{CostEntry, MonthEntry};
use crate::record::{Better, Unit};
use crate::verdict::{Standing, Verdict};

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CaseEntry {
    /// The case's id.
    pub id: String,
    /// The workload's name.
    pub workload: String,
    /// The workload's tags.
    pub tags: Vec<String>,
    /// What the suite's author knows of the workload (`note`): what limits it, what is missing.
    pub note: Option<String>,
    /// Where the workload stands; null of a case that only the base has.
    pub place: Option<Place>,
    /// `measured`, `failed`, `unsupported`, `not-measured`, or `missing` of a case that only the base has.
    pub outcome: &'static str,
    /// The most serious verdict of its metrics; null where nothing was compared.
    pub verdict: Option<Verdict>,
    /// Why it failed or can't run, in one line.
    pub why: Option<String>,
    /// More lines about that: a compiler's log, the end of standard error.
    pub detail: Option<String>,
    /// Whether its outputs differ between processes, and the suite doesn't say that they may.
    pub nondeterministic: bool,
    /// The sha256 of its output.
    pub digest: Option<String>,
    /// What identifies its code and launch, and what became of that.
    pub code: CodeEntry,
    /// How its kernel fills the GPU.
    pub occupancy: Option<OccupancyEntry>,
    /// The same of the base's kernel, in its newest run.
    pub base_occupancy: Option<OccupancyEntry>,
    /// Its metrics, its own (`time`) first.
    pub metrics: Vec<MetricEntry>,
    /// What was decided, a judgement a metric.
    pub judgements: Vec<JudgementEntry>,
    /// The samples of its own metric, one entry a process.
    pub processes: Vec<ProcessEntry>,
    /// The same of the base: samples where it is a record, the middle of each process where it is a baseline.
    pub base_processes: Vec<ProcessEntry>,
    /// The nights of its own metric.
    pub series: Option<SeriesEntry>,
    /// What it costs.
    pub cost: Option<CostEntry>,
    /// What its tokens cost, where it reports some.
    pub token_cost: Option<CostEntry>,
    /// What engineers noted of it.
    pub remarks: Vec<RemarkEntry>,
    /// Remarks of its processes.
    pub notes: Vec<String>,
    /// Seconds that measuring it took with everything around the samples, in all processes together; null of a case
    /// that no process came to.
    pub elapsed_s: Option<f64>,
}

/// A place in a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Place {
    /// The file as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Two ends of an interval, 99 % unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The identity of a case's code.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct CodeEntry {
    /// The candidate's, where there is one.
    pub identity: Option<String>,
    /// The base's, where there is one.
    pub base: Option<String>,
    /// Whether they differ; null where one isn't known.
    pub changed: Option<bool>,
}

/// What a kernel takes of a multiprocessor.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OccupancyEntry {
    /// Registers of a thread.
    pub registers: u32,
    /// Shared memory of a block in bytes, static and dynamic.
    pub shared_bytes: u64,
    /// Local memory of a thread in bytes: spilled registers, and arrays that registers can't hold.
    pub local_bytes: u64,
    /// Blocks that a multiprocessor holds at once.
    pub blocks_per_sm: u32,
    /// Theoretical occupancy as a share.
    pub theoretical: f64,
    /// What allows no more blocks, in words.
    pub limited_by: String,
    /// Waves of blocks that the grid takes.
    pub waves: f64,
    /// The share of time that the last wave takes where it isn't full.
    pub tail: f64,
}

/// A metric of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MetricEntry {
    /// The name: `time`, `clock`, `energy`, `tokens`.
    pub metric: String,
    /// The unit of its values.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// Valid samples.
    pub count: usize,
    /// Processes that have some.
    pub processes: usize,
    /// Samples that count for nothing.
    pub void: usize,
    /// The mean of the valid samples; null where there is none.
    pub mean: Option<f64>,
    /// The 99 % interval of the mean, from the means of the processes; null for one process.
    pub interval: Option<Range>,
    /// The median.
    pub median: Option<f64>,
    /// The 5th percentile.
    pub p5: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The smallest sample.
    pub min: Option<f64>,
    /// The largest sample.
    pub max: Option<f64>,
    /// Bytes read and written a second.
    pub bytes_per_second: Option<f64>,
    /// Floating-point operations a second.
    pub flops_per_second: Option<f64>,
    /// Items a second.
    pub items_per_second: Option<f64>,
    /// How near it comes to a measured ceiling, as a share.
    pub ceiling_fraction: Option<f64>,
    /// That ceiling: `read`, `copy`, `fp32`.
    pub ceiling: Option<String>,
    /// Operations for each byte moved, where the suite states both.
    pub intensity: Option<f64>,
}

/// What was decided of a metric of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JudgementEntry {
    /// The metric.
    pub metric: String,
    /// The unit of the means.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in one line: `unchanged (at most 0.7034 % slower)`.
    pub headline: String,
    /// The base's mean.
    pub base_mean: Option<f64>,
    /// The candidate's mean.
    pub mean: Option<f64>,
    /// The change of the location; null where nothing could be computed.
    pub change: Option<ChangeEntry>,
    /// Of `unchanged`: the share by which it may be worse at most.
    pub bound: Option<f64>,
    /// Why, the deciding reason first.
    pub reasons: Vec<String>,
    /// Money a month that the change means, where the workload states its volume.
    pub month: Option<MonthEntry>,
    /// The reason of an accepted change since which the series counts.
    pub accepted: Option<String>,
    /// Of `missing`: whether the suite says that the case is gone, or only a part of it ran.
    pub expected: bool,
    /// What the baseline acknowledges of it, where it is slower; it fails nothing where `standing` is `quiet`.
    pub acknowledged: Option<AcknowledgedEntry>,
}

/// A slowdown that is known and tracked.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AcknowledgedEntry {
    /// Whether it is `quiet`, `over` since its last day is, or `exceeded` since the metric is worse than was
    /// acknowledged.
    pub standing: Standing,
    /// The last day on which it is quiet, in UTC: `2027-01-31`.
    pub until: String,
    /// By how much the metric may be worse at most to be quiet, as a share of it.
    pub at_most: f64,
    /// Where it is tracked.
    pub ticket: String,
    /// Why it is borne for now.
    pub reason: String,
    /// Who said so, where that was given.
    pub by: Option<String>,
    /// All of it in one line: `acknowledged up to 5.000 % until 2027-01-31: the new allocator, https://example.com/7`.
    pub text: String,
}

/// A change: shares, the ratio less 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct ChangeEntry {
    /// The estimate: 0.02 is 2 % more.
    pub estimate: f64,
    /// Its 99 % interval.
    pub interval: Range,
    /// The smaller of the one-sided probabilities.
    pub p: f64,
}

/// What one process measured of a case's own metric.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProcessEntry {
    /// The run, where it isn't the report's own.
    pub run: Option<String>,
    /// The process' number, from 0.
    pub process: u32,
    /// The valid samples in the order they were taken, thinned evenly where there are very many; empty where only
    /// the middle is known.
    pub samples: Vec<f64>,
    /// Its void samples.
    pub void: Vec<VoidEntry>,
    /// The middle of the process: the mean of the samples between the 5th and 95th percentile; 0 where every sample is
    /// void.
    pub middle: f64,
    /// The SM clock during it, in MHz.
    pub clock_mhz: Option<f64>,
}

/// A void sample.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct VoidEntry {
    /// Its place among all samples.
    pub index: usize,
    /// Its value.
    pub value: f64,
    /// Why it counts for nothing.
    pub why: String,
}

/// The nights of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SeriesEntry {
    /// The metric.
    pub metric: String,
    /// The unit of its values.
    pub unit: Unit,
    /// The nights, oldest first; the report's own run is the last.
    pub nights: Vec<NightEntry>,
    /// The steps that were found.
    pub steps: Vec<StepEntry>,
}

/// A night of a series.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NightEntry {
    /// When its first run began, RFC 3339.
    pub started: String,
    /// The commit that it measured.
    pub commit: Option<String>,
    /// Its value, in the unit.
    pub value: f64,
}

/// A step of a series.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StepEntry {
    /// The first night after it, an index into the nights.
    pub first_after: usize,
    /// The change as a share.
    pub change: f64,
    /// Whether that is the worse direction.
    pub worse: bool,
    /// `provisional` or `established`.
    pub status: String,
    /// The commits it lies between, in words.
    pub near: String,
}

/// What an engineer noted of a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RemarkEntry {
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// Files that belong to it, relative to the record's folder.
    pub attachments: Vec<String>,
}
