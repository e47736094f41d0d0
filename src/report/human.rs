//! Tables for people.

use std::collections::HashMap;
use std::fmt::Write;

use anstyle::Style;

use super::table::{Cell, Column, Table};
use super::view::{SAID_BY_RUN, by_reason};
use super::{CaseOutcome, CaseView, CompareView, Heading, MetricView, RunView, statement, text};
use crate::finance::Statement;
use crate::record::{CLOCK, CYCLES};
use crate::stats::CeilingFraction;
use crate::units::{percent, si};
use crate::verdict::{Judgement, Verdict};

pub(super) const fn column(title: &'static str, right: bool, drop: Option<u8>) -> Column {
    Column { title, right, drop }
}

const RUN: [Column; 14] = [
    column("case", false, None),
    column("mean", true, None),
    column("median", true, Some(6)),
    column("p5 to p95", true, Some(4)),
    column("samples", true, Some(3)),
    column("bandwidth", true, Some(8)),
    column("operations", true, Some(7)),
    column("items", true, Some(5)),
    column("cost per million", true, Some(5)),
    column("of ceiling", true, Some(5)),
    column("clock", true, Some(2)),
    column("cycles", true, Some(1)),
    column("occupancy", true, Some(0)),
    column("verdict", false, None),
];

const COMPARE: [Column; 7] = [
    column("case", false, None),
    column("base", true, Some(1)),
    column("now", true, Some(2)),
    column("change", true, None),
    column("99 % interval", true, Some(0)),
    column("of ceiling", true, Some(0)),
    column("verdict", false, None),
];

/// A run's table, its failures, and its verdicts where it was compared.
pub(super) fn run(run: &RunView, width: Option<usize>, color: bool) -> String {
    let mut out = heading(run.whole_heading());
    if let Some(probes) = run.probes.line() {
        push(&mut out, &probes);
    }
    if let Some(comparison) = &run.comparison {
        push(
            &mut out,
            &format!("compared with {}", text::harmless(&comparison.base)),
        );
    }
    out.push('\n');
    let table = run_table(run);
    push_table(&mut out, &table, width, color);
    out.extend(statement::price_of_run(&run.statement).map(|price| price + "\n"));
    for case in &run.cases {
        case_text(&mut out, case, color);
    }
    if let Some(comparison) = &run.comparison {
        reasons(&mut out, comparison, &SAID_BY_RUN, color);
        statement::write_months(&mut out, &run.statement, &comparison.judgements);
    }
    statement::write_goals(&mut out, &run.statement, width, color);
    out.push('\n');
    push(&mut out, &text::case_counts(run));
    if let Some(comparison) = &run.comparison {
        ending(&mut out, comparison, color);
    }
    out.extend(statement::counts(&run.statement.goals).map(|counts| counts + "\n"));
    record(&mut out, &run.heading);
    out
}

/// A comparison's table and the reasons of what is not unchanged.
pub(super) fn compare(compare: &CompareView, width: Option<usize>, color: bool) -> String {
    let mut out = heading(&compare.heading);
    push(
        &mut out,
        &format!("compared with {}", text::harmless(&compare.base)),
    );
    out.push('\n');
    let mut table = Table::new(&COMPARE);
    for judgement in &compare.judgements {
        table.push(judgement_row(judgement, compare.of_ceiling(judgement)));
    }
    push_table(&mut out, &table, width, color);
    let price = statement::price_of_comparison(&compare.statement, &compare.judgements);
    out.extend(price.map(|price| price + "\n"));
    reasons(&mut out, compare, &[], color);
    statement::write_months(&mut out, &compare.statement, &compare.judgements);
    statement::write_goals(&mut out, &compare.statement, width, color);
    out.push('\n');
    ending(&mut out, compare, color);
    out.extend(statement::counts(&compare.statement.goals).map(|counts| counts + "\n"));
    record(&mut out, &compare.heading);
    out
}

pub(super) fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn heading(heading: &Heading) -> String {
    let mut out = format!(
        "{} on {}, run {}\n",
        heading.suite, heading.device, heading.run
    );
    if !heading.labels.is_empty() {
        let labels: Vec<String> = heading
            .labels
            .iter()
            .map(|label| text::harmless(&label.to_string()))
            .collect();
        push(&mut out, &labels.join(", "));
    }
    out
}

