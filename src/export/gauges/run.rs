//! Gauges of a whole run: outcomes, verdicts, void samples, and when it ended.

use std::collections::BTreeMap;

use super::{Base, Gauges, Labels, Sources, of_run, with};
use crate::record::{CaseResult, Outcome};
use crate::verdict::{Judgement, Verdict};

/// The outcome of a case that has figures.
pub(super) const MEASURED: &str = "measured";

pub(super) fn add(gauges: &mut Gauges, sources: &Sources<'_>) {
    let labels = of_run(sources);
    void_share(gauges, &labels, sources);
    if let Some(summary) = &sources.record.summary {
        let help = "When the exported run ended, in Unix time.";
        let ended = summary.ended.as_duration().as_secs_f64();
        gauges.set(("run.ended", Base::Moment, help), labels.clone(), ended);
    }
    outcomes(gauges, &labels, sources);
    if let Some(judgements) = sources.judgements {
        verdicts(gauges, &labels, judgements);
        changes(gauges, &labels, judgements);
    }
    if let Some(at) = sources.last_success {
        let help = "When the last whole run without a failure ended, in Unix time.";
        let at = at.as_duration().as_secs_f64();
        gauges.set(("last_success", Base::Moment, help), labels, at);
    }
}

fn void_share(gauges: &mut Gauges, labels: &Labels, sources: &Sources<'_>) {
    let results = sources.results.values().flatten();
    let series = results.flat_map(|result| &result.series);
    let (void, valid) = series.fold((0, 0), |(void, valid), series| {
        (void + series.void.len(), valid + series.samples.len())
    });
    if void + valid > 0 {
        let help = "Samples of the run that count for nothing, as a share of all.";
        let share = void as f64 / (void + valid) as f64;
        gauges.set(
            ("run.void_samples", Base::Ratio, help),
            labels.clone(),
            share,
        );
    }
}

fn outcomes(gauges: &mut Gauges, labels: &Labels, sources: &Sources<'_>) {
    let help = "Cases of the exported run by what came of them.";
    let mut counts = BTreeMap::from(
        [MEASURED, "failed", "unsupported", "not-measured"].map(|outcome| (outcome, 0.0)),
    );
    for case in &sources.record.header.cases {
        let found = sources.results.get(&case.id).map_or(&[][..], Vec::as_slice);
        *counts.entry(outcome(found)).or_default() += 1.0;
    }
    for (outcome, count) in counts {
        let labels = with(labels, &[("outcome", outcome)]);
        gauges.set(("run.cases", Base::Number, help), labels, count);
    }
}

/// What came of a case: a process in which it can't run or failed decides, as in reports.
pub(super) fn outcome(results: &[CaseResult]) -> &'static str {
    let any = |is: fn(&Outcome) -> bool| results.iter().any(|result| is(&result.outcome));
    if any(|outcome| matches!(outcome, Outcome::Unsupported(_))) {
        "unsupported"
    } else if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
        "failed"
    } else if results.is_empty() {
        "not-measured"
    } else {
        MEASURED
    }
}

fn verdicts(gauges: &mut Gauges, labels: &Labels, judgements: &[Judgement]) {
    let help = "Judgements of the exported run by their verdict.";
    let of = |verdict| {
        judgements
            .iter()
            .filter(|one| one.verdict == verdict)
            .count() as f64
    };
    for verdict in Verdict::ALL {
        let labels = with(labels, &[("verdict", verdict.name())]);
        gauges.set(("run.verdicts", Base::Number, help), labels, of(verdict));
    }
    let shares = [
        (
            Verdict::Suspect,
            "run.suspect",
            "Judgements that are suspect, as a share of all.",
        ),
        (
            Verdict::Inconclusive,
            "run.inconclusive",
            "Judgements that are inconclusive, as a share of all.",
        ),
    ];
    for (verdict, name, help) in shares {
        let share = of(verdict) / judgements.len() as f64;
        gauges.set((name, Base::Ratio, help), labels.clone(), share);
    }
}

fn changes(gauges: &mut Gauges, labels: &Labels, judgements: &[Judgement]) {
    for judgement in judgements {
        let Some(change) = &judgement.change else {
            continue;
        };
        let of = [
            ("case", judgement.id.as_str()),
            ("metric", judgement.metric.as_str()),
        ];
        let figures = [
            (
                "case.change",
                "How much a case's metric changed against the base",
                change.estimate,
            ),
            (
                "case.change.interval_low",
                "Lower end of the 99 % interval of a change",
                change.interval.low,
            ),
            (
                "case.change.interval_high",
                "Upper end of the 99 % interval of a change",
                change.interval.high,
            ),
        ];
        for (name, words, value) in figures {
            let help = format!("{words}, as a share.");
            gauges.set((name, Base::Ratio, &help), with(labels, &of), value);
        }
    }
}
