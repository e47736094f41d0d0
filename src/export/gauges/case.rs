//! Gauges of each case: its metrics, and its work a second.

use std::collections::BTreeMap;

use super::{Base, Gauges, Labels, Sources, of_run, run, with};
use crate::record::{CaseHeader, CaseResult, Unit};
use crate::stats::Summary;

pub(super) fn add(gauges: &mut Gauges, sources: &Sources<'_>) {
    let labels = of_run(sources);
    for case in &sources.record.header.cases {
        let results = sources.results.get(&case.id).map_or(&[][..], Vec::as_slice);
        if run::outcome(results) == run::MEASURED {
            let labels = with(&labels, &[("case", case.id.as_str())]);
            of_case(gauges, &labels, (case, results), sources);
        }
    }
}

fn of_case(
    gauges: &mut Gauges,
    labels: &Labels,
    (case, results): (&CaseHeader, &[CaseResult]),
    sources: &Sources<'_>,
) {
    let mut metrics: BTreeMap<(&str, Unit), Vec<&[f64]>> = BTreeMap::new();
    for series in results.iter().flat_map(|result| &result.series) {
        let samples = metrics.entry((&series.metric, series.unit)).or_default();
        samples.push(&series.samples);
    }
    for ((metric, unit), samples) in metrics {
        let Some(summary) = Summary::of(&samples) else {
            continue;
        };
        if metric == "time" && unit == Unit::Nanoseconds {
            figures(gauges, ("time", unit), labels, &summary);
            rates(gauges, labels, (case, summary.mean), sources);
        } else {
            let labels = with(labels, &[("metric", metric)]);
            figures(gauges, ("metric", unit), &labels, &summary);
        }
    }
}

/// The base unit of a metric, and what a value of the record is multiplied with.
fn base(unit: Unit) -> (Base, f64) {
    match unit {
        Unit::Nanoseconds => (Base::Seconds, 1e-9),
        Unit::Bytes => (Base::Bytes, 1.0),
        Unit::Joules => (Base::Joules, 1.0),
        Unit::Count => (Base::Number, 1.0),
        Unit::PerSecond => (Base::PerSecond, 1.0),
        Unit::Megahertz => (Base::Hertz, 1e6),
        Unit::Watts => (Base::Watts, 1.0),
        Unit::Ratio => (Base::Ratio, 1.0),
    }
}

fn figures(gauges: &mut Gauges, (what, unit): (&str, Unit), labels: &Labels, summary: &Summary) {
    let (base, scale) = base(unit);
    let interval = summary.interval;
    let low = interval.map(|interval| interval.low);
    let high = interval.map(|interval| interval.high);
    let figures = [
        ("", "Mean", Some(summary.mean)),
        (
            ".interval_low",
            "Lower end of the 99 % interval of the mean",
            low,
        ),
        (
            ".interval_high",
            "Upper end of the 99 % interval of the mean",
            high,
        ),
        (".p50", "Median", Some(summary.median)),
        (".p95", "95th percentile", Some(summary.p95)),
        (".p99", "99th percentile", Some(summary.p99)),
    ];
    let of = if what == "time" {
        "time"
    } else {
        "metric that the label names"
    };
    for (figure, words, value) in figures {
        if let Some(value) = value {
            let name = format!("case.{what}{figure}");
            let help = format!("{words} of a case's {of}.");
            gauges.set((&name, base, &help), labels.clone(), value * scale);
        }
    }
}

fn rates(
    gauges: &mut Gauges,
    labels: &Labels,
    (case, mean_ns): (&CaseHeader, f64),
    sources: &Sources<'_>,
) {
    let seconds = mean_ns * 1e-9;
    let work = [
        (
            "case.bytes",
            "Bytes read and written a second, at the mean time.",
            case.work.bytes(),
        ),
        (
            "case.flops",
            "Floating-point operations a second, at the mean time.",
            case.work.flops,
        ),
        (
            "case.items",
            "Items a second, at the mean time.",
            case.work.items,
        ),
    ];
    for (name, help, amount) in work {
        if let Some(amount) = amount.filter(|_| seconds > 0.0) {
            gauges.set(
                (name, Base::PerSecond, help),
                labels.clone(),
                amount / seconds,
            );
        }
    }
    if let Some(of_ceiling) = sources.ceilings.of_case(case, mean_ns) {
        let help = "How near a case comes to the measured ceiling that bounds it.";
        gauges.set(
            ("case.ceiling", Base::Ratio, help),
            labels.clone(),
            of_ceiling.fraction,
        );
    }
}
