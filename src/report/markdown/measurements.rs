//! The measurements of a comment, a row each metric of a case.

use super::comment::{MeasurementRow, Rows};
use super::limit::{self, words};
use super::rows::{currency, label, of_ceiling};
use crate::record::{CLOCK, CYCLES};
use crate::report::document::{CaseEntry, Document, MetricEntry};
use crate::units::{money, si, significant};

/// Every metric of every measured case, and what became of the others; none where there is nothing but a comparison,
/// whose means stand with it.
pub(super) fn measurements(document: &Document) -> Rows<MeasurementRow> {
    let mut metrics = document.cases.iter().flat_map(|case| &case.metrics);
    let has_samples = metrics.any(|metric| metric.count + metric.void > 0);
    if document.base.is_some() && !has_samples {
        return Vec::new().into();
    }
    let cases = document.cases.iter();
    let measured = cases.filter(|case| case.outcome != "missing");
    let rows: Vec<MeasurementRow> = measured
        .flat_map(|case| of_case(case, currency(document)))
        .collect();
    rows.into()
}

fn of_case(case: &CaseEntry, currency: &str) -> Vec<MeasurementRow> {
    let of_clock = |metric: &&MetricEntry| metric.metric == CLOCK || metric.metric == CYCLES;
    let metrics: Vec<&MetricEntry> = case.metrics.iter().filter(|m| !of_clock(m)).collect();
    if case.outcome == "measured" && !metrics.is_empty() {
        return metrics
            .into_iter()
            .map(|metric| measurement(case, metric, currency))
            .collect();
    }
    let became = match case.outcome {
        "measured" => "no samples",
        "not-measured" => "not measured",
        other => other,
    };
    vec![MeasurementRow {
        name: label(case, "time"),
        mean: became.to_owned(),
        median: String::new(),
        spread: String::new(),
        samples: String::new(),
        rates: String::new(),
    }]
}

fn measurement(case: &CaseEntry, metric: &MetricEntry, currency: &str) -> MeasurementRow {
    let show = |value: Option<f64>| {
        value
            .map(|value| metric.unit.show(value))
            .unwrap_or_default()
    };
    let spread = metric.p5.zip(metric.p95);
    let void = match metric.void {
        0 => String::new(),
        void => format!("{void} void"),
    };
    let count = match metric.count {
        0 => String::new(),
        count => count.to_string(),
    };
    MeasurementRow {
        name: label(case, &metric.metric),
        mean: metric
            .mean
            .map_or_else(|| "no samples".to_owned(), |mean| with_half(metric, mean)),
        median: limit::cell(&show(metric.median)),
        spread: spread
            .map(|(low, high)| format!("{} to {}", metric.unit.show(low), metric.unit.show(high)))
            .map(|spread| limit::cell(&spread))
            .unwrap_or_default(),
        samples: words(&[&count, &void]),
        rates: limit::cell(&rates(case, metric, currency)),
    }
}

/// What a million items or tokens cost, where that stands in the row of `metric`.
fn cost(case: &CaseEntry, metric: &MetricEntry) -> Option<f64> {
    let cost = match metric.metric.as_str() {
        "time" => case.cost.as_ref().filter(|cost| cost.item == "items"),
        "tokens" => case.token_cost.as_ref(),
        _ => None,
    };
    cost?.per_million_items
}

/// Whether a row has a cost.
pub(super) fn have_costs(document: &Document) -> bool {
    let mut cases = document.cases.iter();
    cases.any(|case| {
        case.metrics
            .iter()
            .any(|metric| cost(case, metric).is_some())
    })
}

/// Work a second, the share of a ceiling, and what a million items cost.
fn rates(case: &CaseEntry, metric: &MetricEntry, currency: &str) -> String {
    let rate =
        |amount: Option<f64>, unit| amount.map(|amount| si(amount, unit)).unwrap_or_default();
    let cost = cost(case, metric).map(|cost| format!("{} a million", money(cost, currency)));
    words(&[
        &rate(metric.bytes_per_second, "B/s"),
        &rate(metric.flops_per_second, "FLOP/s"),
        &rate(metric.items_per_second, "items/s"),
        &of_ceiling(metric).unwrap_or_default(),
        &cost.unwrap_or_default(),
    ])
}

/// The mean with half the width of its interval as a share: `1.234 ms ± 0.5000 %`.
fn with_half(metric: &MetricEntry, mean: f64) -> String {
    let shown = metric.unit.show(mean);
    let half = metric.interval.filter(|_| mean != 0.0);
    let half = half.map(|range| (range.high - range.low) / 2.0 / mean.abs() * 100.0);
    let half = half.map(|share| format!(" ± {} %", significant(share)));
    limit::cell(&format!("{shown}{}", half.unwrap_or_default()))
}
