//! The charts of all cases that stand in the file: how many have each verdict, and how long each takes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::rows::{class_of, sign_of};
use super::scale::Scale;
use super::svg::{Svg, WIDTH};
use crate::record::Unit;
use crate::report::document::{CaseEntry, Document, MetricEntry};
use crate::report::text::shortened;
use crate::units::significant;
use crate::verdict::Verdict;

/// Cases that the chart of times names; where there are more, it shows a dot each.
const NAMED: usize = 24;
/// Characters of a case's name in a chart.
const NAME: usize = 44;

/// A bar for each verdict, or for each outcome where nothing was compared.
pub fn verdicts(document: &Document) -> String {
    let mut bars: Vec<(String, &str, usize)> = document
        .verdicts
        .iter()
        .map(|(verdict, count)| {
            let words = format!("{} {}", sign_of(*verdict), verdict.name());
            (words, class_of(*verdict), *count)
        })
        .collect();
    let title = if bars.is_empty() {
        bars = outcomes(document);
        "Cases by outcome"
    } else {
        "Judgements by verdict"
    };
    let most = bars.iter().map(|bar| bar.2).max().unwrap_or(0).max(1);
    let scale = Scale::new((0.0, most as f64), (0.0, 205.0), false);
    let bottom = bars.len() as f64 * 24.0;
    let mut svg = Svg::new();
    for tick in scale.ticks(4.0).into_iter().filter(|t| t.fract() == 0.0) {
        let x = 142.0 + scale.at(tick);
        svg.line("grid", (x, 0.0), (x, bottom));
        svg.text("tick middle", (x, bottom + 14.0), &short(tick));
    }
    for (row, (words, class, count)) in (0u32..).zip(&bars) {
        let y = f64::from(row) * 24.0;
        svg.text("", (0.0, y + 16.0), words);
        let length = scale.at(*count as f64).max(2.0);
        svg.rect(&format!("bar {class}"), (142.0, y + 4.0), (length, 16.0));
        svg.text("strong", (148.0 + length, y + 16.0), &count.to_string());
    }
    let of = if document.verdicts.is_empty() {
        "cases (number)"
    } else {
        "judgements (number; one a metric of a case)"
    };
    svg.text("axis end", (WIDTH, bottom + 31.0), of);
    let about: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.0, bar.2))
        .collect();
    svg.finish("verdict-bars", bottom + 36.0, (title, &about.join(", ")))
}

fn outcomes(document: &Document) -> Vec<(String, &'static str, usize)> {
    let all = [
        ("✓ measured", "plain", document.measured),
        ("✕ failed", "bad", document.failed),
        ("– unsupported", "dim", document.unsupported),
        ("○ not measured", "dim", document.not_measured),
    ];
    let some = all.into_iter().filter(|(_, _, count)| *count > 0);
    some.map(|(words, class, count)| (words.to_owned(), class, count))
        .collect()
}

/// A case whose own metric has a mean, and that metric.
type Timed<'a> = (&'a CaseEntry, &'a MetricEntry, f64);

/// How long each case takes, on a logarithmic axis; of the unit that most cases have.
pub fn times(cases: &[CaseEntry]) -> String {
    let mut by_unit: BTreeMap<Unit, Vec<Timed<'_>>> = BTreeMap::new();
    for case in cases {
        if let Some(own) = case.metrics.first()
            && let Some(mean) = own.mean.filter(|mean| mean.is_finite() && *mean > 0.0)
        {
            by_unit.entry(own.unit).or_default().push((case, own, mean));
        }
    }
    let most = by_unit.into_iter().max_by_key(|(_, timed)| timed.len());
    let Some((unit, timed)) = most else {
        return String::new();
    };
    let ends = timed.iter().fold((f64::INFINITY, 0.0f64), |ends, case| {
        let interval = case.1.interval;
        let low = interval.map_or(case.2, |i| i.low.min(case.2));
        let high = interval.map_or(case.2, |i| i.high.max(case.2));
        (
            ends.0.min(if low > 0.0 { low } else { case.2 }),
            ends.1.max(high),
        )
    });
    let ends = (ends.0 / 1.15, ends.1 * 1.15);
    if timed.len() <= NAMED {
        named(&timed, unit, ends)
    } else {
        dotted(&timed, unit, ends)
    }
}

/// What is measured, for the axis.
fn quantity(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "time of an execution, mean with 99 % interval (log)",
        _ => "mean with 99 % interval (log)",
    }
}

fn named(timed: &[Timed<'_>], unit: Unit, ends: (f64, f64)) -> String {
    let scale = Scale::new(ends, (6.0, WIDTH - 6.0), true);
    let bottom = timed.len() as f64 * 32.0;
    let mut svg = Svg::new();
    svg.axis(&scale, unit, (0.0, bottom), quantity(unit));
    for (row, (case, own, mean)) in (0u32..).zip(timed) {
        let y = f64::from(row) * 32.0;
        svg.text("", (0.0, y + 12.0), &shortened(&case.id, NAME));
        svg.text("strong end", (WIDTH, y + 12.0), &unit.show(*mean));
        let y = y + 22.0;
        if let Some(interval) = own.interval {
            let (low, high) = (scale.at(interval.low), scale.at(interval.high));
            svg.line("interval", (low, y), (high, y));
        }
        let class = case.verdict.map_or("plain", class_of);
        svg.dot(class, (scale.at(*mean), y), 4.0, &said(case, *mean, unit));
    }
    let about = format!(
        "The mean of {} cases, each in a row of its own.",
        timed.len()
    );
    svg.finish("times", bottom + 36.0, ("Times by case", &about))
}

/// Height of the chart of many cases.
const DOTTED: f64 = 240.0;

fn dotted(timed: &[Timed<'_>], unit: Unit, ends: (f64, f64)) -> String {
    let scale = Scale::new(ends, (40.0, WIDTH - 6.0), true);
    let place = Scale::new((1.0, timed.len() as f64), (6.0, DOTTED - 6.0), false);
    let mut svg = Svg::new();
    svg.axis(&scale, unit, (0.0, DOTTED), quantity(unit));
    for tick in place.ticks(5.0).into_iter().filter(|tick| *tick >= 1.0) {
        let y = place.at(tick);
        svg.text("tick end", (34.0, y + 4.0), &short(tick));
    }
    svg.text("axis", (0.0, 10.0), "case");
    // Those that need attention lie over the others.
    let mut order: Vec<(usize, &Timed<'_>)> = timed.iter().enumerate().collect();
    order.sort_by_key(|(_, (case, ..))| Reverse(case.verdict.unwrap_or(Verdict::Unchanged)));
    for (index, (case, _, mean)) in order {
        let class = case.verdict.map_or("plain", class_of);
        let spot = (scale.at(*mean), place.at(index as f64 + 1.0));
        svg.dot(class, spot, 2.4, &said(case, *mean, unit));
    }
    let about = format!(
        "The mean of {} cases from top to bottom in the order of the plan; pointing at a dot names its case.",
        timed.len()
    );
    svg.finish("times", DOTTED + 36.0, ("Times by case", &about))
}

/// A whole number without decimals.
fn short(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        significant(number)
    }
}

fn said(case: &CaseEntry, mean: f64, unit: Unit) -> String {
    let verdict = case
        .verdict
        .map_or(String::new(), |v| format!(", {}", v.name()));
    format!("{}: {}{verdict}", shortened(&case.id, 120), unit.show(mean))
}
