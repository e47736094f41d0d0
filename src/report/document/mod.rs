//! Everything that a report can show, as plain values: the view model of templates, and the JSON of `report`.
//!
//! A [`Document`] is made once from a record, its comparison and what belongs to them, and then written in any format.
//! It is named for what a reader sees: figures are numbers in base units (nanoseconds, bytes, joules, shares of 1),
//! and a template's helpers show them. `docs/templates.md` is generated from these types, so that their documentation is
//! what an author of templates reads.

mod case;
mod machine;
mod money;
mod of;
mod of_backlog;
mod of_case;
mod of_money;

pub use case::{
    CaseEntry, ChangeEntry, CodeEntry, JudgementEntry, MetricEntry, NightEntry, OccupancyEntry,
    Place, ProcessEntry, Range, RemarkEntry, SeriesEntry, StepEntry, VoidEntry,
};
pub use machine::{
    CeilingEntry, FactEntry, LabelEntry, MarkEntry, ReadingEntry, TelemetryEntry, VoidSpan,
};
pub use money::{BacklogEntry, Bound, CostEntry, GoalEntry, LeftOutEntry, MonthEntry, PriceEntry};
pub use of_backlog::Backlogged;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::verdict::Verdict;

/// A report: one run, and what it was compared with.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Document {
    /// The number of the JSON format.
    pub format: u32,
    /// `report`.
    pub kind: &'static str,
    /// The version of warpmark that wrote the report.
    pub warpmark: String,
    /// The suite's name.
    pub suite: String,
    /// What the suite is about, where its manifest says so.
    pub about: Option<String>,
    /// The run's id.
    pub run: String,
    /// When the run began, RFC 3339.
    pub started: String,
    /// When the run ended, RFC 3339; null where it was killed.
    pub ended: Option<String>,
    /// The device: `host`, `cuda:0`, `mock`.
    pub device: String,
    /// The environment's key, 64 hex digits.
    pub environment_key: String,
    /// The environment in one line: `NVIDIA H100 80GB HBM3, driver 580.159.04, NVRTC 13.0, observed clocks`.
    pub environment_line: String,
    /// The commit that HEAD was at.
    pub commit: Option<String>,
    /// Whether the work tree stood for that commit.
    pub clean: Option<bool>,
    /// The record's folder.
    pub record: Option<String>,
    /// A command line that makes the run and its comparison again.
    pub reproduce: String,
    /// What a reader must know.
    pub labels: Vec<LabelEntry>,
    /// Whether the device's clocks were pinned during the run.
    pub clocks_pinned: bool,
    /// What was done with clocks, in words; null where there is nothing to say.
    pub clocks: Option<String>,
    /// The median SM clock that probes saw under load, in MHz.
    pub clock_mhz: Option<f64>,
    /// How many cases were measured.
    pub measured: usize,
    /// How many cases failed.
    pub failed: usize,
    /// How many cases the device can't run.
    pub unsupported: usize,
    /// How many cases no process came to.
    pub not_measured: usize,
    /// What the run was compared with, in words; null where it wasn't.
    pub base: Option<String>,
    /// How many judgements have each verdict; verdicts that none has are left out.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// The largest share by which a case that is called unchanged may be worse.
    pub bound: Option<f64>,
    /// The price that costs rest on.
    pub price: Option<PriceEntry>,
    /// The cases: those of the plan in its order, then those that only the base has.
    pub cases: Vec<CaseEntry>,
    /// The goals, missed ones first.
    pub goals: Vec<GoalEntry>,
    /// Cases by what closing their gap to the ceiling would save, the most first.
    pub backlog: Vec<BacklogEntry>,
    /// By what the backlog is ranked, in words; empty where it is.
    pub backlog_ranked: String,
    /// Measured cases that aren't in the backlog, by the reason.
    pub left_out: Vec<LeftOutEntry>,
    /// Measured ceilings of the machine.
    pub ceilings: Vec<CeilingEntry>,
    /// What was read of the GPU while the run went.
    pub telemetry: Vec<TelemetryEntry>,
    /// The facts of the environment, with those of the base.
    pub environment: Vec<FactEntry>,
    /// Kernel files that differ from the base's commit and that neither the suite nor one beside it uses.
    pub uncovered: Vec<String>,
    /// How the machine moved by its sentinels, in words; empty where it didn't.
    pub machine_moved: Vec<String>,
    /// Remarks of the comparison and of the record.
    pub notes: Vec<String>,
}
