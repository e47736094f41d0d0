//! A document as CSV (RFC 4180): a row a case and metric, or a row a sample.
//!
//! Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.

use csv::Writer;

use super::document::{CaseEntry, Document, MetricEntry, ProcessEntry};

/// The columns of a row a metric.
const METRICS: [&str; 28] = [
    "suite",
    "run",
    "device",
    "environment",
    "case",
    "outcome",
    "why",
    "metric",
    "unit",
    "better",
    "count",
    "void",
    "mean",
    "mean_low",
    "mean_high",
    "median",
    "p5",
    "p95",
    "p99",
    "bytes_per_second",
    "flops_per_second",
    "items_per_second",
    "ceiling_fraction",
    "verdict",
    "base_mean",
    "change",
    "change_low",
    "change_high",
];

/// The columns of a row a sample.
const SAMPLES: [&str; 9] = [
    "run", "side", "case", "metric", "unit", "process", "index", "value", "void",
];

/// `document` as CSV, a row a case and metric; a case without metrics has one row.
pub fn csv(document: &Document) -> String {
    let mut rows = Writer::from_writer(Vec::new());
    write(&mut rows, METRICS.iter().map(|name| (*name).to_owned()));
    for case in &document.cases {
        for metric in case.metrics.iter().map(Some) {
            write(&mut rows, row(document, case, metric));
        }
        if case.metrics.is_empty() {
            write(&mut rows, row(document, case, None));
        }
    }
    text(rows)
}

/// The samples of each case's own metric as CSV, a row each: valid ones in the order in which they were taken, then
/// void ones with the reason. `side` is `candidate` or `base`.
pub fn csv_samples(document: &Document) -> String {
    let mut rows = Writer::from_writer(Vec::new());
    write(&mut rows, SAMPLES.iter().map(|name| (*name).to_owned()));
    for case in &document.cases {
        for (side, processes) in [
            ("candidate", &case.processes),
            ("base", &case.base_processes),
        ] {
            for process in processes {
                of_process(&mut rows, document, case, (side, process));
            }
        }
    }
    text(rows)
}

fn of_process(
    rows: &mut Writer<Vec<u8>>,
    document: &Document,
    case: &CaseEntry,
    (side, process): (&str, &ProcessEntry),
) {
    let own = case.metrics.first();
    let head = [
        harmless(process.run.as_deref().unwrap_or(&document.run)),
        side.to_owned(),
        harmless(&case.id),
        harmless(own.map_or("", |metric| &metric.metric)),
        own.map_or_else(String::new, |metric| word(&metric.unit)),
        process.process.to_string(),
    ];
    let valid = process.samples.iter().enumerate();
    let valid = valid.map(|(index, value)| [index.to_string(), value.to_string(), String::new()]);
    let void = process.void.iter();
    let void = void.map(|void| {
        [
            void.index.to_string(),
            void.value.to_string(),
            harmless(&void.why),
        ]
    });
    for tail in valid.chain(void) {
        write(rows, head.iter().cloned().chain(tail));
    }
}

