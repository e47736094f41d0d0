//! One case's results over all processes.

use std::collections::BTreeSet;

use crate::id::CaseId;
use crate::record::{
    Better, CaseHeader, CaseResult, Failure, Occupancy, Outcome, Series, Unit, Work,
};
use crate::stats::{CeilingFraction, Ceilings, Summary};

/// A case as reports show it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseView {
    /// The case.
    pub id: CaseId,
    /// Processes that should measure it.
    pub planned: u32,
    /// Processes that took it up.
    pub processes: usize,
    /// What came of it.
    pub outcome: CaseOutcome,
    /// Its outputs differ between processes, which its suite doesn't declare.
    pub nondeterministic: bool,
    /// Remarks of its processes, each once.
    pub notes: Vec<String>,
    /// How its kernel fills the device, where that is known.
    pub occupancy: Option<Occupancy>,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseOutcome {
    /// Its metrics, its own (`time`) first.
    Measured(Vec<MetricView>),
    /// It failed in a process or more, and so has no time.
    Failed(FailedIn),
    /// The device can't run it: why.
    Unsupported(String),
    /// No process came to it.
    NotMeasured,
}

/// A failure, and where it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedIn {
    /// The first failure.
    pub failure: Failure,
    /// The numbers of the processes that failed.
    pub processes: Vec<u32>,
}

/// One metric of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricView {
    /// The name.
    pub metric: String,
    /// The unit of its values.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// Its valid samples; none where every sample is void.
    pub summary: Option<Summary>,
    /// Samples that count for nothing.
    pub void: usize,
    /// Whether it follows from the clocks of groups, and was not taken itself.
    pub of_clock: bool,
    /// Work a second; empty for other metrics than time.
    pub rates: Rates,
}

impl MetricView {
    /// Whether it is the case's time in nanoseconds.
    fn is_time(&self) -> bool {
        self.metric == "time" && self.unit == Unit::Nanoseconds
    }
}

/// Work a second, at the mean time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Bytes read and written a second.
    pub bytes: Option<f64>,
    /// Floating-point operations a second.
    pub flops: Option<f64>,
    /// Items a second.
    pub items: Option<f64>,
    /// How near it comes to a measured ceiling, where one is known.
    pub of_ceiling: Option<CeilingFraction>,
}

impl Rates {
    fn of(work: &Work, mean_ns: f64) -> Self {
        let rate = |amount: Option<f64>| {
            amount
                .filter(|_| mean_ns > 0.0)
                .map(|amount| amount / (mean_ns * 1e-9))
        };
        Self {
            bytes: rate(work.bytes()),
            flops: rate(work.flops),
            items: rate(work.items),
            of_ceiling: None,
        }
    }
}

impl CaseView {
    /// The view of `case` from its results, one a process; only these are held in memory at a time.
    pub fn of<'a>(case: &CaseHeader, results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let results: Vec<&CaseResult> = results.into_iter().collect();
        let digests: BTreeSet<&String> = results
            .iter()
            .filter_map(|result| result.digest.as_ref())
            .collect();
        let mut notes: Vec<String> = Vec::new();
        for note in results.iter().flat_map(|result| &result.notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        Self {
            id: case.id.clone(),
            planned: case.processes,
            processes: results.len(),
            outcome: outcome(case, &results),
            nondeterministic: case.deterministic && digests.len() > 1,
            notes,
            occupancy: results.iter().find_map(|result| result.occupancy.clone()),
        }
    }

    /// The metric of this name that follows from the clock, where that is known.
    pub(super) fn of_clock(&self, name: &str) -> Option<&MetricView> {
        let mut metrics = self.metrics().iter();
        metrics.find(|metric| metric.of_clock && metric.metric == name)
    }

    /// The view with its time held against `ceilings`; `case` is the one that it is of.
    #[must_use]
    pub fn held_against(mut self, ceilings: &Ceilings, case: &CaseHeader) -> Self {
        if let CaseOutcome::Measured(metrics) = &mut self.outcome {
            let times = metrics.iter_mut().filter(|metric| metric.is_time());
            for metric in times {
                metric.rates.of_ceiling = metric
                    .summary
                    .and_then(|summary| ceilings.of_case(case, summary.mean));
            }
        }
        self
    }

    /// Its metrics; empty unless it was measured.
    pub fn metrics(&self) -> &[MetricView] {
        match &self.outcome {
            CaseOutcome::Measured(metrics) => metrics,
            _ => &[],
        }
    }
}

fn outcome(case: &CaseHeader, results: &[&CaseResult]) -> CaseOutcome {
    let mut failed: Option<FailedIn> = None;
    for result in results {
        match &result.outcome {
            Outcome::Measured => {}
            Outcome::Unsupported(why) => return CaseOutcome::Unsupported(why.clone()),
            Outcome::Failed(failure) => failed
                .get_or_insert_with(|| FailedIn {
                    failure: failure.clone(),
                    processes: Vec::new(),
                })
                .processes
                .push(result.process),
        }
    }
    match failed {
        Some(failed) => CaseOutcome::Failed(failed),
        None if results.is_empty() => CaseOutcome::NotMeasured,
        None => CaseOutcome::Measured(metrics(case, results)),
    }
}

/// The metrics in the order in which they first appear, those of the clock last.
fn metrics(case: &CaseHeader, results: &[&CaseResult]) -> Vec<MetricView> {
    let mut found: Vec<MetricView> = Vec::new();
    let of_clock: Vec<Series> = results
        .iter()
        .flat_map(|result| result.of_clock())
        .collect();
    let taken = results.iter().flat_map(|result| &result.series).count();
    let all = || {
        let taken = results.iter().flat_map(|result| &result.series);
        taken.chain(&of_clock)
    };
    for (place, series) in all().enumerate() {
        if found.iter().any(|metric| metric.metric == series.metric) {
            continue;
        }
        let same = || all().filter(|other| other.metric == series.metric);
        let samples: Vec<&[f64]> = same().map(|other| other.samples.as_slice()).collect();
        let summary = Summary::of(&samples);
        let mean_time =
            summary.filter(|_| series.metric == "time" && series.unit == Unit::Nanoseconds);
        found.push(MetricView {
            metric: series.metric.clone(),
            unit: series.unit,
            better: series.better,
            summary,
            void: same().map(|other| other.void.len()).sum(),
            of_clock: place >= taken,
            rates: mean_time.map_or_else(Rates::default, |summary| {
                Rates::of(&case.work, summary.mean)
            }),
        });
    }
    found
}
