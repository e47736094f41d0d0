//! CSV of a report, for spreadsheets and data frames: a row a metric, or a row a sample.
//!
//! Rows are those of RFC 4180; `docs/reference/report.md` lists the columns. A cell of text that a spreadsheet would
//! take for a formula begins with an apostrophe: <https://owasp.org/www-community/attacks/CSV_Injection>.

use ::csv::{Error, Writer};

use super::document::{
    CaseEntry, Document, JudgementEntry, MOST_VOID, MetricEntry, ProcessEntry, most_samples,
};
use crate::record::{Better, Unit};

/// The columns of metrics.
pub const METRICS: [&str; 28] = [
    "suite",
    "run",
    "device",
    "environment",
    "case",
    "metric",
    "unit",
    "better",
    "outcome",
    "verdict",
    "mean",
    "interval_low",
    "interval_high",
    "median",
    "p5",
    "p95",
    "p99",
    "count",
    "void",
    "bytes_per_second",
    "flops_per_second",
    "items_per_second",
    "ceiling_fraction",
    "ceiling",
    "base_mean",
    "change",
    "change_low",
    "change_high",
];

/// The columns of samples.
pub const SAMPLES: [&str; 9] = [
    "run", "case", "metric", "unit", "side", "process", "index", "value", "void",
];

/// A row for each metric of each case; a case without metrics has one too.
pub fn metrics(document: &Document) -> Result<String, Error> {
    let mut rows = Writer::from_writer(Vec::new());
    rows.write_record(METRICS)?;
    for case in &document.cases {
        for (metric, judgement) in metrics_of(case) {
            rows.write_record(row(document, case, metric, judgement))?;
        }
    }
    finished(rows)
}

/// A row for each sample of a case's own metric: the run's, and the base's where that is a record.
pub fn samples(document: &Document) -> Result<String, Error> {
    let mut rows = Writer::from_writer(Vec::new());
    rows.write_record(SAMPLES)?;
    let most = most_samples(document.cases.len());
    for case in &document.cases {
        let own = case
            .metrics
            .first()
            .map(|metric| (metric.metric.as_str(), metric.unit));
        let judged = case.judgements.first();
        let judged = judged.map(|judgement| (judgement.metric.as_str(), judgement.unit));
        let Some((metric, of)) = own.or(judged) else {
            continue;
        };
        let sides = [
            ("candidate", &case.processes),
            ("base", &case.base_processes),
        ];
        for (side, processes) in sides {
            for process in processes {
                let run = match (&process.run, side) {
                    (Some(run), _) => run.as_str(),
                    (None, "candidate") => document.run.as_str(),
                    (None, _) => "",
                };
                let start = [run, &case.id, metric, unit(of), side].map(text);
                for sample in samples_of(process, most) {
                    rows.write_record(start.iter().chain(&sample))?;
                }
            }
        }
    }
    finished(rows)
}

