//! A row for each metric of each case: its figures, and what was decided.

use super::{Sheet, cell, number};
use crate::record::{Better, Unit};
use crate::report::document::{CaseEntry, Document, JudgementEntry, MetricEntry};

const RUN: [&str; 7] = [
    "suite",
    "run",
    "started",
    "device",
    "environment",
    "commit",
    "base",
];
const CASE: [&str; 5] = ["case", "workload", "outcome", "why", "elapsed_s"];
const METRIC: [&str; 3] = ["metric", "unit", "better"];
const FIGURES: [&str; 17] = [
    "processes",
    "count",
    "void",
    "mean",
    "mean_low",
    "mean_high",
    "median",
    "p5",
    "p95",
    "p99",
    "min",
    "max",
    "bytes_per_second",
    "flops_per_second",
    "items_per_second",
    "ceiling_fraction",
    "ceiling",
];
const JUDGEMENT: [&str; 8] = [
    "verdict",
    "base_mean",
    "change",
    "change_low",
    "change_high",
    "p",
    "bound",
    "reasons",
];

/// `document` as CSV, a row for each metric of each case; a case without a metric has one row.
pub fn csv(document: &Document) -> String {
    let header = [&RUN[..], &CASE, &METRIC, &FIGURES, &JUDGEMENT].concat();
    let mut sheet = Sheet::new(&header);
    let of_run = run(document);
    for case in &document.cases {
        let of_case = self::case(case);
        for (metric, judgement) in rows(case) {
            let row: [&[String]; 5] = [
                &of_run,
                &of_case,
                &named(metric, judgement),
                &figures(metric),
                &self::judgement(judgement),
            ];
            sheet.push(&row.concat());
        }
    }
    sheet.finish()
}

/// What a row is of: a metric, its judgement, or both.
type Row<'a> = (Option<&'a MetricEntry>, Option<&'a JudgementEntry>);

/// The rows of a case: its metrics, then what was judged and not measured; one of nothing where there is neither.
fn rows(case: &CaseEntry) -> Vec<Row<'_>> {
    let judged = |name: &str| case.judgements.iter().find(|found| found.metric == name);
    let metrics = case.metrics.iter();
    let mut rows: Vec<Row<'_>> = metrics
        .map(|metric| (Some(metric), judged(&metric.metric)))
        .collect();
    let measured = |name: &str| case.metrics.iter().any(|metric| metric.metric == name);
    let others = case.judgements.iter();
    let others = others.filter(|judgement| !measured(&judgement.metric));
    rows.extend(others.map(|judgement| (None, Some(judgement))));
    if rows.is_empty() {
        rows.push((None, None));
    }
    rows
}

fn run(document: &Document) -> [String; 7] {
    let optional = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
    [
        cell(&document.suite),
        cell(&document.run),
        cell(&document.started),
        cell(&document.device),
        cell(&document.environment_key),
        optional(&document.commit),
        optional(&document.base),
    ]
}

fn case(case: &CaseEntry) -> [String; 5] {
    [
        cell(&case.id),
        cell(&case.workload),
        case.outcome.to_owned(),
        cell(case.why.as_deref().unwrap_or_default()),
        number(case.elapsed_s),
    ]
}

fn named(metric: Option<&MetricEntry>, judgement: Option<&JudgementEntry>) -> [String; 3] {
    let (name, unit, better): (&str, Unit, Better) = match (metric, judgement) {
        (Some(metric), _) => (&metric.metric, metric.unit, metric.better),
        (None, Some(judged)) => (&judged.metric, judged.unit, judged.better),
        (None, None) => return Default::default(),
    };
    [cell(name), unit.name().to_owned(), better.name().to_owned()]
}

fn figures(metric: Option<&MetricEntry>) -> [String; 17] {
    let Some(metric) = metric else {
        return Default::default();
    };
    [
        metric.processes.to_string(),
        metric.count.to_string(),
        metric.void.to_string(),
        number(metric.mean),
        number(metric.interval.map(|interval| interval.low)),
        number(metric.interval.map(|interval| interval.high)),
        number(metric.median),
        number(metric.p5),
        number(metric.p95),
        number(metric.p99),
        number(metric.min),
        number(metric.max),
        number(metric.bytes_per_second),
        number(metric.flops_per_second),
        number(metric.items_per_second),
        number(metric.ceiling_fraction),
        cell(metric.ceiling.as_deref().unwrap_or_default()),
    ]
}

fn judgement(judgement: Option<&JudgementEntry>) -> [String; 8] {
    let Some(judgement) = judgement else {
        return Default::default();
    };
    let change = judgement.change;
    [
        judgement.verdict.name().to_owned(),
        number(judgement.base_mean),
        number(change.map(|change| change.estimate)),
        number(change.map(|change| change.interval.low)),
        number(change.map(|change| change.interval.high)),
        number(change.map(|change| change.p)),
        number(judgement.bound),
        cell(&judgement.reasons.join("; ")),
    ]
}