fn record(out: &mut String, heading: &Heading) {
    if let Some(folder) = &heading.record {
        push(out, &format!("record: {}", folder.display()));
    }
}

pub(super) fn push_table(out: &mut String, table: &Table, width: Option<usize>, color: bool) {
    out.push_str(&table.render(width, color));
    let dropped = table.dropped(width);
    if !dropped.is_empty() {
        push(out, &format!("(no room for: {})", dropped.join(", ")));
    }
}

fn run_table(run: &RunView) -> Table {
    let judgements: HashMap<(&str, &str), &Judgement> = run
        .comparison
        .iter()
        .flat_map(|comparison| &comparison.judgements)
        .map(|judgement| {
            (
                (judgement.id.as_str(), judgement.metric.as_str()),
                judgement,
            )
        })
        .collect();
    let mut table = Table::new(&RUN);
    for case in &run.cases {
        let judged = |metric: &str| judgements.get(&(case.id.as_str(), metric)).copied();
        let mut metrics = case.metrics().iter();
        let first = metrics.next();
        table.push(case_row(
            (case, &run.statement),
            first,
            judged(first.map_or("time", |metric| &metric.metric)),
        ));
        // What follows from the clock has columns; where it was judged, a row for its verdict.
        let rows = metrics.filter(|metric| !metric.of_clock || judged(&metric.metric).is_some());
        for metric in rows {
            let name = format!("  {}", text::harmless(&metric.metric));
            let beside = Beside {
                cost: statement::per_million(&run.statement, &case.id, &metric.metric),
                ..Beside::default()
            };
            table.push(metric_row(name, metric, beside, judged(&metric.metric)));
        }
    }
    table
}

/// What stands in the row of a case beside its time.
#[derive(Debug, Default)]
struct Beside {
    cost: Option<String>,
    clock: String,
    cycles: String,
    occupancy: String,
}

impl Beside {
    fn of(case: &CaseView, cost: Option<String>) -> Self {
        let mean = |name: &str| {
            let metric = case.of_clock(name);
            let summary = metric.and_then(|metric| Some((metric.unit, metric.summary?)));
            summary.map_or_else(String::new, |(unit, summary)| {
                text::value(summary.mean, unit)
            })
        };
        Self {
            cost,
            clock: mean(CLOCK),
            cycles: mean(CYCLES),
            occupancy: case
                .occupancy
                .as_ref()
                .map_or_else(String::new, text::occupancy),
        }
    }
}

/// The row of a case: its own metric's, or what came of it instead.
fn case_row(
    (case, statement): (&CaseView, &Statement),
    metric: Option<&MetricView>,
    judgement: Option<&Judgement>,
) -> Vec<Cell> {
    let id = text::harmless(case.id.as_str());
    let word = match &case.outcome {
        CaseOutcome::Measured(_) => "no samples",
        CaseOutcome::Failed(_) => "failed",
        CaseOutcome::Unsupported(_) => "unsupported",
        CaseOutcome::NotMeasured => "not measured",
    };
    let cost = metric.and_then(|own| statement::per_million(statement, &case.id, &own.metric));
    let beside = Beside::of(case, cost);
    match metric {
        Some(metric) if metric.metric == "time" => metric_row(id, metric, beside, judgement),
        Some(metric) => metric_row(
            format!("{id} {}", text::harmless(&metric.metric)),
            metric,
            beside,
            judgement,
        ),
        None => {
            let style = match case.outcome {
                CaseOutcome::Failed(_) => text::style(Verdict::Failed),
                _ => text::style(Verdict::Unsupported),
            };
            let mut row = vec![Cell::from(id), Cell::styled(word, style)];
            row.resize(RUN.len(), Cell::default());
            row
        }
    }
}

