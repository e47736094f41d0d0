//! What a comment shows, in words and in the order of its importance: the field `comment` of templates for Markdown.

use schemars::JsonSchema;
use serde::Serialize;

/// A comment on a pull request: all of it in words, and of each table as many rows as there is room for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comment {
    /// A line that isn't seen, the same for each report of a suite on a device: by it a workflow finds its comment.
    pub marker: String,
    /// Suite, device and the verdict in words: `memory on cuda:0: 2 regressed, 1 failed`.
    pub heading: String,
    /// How many judgements have each verdict, or how many cases each outcome where nothing was compared.
    pub counts: String,
    /// What the run was compared with; null where it wasn't.
    pub base: Option<String>,
    /// What changed: regressed, crept, suspect, failed and missing cases, the improved ones last.
    pub changed: Rows<ChangeRow>,
    /// Whether a change means money a month.
    pub has_months: bool,
    /// What money rests on; null where none is shown.
    pub price: Option<String>,
    /// How many goals have each status; null without goals.
    pub goal_counts: Option<String>,
    /// Goals that are missed, at risk or unknown.
    pub goals: Rows<GoalRow>,
    /// The run, its commit, the environment and what a reader must know, in one line.
    pub environment: String,
    /// How the machine moved by its sentinels.
    pub machine_moved: Vec<String>,
    /// By how much an unchanged case may be worse, in words; null where none is unchanged.
    pub bound: Option<String>,
    /// A command line that makes the run and its comparison again, or where it is if it is too long; empty where that
    /// isn't known.
    pub reproduce: String,
    /// How many cases have other code than in the base.
    pub other_code: usize,
    /// Registers, local memory and occupancy of kernels whose code changed.
    pub changed_code: Rows<CodeRow>,
    /// Changed kernel files that no case covers.
    pub uncovered: Rows<String>,
    /// What failed cases say.
    pub failures: Rows<FailureRow>,
    /// Why verdicts are what they are, those with the same reasons together.
    pub reasons: Rows<ReasonRow>,
    /// Facts of the environment that differ from the base's.
    pub differences: Rows<DifferenceRow>,
    /// Remarks of the run, its cases and the comparison.
    pub notes: Rows<String>,
    /// Everything else that was compared: what is undecided, then what is unchanged.
    pub others: Rows<ChangeRow>,
    /// All measurements.
    pub measurements: Rows<MeasurementRow>,
}

/// Rows of a table or a list, the most important first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "RowsOf{T}")]
pub struct Rows<T> {
    /// Those that there is room for.
    pub shown: Vec<T>,
    /// How many there are.
    pub total: usize,
    /// How many were left out, and where they are; null where all are shown.
    pub more: Option<String>,
}

/// A metric of a case that was compared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ChangeRow {
    /// The case, and its metric where that isn't its time.
    pub name: String,
    /// The base's mean.
    pub base: String,
    /// The candidate's mean, and how near it comes to a ceiling.
    pub now: String,
    /// The change.
    pub estimate: String,
    /// Its 99 % interval.
    pub range: String,
    /// Money a month with its 99 % interval; empty where that isn't known, or nothing changed for sure.
    pub month: String,
    /// The verdict.
    pub verdict: String,
    /// Whether it needs somebody: it is worse, failed or missing.
    pub loud: bool,
}

/// A goal at a case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GoalRow {
    /// The goal's name.
    pub name: String,
    /// The case; empty where none matches.
    pub case: String,
    /// The metric and its value.
    pub found: String,
    /// The bounds.
    pub bounds: String,
    /// The room that is left.
    pub headroom: String,
    /// Owner, figure of the business and day, where they are stated.
    pub whose: String,
    /// The status, and why it is unknown.
    pub status: String,
    /// Whether it is missed.
    pub loud: bool,
}

/// A kernel whose code changed: each figure before and after.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CodeRow {
    /// The case.
    pub name: String,
    /// Registers of a thread.
    pub registers: String,
    /// Local memory of a thread: spilled registers, and arrays that registers can't hold.
    pub local: String,
    /// Shared memory of a block.
    pub shared: String,
    /// Theoretical occupancy, and what limits it.
    pub occupancy: String,
}

/// What a failed case says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FailureRow {
    /// The case.
    pub name: String,
    /// Why it failed.
    pub why: String,
    /// More about that, its middle left out where it is long; empty where there is nothing.
    pub detail: String,
}

/// Verdicts that have the same reasons.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReasonRow {
    /// The verdict.
    pub verdict: String,
    /// The cases, and their metrics where those aren't their times.
    pub names: Vec<String>,
    /// How many more there are.
    pub more_names: usize,
    /// The reasons, the deciding one first.
    pub reasons: Vec<String>,
}

/// A fact of the environment that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DifferenceRow {
    /// The fact.
    pub fact: String,
    /// The base's value.
    pub base: String,
    /// The candidate's value.
    pub now: String,
    /// Whether results of different values are never compared.
    pub comparability: bool,
}

/// A metric of a case that was measured, or what became of the case instead.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MeasurementRow {
    /// The case, and its metric where that isn't its time.
    pub name: String,
    /// The mean with half the width of its interval, or `failed`, `unsupported`, `not measured`.
    pub mean: String,
    /// The median.
    pub median: String,
    /// The 5th and the 95th percentile.
    pub spread: String,
    /// How many samples count, and how many are void.
    pub samples: String,
    /// Work a second, the share of a ceiling and the cost of a million items.
    pub rates: String,
}
