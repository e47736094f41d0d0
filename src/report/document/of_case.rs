//! From cases and judgements as views hold them to a document's.

use super::{
    AcknowledgedEntry, CaseEntry, ChangeEntry, CodeEntry, JudgementEntry, MetricEntry,
    OccupancyEntry, Range,
};
use crate::id::CaseId;
use crate::record::Occupancy;
use crate::report::{CaseOutcome, CaseView, MetricView, text};
use crate::stats::{CeilingFraction, Interval};
use crate::verdict::{Acknowledged, Change, Judgement, Standing, Verdict};

impl CaseEntry {
    /// A case of which only its name and outcome are known.
    pub(in crate::report) fn named(id: &str, workload: &str, outcome: &'static str) -> Self {
        Self {
            id: id.to_owned(),
            workload: workload.to_owned(),
            tags: Vec::new(),
            note: None,
            place: None,
            outcome,
            verdict: None,
            why: None,
            detail: None,
            nondeterministic: false,
            digest: None,
            code: CodeEntry::default(),
            occupancy: None,
            base_occupancy: None,
            metrics: Vec::new(),
            judgements: Vec::new(),
            processes: Vec::new(),
            base_processes: Vec::new(),
            series: None,
            cost: None,
            token_cost: None,
            remarks: Vec::new(),
            notes: Vec::new(),
            elapsed_s: None,
        }
    }

    /// The case, and its metric where that is not its time: `encode/batch=8 tokens`.
    pub fn label(&self, metric: &str) -> String {
        CaseId::from_text(self.id.as_str()).with_metric(metric)
    }

    /// Adds a judgement; the case's verdict is the most serious of its own.
    pub(super) fn judge(&mut self, judgement: &Judgement, of_ceiling: Option<CeilingFraction>) {
        let verdict = Some(judgement.verdict);
        // None is less than any verdict, and says nothing.
        self.verdict = self.verdict.into_iter().chain(verdict).min();
        // A metric that only the base has doesn't make its case one.
        if self.outcome == "missing" && judgement.verdict != Verdict::Missing {
            self.outcome = "measured";
        }
        let known = self
            .metrics
            .iter_mut()
            .find(|metric| metric.metric == judgement.metric);
        if let (Some(metric), Some(found)) = (known, of_ceiling) {
            metric.take_ceiling(found);
        } else if let Some(mean) = judgement.candidate.mean
            && !self.metrics.iter().any(|m| m.metric == judgement.metric)
        {
            let mut metric = MetricEntry::of_judgement(judgement, mean);
            if let Some(found) = of_ceiling {
                metric.take_ceiling(found);
            }
            self.metrics.push(metric);
        }
        self.judgements.push(judgement.into());
    }
}

/// The case of a judgement where nothing else is known of it.
pub(super) fn judged_alone(judgement: &Judgement) -> CaseEntry {
    let outcome = match judgement.verdict {
        Verdict::Failed => "failed",
        Verdict::Unsupported => "unsupported",
        Verdict::Missing => "missing",
        _ => "measured",
    };
    let id = &judgement.id;
    let mut case = CaseEntry::named(id.as_str(), id.workload(), outcome);
    if matches!(outcome, "failed" | "unsupported") {
        case.why = judgement.reasons.first().cloned();
    }
    case
}

impl From<&CaseView> for CaseEntry {
    fn from(view: &CaseView) -> Self {
        let mut case = Self::named(view.id.as_str(), view.id.workload(), "measured");
        match &view.outcome {
            CaseOutcome::Measured(_) => {}
            CaseOutcome::Failed(failed) => {
                case.outcome = "failed";
                case.why = Some(failed.failure.message.clone());
                case.detail.clone_from(&failed.failure.detail);
            }
            CaseOutcome::Unsupported(why) => {
                case.outcome = "unsupported";
                case.why = Some(why.clone());
            }
            CaseOutcome::NotMeasured => case.outcome = "not-measured",
        }
        case.nondeterministic = view.nondeterministic;
        case.occupancy = view.occupancy.as_ref().map(OccupancyEntry::from);
        case.metrics = view.metrics().iter().map(MetricEntry::from).collect();
        case.notes = text::few_processes(view).into_iter().collect();
        case.notes.extend(view.notes.iter().cloned());
        case
    }
}