fn metric_row(
    name: String,
    metric: &MetricView,
    beside: Beside,
    judgement: Option<&Judgement>,
) -> Vec<Cell> {
    let rate =
        |rate: Option<f64>, unit| Cell::from(rate.map(|rate| si(rate, unit)).unwrap_or_default());
    let verdict = judgement.map_or_else(Cell::default, |judgement| {
        Cell::styled(judgement.headline(), text::style(judgement.verdict))
    });
    let mut row = vec![Cell::from(name)];
    match &metric.summary {
        Some(summary) => row.extend([
            text::mean(summary, metric.unit).into(),
            text::value(summary.median, metric.unit).into(),
            text::range(summary.p5, summary.p95, metric.unit).into(),
            text::samples(metric, summary).into(),
        ]),
        None => row.extend(["no samples", "", "", ""].map(Cell::from)),
    }
    row.extend([
        rate(metric.rates.bytes, "B/s"),
        rate(metric.rates.flops, "FLOP/s"),
        rate(metric.rates.items, "items/s"),
        beside.cost.unwrap_or_default().into(),
        metric
            .rates
            .of_ceiling
            .map(text::of_ceiling)
            .unwrap_or_default()
            .into(),
        beside.clock.into(),
        beside.cycles.into(),
        beside.occupancy.into(),
        verdict,
    ]);
    row
}

/// What must be said of a case in words.
fn case_text(out: &mut String, case: &CaseView, color: bool) {
    let (word, said) = match &case.outcome {
        CaseOutcome::Failed(failed) => {
            let mut said = vec![failure(
                case,
                &failed.failure.message,
                failed.processes.len(),
            )];
            said.extend(failed.failure.detail.clone());
            (Some(Verdict::Failed), said)
        }
        CaseOutcome::Unsupported(why) => (Some(Verdict::Unsupported), vec![why.clone()]),
        CaseOutcome::Measured(_) | CaseOutcome::NotMeasured => (None, Vec::new()),
    };
    let remarks = text::remarks(case);
    if said.is_empty() && remarks.is_empty() {
        return;
    }
    let word = word.map_or_else(|| "note".to_owned(), |verdict| paint(verdict, color));
    let _ = writeln!(out, "\n{word}  {}", text::harmless(case.id.as_str()));
    for line in said.iter().chain(&remarks).flat_map(|said| said.lines()) {
        push(out, &format!("    {}", text::harmless(line)));
    }
}

/// A failure's message, with the number of processes that failed unless all did.
fn failure(case: &CaseView, message: &str, failed: usize) -> String {
    if failed < case.processes {
        format!("{message} (in {failed} of {} processes)", case.processes)
    } else {
        message.to_owned()
    }
}

fn paint(verdict: Verdict, color: bool) -> String {
    let style = if color {
        text::style(verdict)
    } else {
        Style::new()
    };
    format!("{style}{verdict}{style:#}")
}

fn judgement_row(judgement: &Judgement, of_ceiling: Option<CeilingFraction>) -> Vec<Cell> {
    let mean = |mean: Option<f64>| {
        mean.map(|mean| text::value(mean, judgement.unit))
            .unwrap_or_default()
    };
    let change = judgement.change;
    let range = |low, high| format!("{} to {}", percent(low), percent(high));
    vec![
        text::harmless(&judgement.label()).into(),
        mean(judgement.base.mean).into(),
        mean(judgement.candidate.mean).into(),
        change
            .map(|change| percent(change.estimate))
            .unwrap_or_default()
            .into(),
        change
            .map(|change| range(change.interval.low, change.interval.high))
            .unwrap_or_default()
            .into(),
        of_ceiling.map(text::of_ceiling).unwrap_or_default().into(),
        Cell::styled(judgement.short_headline(), text::style(judgement.verdict)),
    ]
}

/// The reasons of every verdict but `unchanged` and `new`; cases with the same words stand together.
fn reasons(out: &mut String, compare: &CompareView, silent: &[Verdict], color: bool) {
    for (verdict, reasons, names) in by_reason(&compare.judgements, silent) {
        let _ = write!(out, "\n{}", paint(verdict, color));
        for name in names {
            let _ = write!(out, "  {name}");
            out.push('\n');
            let _ = write!(out, "{}", " ".repeat(verdict.name().len()));
        }
        let trimmed = out.trim_end_matches(' ').len();
        out.truncate(trimmed);
        for line in reasons.iter().flat_map(|reason| reason.lines()) {
            push(out, &format!("    {}", text::harmless(line)));
        }
    }
}

fn ending(out: &mut String, compare: &CompareView, color: bool) {
    let counts: Vec<String> = compare
        .counts()
        .iter()
        .map(|(verdict, count)| format!("{count} {}", paint(*verdict, color)))
        .collect();
    if counts.is_empty() {
        push(out, "nothing was compared");
    } else {
        push(out, &format!("verdicts: {}", counts.join(", ")));
    }
    for note in &compare.notes {
        push(out, &text::harmless(note));
    }
}