fn finished(rows: Writer<Vec<u8>>) -> Result<String, Error> {
    let bytes = rows
        .into_inner()
        .map_err(|error| Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The metrics of a case with what was decided of them, those that only a judgement names last.
fn metrics_of(case: &CaseEntry) -> Vec<(Option<&MetricEntry>, Option<&JudgementEntry>)> {
    let of = |name: &str| case.judgements.iter().find(|judged| judged.metric == name);
    let measured = case.metrics.iter();
    let mut found: Vec<_> = measured
        .map(|metric| (Some(metric), of(&metric.metric)))
        .collect();
    let known = |name: &str| case.metrics.iter().any(|metric| metric.metric == name);
    let others = case
        .judgements
        .iter()
        .filter(|judged| !known(&judged.metric));
    found.extend(others.map(|judged| (None, Some(judged))));
    if found.is_empty() {
        found.push((None, None));
    }
    found
}

fn row(
    document: &Document,
    case: &CaseEntry,
    metric: Option<&MetricEntry>,
    judgement: Option<&JudgementEntry>,
) -> Vec<String> {
    let named = metric.map(|metric| (metric.metric.as_str(), metric.unit, metric.better));
    let judged = judgement.map(|judged| (judged.metric.as_str(), judged.unit, judged.better));
    let (name, unit, better) = named.or(judged).map_or(("", "", ""), |(name, of, better)| {
        (name, unit(of), direction(better))
    });
    let verdict = judgement.map_or("", |judged| judged.verdict.name());
    let (suite, run, device) = (&document.suite, &document.run, &document.device);
    let mut row: Vec<String> = [
        suite,
        run,
        device,
        &document.environment_key,
        &case.id,
        name,
        unit,
        better,
        case.outcome,
        verdict,
    ]
    .map(text)
    .to_vec();
    row.extend(figures(metric));
    row.extend(changes(judgement));
    row
}

/// The figures of a metric, from its mean to its ceiling.
fn figures(metric: Option<&MetricEntry>) -> [String; 14] {
    let of = |value: fn(&MetricEntry) -> Option<f64>| number(metric.and_then(value));
    let count = |value: fn(&MetricEntry) -> usize| {
        metric.map_or_else(String::new, |metric| value(metric).to_string())
    };
    [
        of(|m| m.mean),
        of(|m| m.interval.map(|interval| interval.low)),
        of(|m| m.interval.map(|interval| interval.high)),
        of(|m| m.median),
        of(|m| m.p5),
        of(|m| m.p95),
        of(|m| m.p99),
        count(|m| m.count),
        count(|m| m.void),
        of(|m| m.bytes_per_second),
        of(|m| m.flops_per_second),
        of(|m| m.items_per_second),
        of(|m| m.ceiling_fraction),
        text(
            metric
                .and_then(|m| m.ceiling.as_deref())
                .unwrap_or_default(),
        ),
    ]
}

/// What became of a metric: the base's mean, the change and its interval.
fn changes(judgement: Option<&JudgementEntry>) -> [String; 4] {
    let change = judgement.and_then(|judged| judged.change);
    [
        judgement.and_then(|judged| judged.base_mean),
        change.map(|change| change.estimate),
        change.map(|change| change.interval.low),
        change.map(|change| change.interval.high),
    ]
    .map(number)
}

/// Process, index, value and void reason of each sample, in the order they were taken. Where samples were left out of
/// the document their places aren't known: the index is empty, and void ones stand last.
fn samples_of(process: &ProcessEntry, most: usize) -> Vec<[String; 4]> {
    let whole = process.samples.len() < most && process.void.len() < MOST_VOID;
    let number_of = process.process.to_string();
    let row = |index: Option<usize>, value: f64, why: &str| {
        let index = index.map_or_else(String::new, |index| index.to_string());
        [number_of.clone(), index, number(Some(value)), text(why)]
    };
    let mut rows = Vec::new();
    let mut void = process.void.iter().peekable();
    for value in &process.samples {
        while let Some(sample) = void.next_if(|void| whole && void.index <= rows.len()) {
            rows.push(row(Some(sample.index), sample.value, &sample.why));
        }
        rows.push(row(whole.then_some(rows.len()), *value, ""));
    }
    rows.extend(void.map(|void| row(Some(void.index), void.value, &void.why)));
    rows
}

/// A number in full; nothing where there is none.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// A cell of text, which no spreadsheet takes for a formula.
fn text(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn direction(better: Better) -> &'static str {
    match better {
        Better::Lower => "lower",
        Better::Higher => "higher",
    }
}

/// The unit as JSON names it.
fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "ns",
        Unit::Bytes => "bytes",
        Unit::Joules => "joules",
        Unit::Count => "count",
        Unit::PerSecond => "per-second",
        Unit::Megahertz => "MHz",
        Unit::Watts => "watts",
        Unit::Ratio => "ratio",
    }
}