impl MetricEntry {
    fn take_ceiling(&mut self, found: CeilingFraction) {
        self.ceiling_fraction = Some(found.fraction);
        self.ceiling = Some(found.of.name().to_owned());
    }

    /// What a judgement knows of the candidate's metric.
    fn of_judgement(judgement: &Judgement, mean: f64) -> Self {
        Self {
            metric: judgement.metric.clone(),
            unit: judgement.unit,
            better: judgement.better,
            count: 0,
            processes: judgement.candidate.processes,
            void: 0,
            mean: Some(mean),
            interval: None,
            median: None,
            p5: None,
            p95: None,
            p99: None,
            min: None,
            max: None,
            bytes_per_second: None,
            flops_per_second: None,
            items_per_second: None,
            ceiling_fraction: None,
            ceiling: None,
            intensity: None,
        }
    }
}

impl From<&MetricView> for MetricEntry {
    fn from(view: &MetricView) -> Self {
        let summary = view.summary.as_ref();
        let ceiling = view.rates.of_ceiling;
        Self {
            metric: view.metric.clone(),
            unit: view.unit,
            better: view.better,
            count: summary.map_or(0, |summary| summary.count),
            processes: summary.map_or(0, |summary| summary.processes),
            void: view.void,
            mean: summary.map(|summary| summary.mean),
            interval: summary
                .and_then(|summary| summary.interval)
                .map(Range::from),
            median: summary.map(|summary| summary.median),
            p5: summary.map(|summary| summary.p5),
            p95: summary.map(|summary| summary.p95),
            p99: summary.map(|summary| summary.p99),
            min: summary.map(|summary| summary.min),
            max: summary.map(|summary| summary.max),
            bytes_per_second: view.rates.bytes,
            flops_per_second: view.rates.flops,
            items_per_second: view.rates.items,
            ceiling_fraction: ceiling.map(|found| found.fraction),
            ceiling: ceiling.map(|found| found.of.name().to_owned()),
            intensity: None,
        }
    }
}

impl From<&Judgement> for JudgementEntry {
    fn from(judgement: &Judgement) -> Self {
        let accepted = judgement.accepted.as_ref();
        Self {
            metric: judgement.metric.clone(),
            unit: judgement.unit,
            better: judgement.better,
            verdict: judgement.verdict,
            headline: judgement.headline(),
            base_mean: judgement.base.mean,
            mean: judgement.candidate.mean,
            change: judgement.change.map(ChangeEntry::from),
            bound: judgement.bound,
            reasons: judgement.reasons.clone(),
            month: None,
            accepted: accepted.map(|accepted| accepted.reason.clone()),
            expected: judgement.expected,
            acknowledged: judgement.acknowledged.as_ref().map(AcknowledgedEntry::from),
        }
    }
}

impl JudgementEntry {
    /// Whether it is acknowledged, and so fails nothing.
    pub(in crate::report) fn is_quiet(&self) -> bool {
        let standing = self.acknowledged.as_ref().map(|known| known.standing);
        standing == Some(Standing::Quiet)
    }
}

impl From<&Acknowledged> for AcknowledgedEntry {
    fn from(found: &Acknowledged) -> Self {
        let known = &found.what;
        Self {
            standing: found.standing,
            until: known.until.to_string(),
            at_most: known.at_most,
            ticket: known.ticket.clone(),
            reason: known.reason.clone(),
            by: known.by.clone(),
            text: found.to_string(),
        }
    }
}

impl From<Change> for ChangeEntry {
    fn from(change: Change) -> Self {
        Self {
            estimate: change.estimate,
            interval: change.interval.into(),
            p: change.p_worse.min(change.p_better),
        }
    }
}

impl From<Interval> for Range {
    fn from(interval: Interval) -> Self {
        Self {
            low: interval.low,
            high: interval.high,
        }
    }
}

impl From<&Occupancy> for OccupancyEntry {
    fn from(occupancy: &Occupancy) -> Self {
        Self {
            registers: occupancy.registers,
            shared_bytes: occupancy
                .static_shared
                .saturating_add(occupancy.dynamic_shared),
            local_bytes: occupancy.local,
            blocks_per_sm: occupancy.blocks_per_sm,
            theoretical: occupancy.theoretical,
            limited_by: occupancy.limits(),
            waves: occupancy.waves,
            tail: occupancy.tail,
        }
    }
}
