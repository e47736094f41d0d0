//! The gauges of a run from its record, its costs and goals, and what it was compared with.

use std::collections::BTreeMap;

use super::gauges::Gauges;
use super::stated;
use crate::finance::Statement;
use crate::record::{CaseHeader, CaseResult, Outcome, Unit};
use crate::stats::{Ceilings, Interval, Summary};
use crate::store::{Record, Results};
use crate::verdict::Judgement;

/// Hex digits of the environment's key that a label shows.
pub(super) const SHORT_KEY: usize = 12;

/// What gauges are made of.
#[derive(Debug, Clone, Copy)]
pub struct Exposed<'a> {
    /// The run.
    pub record: &'a Record,
    /// Its results.
    pub results: &'a Results,
    /// The measured ceilings of its machine.
    pub ceilings: &'a Ceilings,
    /// Its unit costs and goals.
    pub statement: &'a Statement,
    /// What was decided, where it was compared.
    pub judgements: Option<&'a [Judgement]>,
    /// When the newest run like it ended that was whole and had no failure.
    pub last_success: Option<jiff::Timestamp>,
}

/// The gauges of a run.
pub fn gauges(exposed: &Exposed<'_>) -> Gauges {
    let Exposed {
        record, results, ..
    } = exposed;
    let header = &record.header;
    let key: String = header.environment.key.chars().take(SHORT_KEY).collect();
    let run = [
        ("suite", header.suite.as_str()),
        ("device", header.device.as_str()),
        ("environment", key.as_str()),
    ];
    let mut gauges = Gauges::default();
    for case in &header.cases {
        let found = results.get(&case.id).map_or(&[][..], Vec::as_slice);
        of_case(&mut gauges, &run, case, (found, exposed.ceilings));
    }
    of_run(&mut gauges, &run, record, results);
    stated::of_costs(&mut gauges, &run, exposed.statement);
    stated::of_goals(&mut gauges, &run, &exposed.statement.goals);
    if let Some(judgements) = exposed.judgements {
        stated::of_verdicts(&mut gauges, &run, judgements);
    }
    if let Some(at) = exposed.last_success {
        let help = "When the last whole run without a failure ended, in Unix time.";
        let name = "warpmark_last_success_timestamp_seconds";
        gauges.set(name, help, &run, at.as_duration().as_secs_f64());
    }
    gauges
}

fn of_run(gauges: &mut Gauges, run: &[(&str, &str)], record: &Record, results: &Results) {
    let series = || results.values().flatten().flat_map(|result| &result.series);
    let void: usize = series().map(|series| series.void.len()).sum();
    let valid: usize = series().map(|series| series.samples.len()).sum();
    if void + valid > 0 {
        let help = "Samples of the run that count for nothing, as a share of all.";
        let share = void as f64 / (void + valid) as f64;
        gauges.set("warpmark_run_void_samples_ratio", help, run, share);
    }
    if let Some(summary) = &record.summary {
        let help = "When the exported run ended, in Unix time.";
        let ended = summary.ended.as_duration().as_secs_f64();
        gauges.set("warpmark_run_ended_timestamp_seconds", help, run, ended);
    }
    let help = "Cases of the exported run by what came of them.";
    let mut counts = BTreeMap::from(
        ["measured", "failed", "unsupported", "not-measured"].map(|outcome| (outcome, 0.0)),
    );
    for case in &record.header.cases {
        let found = results.get(&case.id).map_or(&[][..], Vec::as_slice);
        *counts.entry(outcome(found)).or_default() += 1.0;
    }
    for (outcome, count) in counts {
        let labels = [run, &[("outcome", outcome)]].concat();
        gauges.set("warpmark_run_cases", help, &labels, count);
    }
}

/// What came of a case: a process in which it can't run or failed decides, as in reports.
fn outcome(results: &[CaseResult]) -> &'static str {
    let any = |is: fn(&Outcome) -> bool| results.iter().any(|result| is(&result.outcome));
    if any(|outcome| matches!(outcome, Outcome::Unsupported(_))) {
        "unsupported"
    } else if any(|outcome| matches!(outcome, Outcome::Failed(_))) {
        "failed"
    } else if results.is_empty() {
        "not-measured"
    } else {
        "measured"
    }
}

