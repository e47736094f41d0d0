//! What is compared, and what is found.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Acknowledged, Drift, Policy};
use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::stats::{Interval, ProcessValues};

/// One metric of one case on two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The case.
    pub id: CaseId,
    /// The metric: `time`, `tokens`.
    pub metric: String,
    /// The unit of its samples.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// What the candidate is compared with: a baseline, or another run.
    pub base: Side,
    /// What is judged.
    pub candidate: Side,
    /// The base's duration between two readings of the timer, in nanoseconds (all executions of a graph
    /// together, see [`Side::typical`]); none where the metric is no time.
    pub timed_ns: Option<f64>,
    /// The timer's resolution in nanoseconds, where it is known.
    pub tick_ns: Option<f64>,
    /// The rules that apply.
    pub policy: Policy,
    /// How the processes of the two sides belong together.
    pub design: Design,
    /// What is known before any value is looked at, and decides by itself.
    pub given: Option<Given>,
}

/// How the processes of two sides belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Design {
    /// Not at all: the sides were measured apart.
    #[default]
    Apart,
    /// In blocks: the n-th run of one side and the n-th of the other were measured in turns.
    Blocks,
}

/// The process values of a side.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Side {
    /// Values by run, a base's oldest first; no test depends on their order.
    pub runs: Vec<Vec<ProcessValues>>,
}

impl Side {
    /// All processes of all runs.
    pub fn processes(&self) -> impl Iterator<Item = &ProcessValues> {
        self.runs.iter().flatten()
    }

    /// The exponential of the mean location, in the samples' unit: `timed_ns` is that of the base times the
    /// executions behind a sample. None without processes.
    pub fn typical(&self) -> Option<f64> {
        let count = self.processes().count();
        let sum: f64 = self.processes().map(|process| process.location).sum();
        (count > 0).then(|| (sum / count as f64).exp())
    }

    /// Runs that hold processes, processes, and their mean.
    pub fn facts(&self) -> SideFacts {
        let processes = self.processes().count();
        let sum: f64 = self.processes().map(|process| process.mean).sum();
        SideFacts {
            runs: self.runs.iter().filter(|run| !run.is_empty()).count(),
            processes,
            mean: (processes > 0).then(|| sum / processes as f64),
        }
    }
}

/// What decides without a comparison of values.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// The candidate's case crashed, timed out, was disturbed beyond the limit, or its output is wrong.
    Failed(String),
    /// The device can't run the case.
    Unsupported(String),
    /// The sides can't be compared: the facts that differ, one a line.
    Incomparable(Vec<String>),
    /// Both sides have the same code, launched in the same way: there is nothing to measure.
    SameCode,
    /// The sides hold no samples, only a mean of each process: why nothing can be said of them.
    Untested(String),
    /// Only the candidate has the case.
    New,
    /// Only the base has the case; with a reason where the suite expects it.
    Missing(Option<String>),
}

/// What was decided.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The case crashed, timed out, was disturbed beyond the limit, or its output is wrong.
    Failed,
    /// Significantly worse, by `min-effect` or more.
    Regressed,
    /// The body or the upper half is worse by `margin` or more.
    RegressedSpread,
    /// Not worse than the recent runs, but the newest runs together are worse than the anchor.
    Crept,
    /// Worse by `margin` or more, but not significantly; or two processes are.
    Suspect,
    /// The sides can't be compared: never a pass, never a fail.
    Incomparable,
    /// Only the base has the case.
    Missing,
    /// Nothing could be shown, neither a change nor its absence.
    Inconclusive,
    /// The device can't run the case.
    Unsupported,
    /// Significantly better, by `min-effect` or more.
    Improved,
    /// Only the candidate has the case.
    New,
    /// No change beyond `margin`, at 99 %.
    Unchanged,
}

impl Verdict {
    /// All verdicts, those that need attention first.
    pub const ALL: [Self; 12] = [
        Self::Failed,
        Self::Regressed,
        Self::RegressedSpread,
        Self::Crept,
        Self::Suspect,
        Self::Incomparable,
        Self::Missing,
        Self::Inconclusive,
        Self::Unsupported,
        Self::Improved,
        Self::New,
        Self::Unchanged,
    ];

