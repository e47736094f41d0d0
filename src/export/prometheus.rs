//! A record as gauges in Prometheus' text exposition format, for node_exporter's textfile collector.
//!
//! Names end in base units. What a suite or a command names freely stands in labels alone, so no name of theirs
//! can break or repeat a metric's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::record::{CaseHeader, CaseResult, Outcome, Unit};
use crate::stats::{Ceilings, Summary};
use crate::store::{Record, Results, StoreError};

/// Hex digits of the environment's key that a label shows.
const SHORT_KEY: usize = 12;

/// The gauges of one export: by name its help and its samples, labels to value.
#[derive(Debug, Default)]
struct Gauges(BTreeMap<String, (String, BTreeMap<String, f64>)>);

impl Gauges {
    /// Takes up a sample; one that is no finite number is left out.
    fn set(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        if !value.is_finite() {
            return;
        }
        let entry = self.0.entry(name.to_owned());
        let (_, samples) = entry.or_insert_with(|| (help.to_owned(), BTreeMap::new()));
        samples.insert(labels_text(labels), value);
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, (help, samples)) in &self.0 {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        text
    }
}

fn labels_text(labels: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
    labels.iter().map(one).collect::<Vec<_>>().join(",")
}

/// A label's value as the format wants it: backslash, quote and newline escaped.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The exposition of `record`; `last_success` is when the newest run like it ended that was whole and had no failure.
pub fn prometheus(
    record: &Record,
    ceilings: &Ceilings,
    last_success: Option<jiff::Timestamp>,
) -> Result<String, StoreError> {
    let results = record.results()?;
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
        of_case(&mut gauges, &run, case, (found, ceilings));
    }
    of_run(&mut gauges, &run, record, &results);
    if let Some(at) = last_success {
        let help = "When the last whole run without a failure ended, in Unix time.";
        let name = "warpmark_last_success_timestamp_seconds";
        gauges.set(name, help, &run, at.as_duration().as_secs_f64());
    }
    Ok(gauges.text())
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
    let interval = summary.interval;
    let figures = [
        ("", "Mean", Some(summary.mean)),
        (
            "_interval_low",
            "Lower end of the 99 % interval of the mean",
            interval.map(|i| i.low),
        ),
        (
            "_interval_high",
            "Upper end of the 99 % interval of the mean",
            interval.map(|i| i.high),
        ),
        ("_p50", "Median", Some(summary.median)),
        ("_p95", "95th percentile", Some(summary.p95)),
        ("_p99", "99th percentile", Some(summary.p99)),
    ];
    for (figure, words, value) in figures {
        let of = if what == "time" {
            "time"
        } else {
            "metric that the label names"
        };
        let help = format!("{words} of a case's {of}.");
        if let Some(value) = value {
            let name = format!("warpmark_case_{what}{figure}{suffix}");
            gauges.set(&name, &help, labels, value * scale);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_can_not_leave_its_quotes() {
        let mut gauges = Gauges::default();
        gauges.set("warpmark_x", "X.", &[("case", "a\\b\"c\nd")], 1.5);
        gauges.set("warpmark_x", "X.", &[("case", "nan")], f64::NAN);
        let expected = "# HELP warpmark_x X.\n# TYPE warpmark_x gauge\nwarpmark_x{case=\"a\\\\b\\\"c\\nd\"} 1.5\n";
        assert_eq!(gauges.text(), expected);
    }
}