fn of_case(
    gauges: &mut Gauges,
    run: &[(&str, &str)],
    case: &CaseHeader,
    (results, ceilings): (&[CaseResult], &Ceilings),
) {
    if outcome(results) != "measured" {
        return;
    }
    let id = case.id.to_string();
    let labels = [run, &[("case", id.as_str())]].concat();
    let mut metrics: BTreeMap<(&str, Unit), Vec<&[f64]>> = BTreeMap::new();
    for series in results.iter().flat_map(|result| &result.series) {
        let samples = metrics.entry((&series.metric, series.unit)).or_default();
        samples.push(&series.samples);
    }
    for ((metric, unit), samples) in metrics {
        let Some(summary) = Summary::of(&samples) else {
            continue;
        };
        let (suffix, scale) = base_unit(unit);
        if metric == "time" && unit == Unit::Nanoseconds {
            figures(gauges, ("time", suffix), &labels, (&summary, scale));
            rates(gauges, &labels, case, (summary.mean, ceilings));
        } else {
            let labels = [&labels[..], &[("metric", metric)]].concat();
            figures(gauges, ("metric", suffix), &labels, (&summary, scale));
        }
    }
}

/// The end of a metric's name, and what a value of the record is multiplied with.
fn base_unit(unit: Unit) -> (&'static str, f64) {
    match unit {
        Unit::Nanoseconds => ("_seconds", 1e-9),
        Unit::Bytes => ("_bytes", 1.0),
        Unit::Joules => ("_joules", 1.0),
        Unit::Count => ("", 1.0),
        Unit::PerSecond => ("_per_second", 1.0),
        Unit::Megahertz => ("_hertz", 1e6),
        Unit::Watts => ("_watts", 1.0),
        Unit::Ratio => ("_ratio", 1.0),
    }
}

fn figures(
    gauges: &mut Gauges,
    (what, suffix): (&str, &str),
    labels: &[(&str, &str)],
    (summary, scale): (&Summary, f64),
) {
    let of = if what == "time" {
        "a case's time"
    } else {
        "a case's metric that the label names"
    };
    let stem = format!("warpmark_case_{what}");
    let interval = summary.interval.map(|Interval { low, high }| Interval {
        low: low * scale,
        high: high * scale,
    });
    let mean = (summary.mean * scale, interval);
    gauges.set_mean((&stem, suffix), of, labels, mean);
    for (figure, words, value) in [
        ("p50", "median", summary.median),
        ("p95", "95th percentile", summary.p95),
        ("p99", "99th percentile", summary.p99),
    ] {
        let name = format!("{stem}_{figure}{suffix}");
        let help = format!("The {words} of {of}.");
        gauges.set(&name, &help, labels, value * scale);
    }
}

fn rates(
    gauges: &mut Gauges,
    labels: &[(&str, &str)],
    case: &CaseHeader,
    (mean_ns, ceilings): (f64, &Ceilings),
) {
    let seconds = mean_ns * 1e-9;
    let work = [
        ("bytes", "Bytes read and written", case.work.bytes()),
        ("flops", "Floating-point operations", case.work.flops),
        ("items", "Items", case.work.items),
    ];
    for (name, words, amount) in work {
        if let Some(amount) = amount.filter(|_| seconds > 0.0) {
            let name = format!("warpmark_case_{name}_per_second");
            gauges.set(
                &name,
                &format!("{words} a second, at the mean time."),
                labels,
                amount / seconds,
            );
        }
    }
    if let Some(of_ceiling) = ceilings.of_case(case, mean_ns) {
        let help = "How near a case comes to the measured ceiling that bounds it.";
        gauges.set(
            "warpmark_case_ceiling_ratio",
            help,
            labels,
            of_ceiling.fraction,
        );
    }
}
