//! JSON for programs: `docs/reference/json.md` describes it, and [`super::FORMAT`] is its number.

use std::collections::BTreeMap;

use serde::Serialize;

use super::money::Money;
use super::{
    CaseOutcome, CaseView, CompareView, FORMAT, Heading, Label, MetricView, Probes, RunView,
};
use crate::id::CaseId;
use crate::record::{Better, Failure, Occupancy, Unit};
use crate::stats::{Ceiling, Summary};
use crate::verdict::{Judgement, Moved, Verdict};

/// A run as JSON.
pub(super) fn run(run: &RunView) -> String {
    let [measured, failed, unsupported, not_measured] = run.counts();
    write(&Run {
        format: FORMAT,
        kind: "run",
        heading: run.heading.wire(),
        probes: run.probes,
        counts: Counts {
            measured,
            failed,
            unsupported,
            not_measured,
        },
        cases: run.cases.iter().map(case).collect(),
        comparison: run.comparison.as_ref().map(comparison),
        money: Money::of(&run.statement),
    })
}

/// A comparison as JSON.
pub(super) fn compare(compare: &CompareView) -> String {
    write(&Compare {
        format: FORMAT,
        kind: "compare",
        heading: compare.heading.wire(),
        comparison: comparison(compare),
        money: Money::of(&compare.statement),
    })
}

pub(super) fn write(wire: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(wire).expect("all keys are text and nothing else fails");
    text.push('\n');
    text
}

/// The same without spaces and line ends in it.
pub(super) fn write_on_one_line(wire: &impl Serialize) -> String {
    let mut text = serde_json::to_string(wire).expect("all keys are text and nothing else fails");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Run<'a> {
    format: u32,
    kind: &'static str,
    #[serde(flatten)]
    heading: WireHeading<'a>,
    probes: Probes,
    counts: Counts,
    cases: Vec<CaseEntry<'a>>,
    comparison: Option<Comparison<'a>>,
    #[serde(flatten)]
    money: Money<'a>,
}

#[derive(Serialize)]
struct Compare<'a> {
    format: u32,
    kind: &'static str,
    #[serde(flatten)]
    heading: WireHeading<'a>,
    #[serde(flatten)]
    comparison: Comparison<'a>,
    #[serde(flatten)]
    money: Money<'a>,
}

#[derive(Serialize)]
struct WireHeading<'a> {
    suite: &'a str,
    run: &'a str,
    started: jiff::Timestamp,
    device: &'a str,
    environment: &'a str,
    commit: Option<&'a str>,
    clean: Option<bool>,
    record: Option<String>,
    labels: Vec<WireLabel<'a>>,
}

#[derive(Serialize)]
struct WireLabel<'a> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Counts {
    measured: usize,
    failed: usize,
    unsupported: usize,
    not_measured: usize,
}

#[derive(Serialize)]
struct CaseEntry<'a> {
    case: &'a CaseId,
    outcome: &'static str,
    planned_processes: u32,
    processes: usize,
    failure: Option<WireFailure<'a>>,
    unsupported: Option<&'a str>,
    nondeterministic: bool,
    notes: &'a [String],
    occupancy: Option<&'a Occupancy>,
    metrics: Vec<MetricEntry<'a>>,
}

#[derive(Serialize)]
struct WireFailure<'a> {
    #[serde(flatten)]
    failure: &'a Failure,
    processes: &'a [u32],
}

#[derive(Serialize)]
struct MetricEntry<'a> {
    metric: &'a str,
    unit: Unit,
    better: Better,
    void: usize,
    summary: Option<&'a Summary>,
    bytes_per_second: Option<f64>,
    flops_per_second: Option<f64>,
    items_per_second: Option<f64>,
    ceiling_fraction: Option<f64>,
    ceiling: Option<Ceiling>,
}

#[derive(Serialize)]
struct Comparison<'a> {
    base: &'a str,
    verdicts: BTreeMap<Verdict, usize>,
    judgements: &'a [Judgement],
    ceiling_fractions: Vec<CeilingEntry<'a>>,
    machine: &'a [Moved],
    stale: &'a [String],
    notes: &'a [String],
}

#[derive(Serialize)]
struct CeilingEntry<'a> {
    case: &'a CaseId,
    ceiling_fraction: f64,
    ceiling: Ceiling,
}

impl Heading {
    fn wire(&self) -> WireHeading<'_> {
        WireHeading {
            suite: self.suite.as_str(),
            run: &self.run,
            started: self.started,
            device: &self.device,
            environment: &self.environment,
            commit: self.commit.as_ref().map(|(hash, _)| hash.as_str()),
            clean: self.commit.as_ref().map(|(_, clean)| *clean),
            record: self
                .record
                .as_ref()
                .map(|folder| folder.to_string_lossy().into_owned()),
            labels: self.labels.iter().map(label).collect(),
        }
    }
}

fn label(label: &Label) -> WireLabel<'_> {
    let values = match label {
        Label::Overrides(values)
        | Label::Partial(values)
        | Label::Shared(values)
        | Label::RunNoiseProbed(values)
        | Label::MachineMoved(values) => Some(values.as_slice()),
        Label::Gpu(word)
        | Label::ExclusivityNotVerified(word)
        | Label::ClocksPinned(word)
        | Label::ClocksNotPinned(Some(word)) => Some(std::slice::from_ref(word)),
        _ => None,
    };
    WireLabel {
        name: label.name(),
        values,
    }
}

fn comparison(compare: &CompareView) -> Comparison<'_> {
    Comparison {
        base: &compare.base,
        verdicts: compare.counts(),
        judgements: &compare.judgements,
        ceiling_fractions: compare
            .of_ceiling
            .iter()
            .map(|(case, found)| CeilingEntry {
                case,
                ceiling_fraction: found.fraction,
                ceiling: found.of,
            })
            .collect(),
        machine: &compare.moved,
        stale: &compare.stale,
        notes: &compare.notes,
    }
}

fn case(case: &CaseView) -> CaseEntry<'_> {
    let mut wire = CaseEntry {
        case: &case.id,
        outcome: "measured",
        planned_processes: case.planned,
        processes: case.processes,
        failure: None,
        unsupported: None,
        nondeterministic: case.nondeterministic,
        notes: &case.notes,
        occupancy: case.occupancy.as_ref(),
        metrics: case.metrics().iter().map(metric).collect(),
    };
    match &case.outcome {
        CaseOutcome::Measured(_) => {}
        CaseOutcome::Failed(failed) => {
            wire.outcome = "failed";
            wire.failure = Some(WireFailure {
                failure: &failed.failure,
                processes: &failed.processes,
            });
        }
        CaseOutcome::Unsupported(why) => {
            wire.outcome = "unsupported";
            wire.unsupported = Some(why);
        }
        CaseOutcome::NotMeasured => wire.outcome = "not-measured",
    }
    wire
}

fn metric(metric: &MetricView) -> MetricEntry<'_> {
    MetricEntry {
        metric: &metric.metric,
        unit: metric.unit,
        better: metric.better,
        void: metric.void,
        summary: metric.summary.as_ref(),
        bytes_per_second: metric.rates.bytes,
        flops_per_second: metric.rates.flops,
        items_per_second: metric.rates.items,
        ceiling_fraction: metric.rates.of_ceiling.map(|found| found.fraction),
        ceiling: metric.rates.of_ceiling.map(|found| found.of),
    }
}