    /// The verdict in words: `regressed (spread)`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Regressed => "regressed",
            Self::RegressedSpread => "regressed (spread)",
            Self::Crept => "crept",
            Self::Suspect => "suspect",
            Self::Incomparable => "incomparable",
            Self::Missing => "missing",
            Self::Inconclusive => "inconclusive",
            Self::Unsupported => "unsupported",
            Self::Improved => "improved",
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }

    /// Whether it rests on compared values, and not on what was known before.
    pub fn is_of_values(self) -> bool {
        matches!(
            self,
            Self::Regressed
                | Self::RegressedSpread
                | Self::Crept
                | Self::Suspect
                | Self::Inconclusive
                | Self::Improved
                | Self::Unchanged
        )
    }

    /// Whether it says that the case got worse for sure.
    pub fn is_regression(self) -> bool {
        matches!(self, Self::Regressed | Self::RegressedSpread)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The case.
    #[serde(rename = "case")]
    pub id: CaseId,
    /// The metric.
    pub metric: String,
    /// The unit of the sides' means.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// What was decided.
    pub verdict: Verdict,
    /// How much it changed; none where nothing could be computed.
    pub change: Option<Change>,
    /// For `unchanged`: how much worse it may be at most, as a share; negative where it is better for sure.
    pub bound: Option<f64>,
    /// For `regressed` and `regressed (spread)`: by how much the body or the upper half of the samples is worse, as a
    /// share of the metric; none where neither is worse by `margin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<f64>,
    /// The margin of the rules that applied, as a share.
    #[serde(skip)]
    pub margin: f64,
    /// For `inconclusive` with an estimate: what could have been found.
    pub planning: Option<Planning>,
    /// Whether the spread between runs was assumed, not measured.
    pub run_noise_assumed: bool,
    /// The spread between runs as a share, where probes of the machine told it.
    pub run_noise_probed: Option<f64>,
    /// The spread between runs as a share, where it is the case's own: its runs in the base differ by clearly more than
    /// runs do otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_noise_own: Option<f64>,
    /// For `missing`: whether the suite expects it.
    pub expected: bool,
    /// What stands on the base's side.
    pub base: SideFacts,
    /// What stands on the candidate's side.
    pub candidate: SideFacts,
    /// How far the newest runs lie from the anchor; none without an anchor, or with too few runs.
    pub drift: Option<Drift>,
    /// The last change of the case that was accepted, where one was.
    pub accepted: Option<Accepted>,
    /// What is known of it, where the baseline acknowledges that it is slower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Why, in words, the deciding reason first.
    pub reasons: Vec<String>,
    /// What was found before the case was measured again, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_look: Option<FirstLook>,
}

/// What was found of a case that was then measured again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FirstLook {
    /// What was decided.
    pub verdict: Verdict,
    /// How much it had changed.
    pub change: Option<Change>,
}

/// A change that was accepted: the case's series starts anew there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// The first run that counts since.
    pub since: Option<String>,
}

/// A change of the location, candidate against base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// The ratio less 1: 0.02 is 2 % more, whether that is better or worse.
    pub estimate: f64,
    /// Its 99 % interval.
    pub interval: Interval,
    /// The one-sided p-value for worse.
    pub p_worse: f64,
    /// The one-sided p-value for better.
    pub p_better: f64,
    /// The degrees of freedom of both.
    pub freedom: f64,
}

impl Change {
    /// Whether its interval leaves no doubt that something changed, however little.
    pub fn excludes_zero(&self) -> bool {
        self.interval.low > 0.0 || self.interval.high < 0.0
    }
}

/// What a comparison of this size can show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Planning {
    /// The smallest worsening, as a share, that would have been found in 99 of 100 such comparisons.
    pub smallest_effect: f64,
    /// Processes on each side with which an unchanged case is called so in 9 of 10 comparisons; none where
    /// 1,000 are too few.
    pub processes: Option<u32>,
}

/// How much stands on a side.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SideFacts {
    /// Runs with at least one process.
    pub runs: usize,
    /// Processes of all runs.
    pub processes: usize,
    /// The mean of the processes' plain means, in the samples' unit.
    pub mean: Option<f64>,
}