fn row(document: &Document, case: &CaseEntry, metric: Option<&MetricEntry>) -> Vec<String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let of = |value: fn(&MetricEntry) -> Option<f64>| number(metric.and_then(value));
    let name = metric.map_or("time", |metric| metric.metric.as_str());
    let judgement = case.judgements.iter().find(|found| found.metric == name);
    let change = judgement.and_then(|found| found.change);
    let verdict = judgement.map(|found| found.verdict.name().to_owned());
    vec![
        harmless(&document.suite),
        harmless(&document.run),
        harmless(&document.device),
        harmless(&document.environment_key),
        harmless(&case.id),
        case.outcome.to_owned(),
        harmless(case.why.as_deref().unwrap_or_default()),
        harmless(metric.map_or("", |metric| &metric.metric)),
        metric.map_or_else(String::new, |metric| word(&metric.unit)),
        metric.map_or_else(String::new, |metric| word(&metric.better)),
        metric.map_or_else(String::new, |metric| metric.count.to_string()),
        metric.map_or_else(String::new, |metric| metric.void.to_string()),
        of(|metric| metric.mean),
        of(|metric| metric.interval.map(|interval| interval.low)),
        of(|metric| metric.interval.map(|interval| interval.high)),
        of(|metric| metric.median),
        of(|metric| metric.p5),
        of(|metric| metric.p95),
        of(|metric| metric.p99),
        of(|metric| metric.bytes_per_second),
        of(|metric| metric.flops_per_second),
        of(|metric| metric.items_per_second),
        of(|metric| metric.ceiling_fraction),
        verdict.unwrap_or_default(),
        number(judgement.and_then(|found| found.base_mean)),
        number(change.map(|change| change.estimate)),
        number(change.map(|change| change.interval.low)),
        number(change.map(|change| change.interval.high)),
    ]
}

/// A unit or direction as JSON names it.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Text that no spreadsheet takes for a formula.
pub(super) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

pub(super) fn write(rows: &mut Writer<Vec<u8>>, row: impl IntoIterator<Item = String>) {
    rows.write_record(row)
        .expect("memory takes every row, and all rows have the same length");
}

pub(super) fn text(rows: Writer<Vec<u8>>) -> String {
    let bytes = rows.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("every field is text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::junit::junit;

    const HOSTILE: [&str; 6] = [
        "=cmd|'/c calc'!A1",
        "<script>alert(1)</script>",
        "a\"b,c\nd]]>",
        "\u{1}\u{8}\u{202e}x",
        "@SUM(1)",
        "{{x}} | `y`",
    ];

    fn document(name: &str) -> Document {
        let case = |outcome: &'static str| CaseEntry {
            why: Some(name.to_owned()),
            detail: Some(name.repeat(100)),
            processes: vec![ProcessEntry {
                run: None,
                process: 0,
                samples: vec![-1.5, 2.0],
                void: Vec::new(),
                middle: 1.0,
                clock_mhz: None,
            }],
            ..CaseEntry::named(name, name, outcome)
        };
        Document {
            suite: name.to_owned(),
            run: "r".to_owned(),
            cases: ["failed", "unsupported", "measured"].map(case).into(),
            ..Document::default()
        }
    }

    #[test]
    fn hostile_text_breaks_no_row_and_begins_no_formula() {
        for name in HOSTILE {
            for (text, width) in [
                (csv(&document(name)), 28),
                (csv_samples(&document(name)), 9),
            ] {
                let mut rows = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .from_reader(text.as_bytes());
                let rows: Vec<csv::StringRecord> =
                    rows.records().map(|row| row.expect("a row")).collect();
                assert!(rows.len() > 3, "{text}");
                for row in &rows[1..] {
                    assert_eq!(row.len(), width);
                    let formula = |cell: &str| cell.starts_with(['=', '@']);
                    assert!(!row.iter().any(formula), "{row:?}");
                }
                let own = harmless(name);
                assert!(rows[1].iter().any(|cell| cell == own), "{rows:?}");
            }
        }
        assert!(
            csv_samples(&document("a")).contains(",-1.5,"),
            "numbers stay numbers"
        );
    }

    #[test]
    fn hostile_text_breaks_no_xml() {
        for name in HOSTILE {
            let text = junit(&document(name)).expect("XML");
            let forbidden = |c: char| c < ' ' && !"\n\r\t".contains(c);
            assert!(!text.contains(forbidden), "{text}");
            assert!(!text.contains("<script>"), "{text}");
            let back = quick_junit::Report::deserialize_from_str(&text).expect("it reads its own");
            assert_eq!(back.test_suites[0].test_cases.len(), 3);
            assert_eq!((back.tests, back.errors, back.failures), (3, 1, 0));
        }
    }
}
