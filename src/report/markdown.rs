//! Markdown for pull requests, with everything escaped that Markdown or HTML gives a meaning.

use std::fmt::Write;

use super::statement::{self, Told};
use super::view::{SAID_BY_RUN, by_reason};
use super::{CaseOutcome, CaseView, CompareView, FailedIn, Heading, RunView, text};
use crate::finance::{GoalResult, Statement, Status};
use crate::units::{percent, si};
use crate::verdict::{Judgement, Verdict};

/// How many verdicts of one kind are told in words; the table has all.
const TOLD: usize = 50;

// Writing to a String can't fail, so what `write!` returns is dropped.

/// A run.
pub(super) fn run(run: &RunView) -> String {
    let mut out = heading(run.whole_heading());
    if let Some(probes) = run.probes.line() {
        let _ = write!(out, "{}\n\n", escape(&probes));
    }
    out.push_str(&row(&[
        "case",
        "mean",
        "median",
        "p5 to p95",
        "samples",
        "throughput",
    ]));
    out.push_str("|---|---:|---:|---:|---:|---:|\n");
    for case in &run.cases {
        out.push_str(&case_rows(case, &run.statement));
    }
    out.push_str(&paragraph(statement::price_of_run(&run.statement)));
    let _ = write!(out, "\n{}\n", text::case_counts(run));
    for case in &run.cases {
        out.push_str(&case_text(case));
    }
    if let Some(comparison) = &run.comparison {
        let _ = write!(out, "\n### Compared with {}\n\n", escape(&comparison.base));
        out.push_str(&body(comparison, &SAID_BY_RUN));
        out.push_str(&months(&run.statement, &comparison.judgements));
    }
    out.push_str(&goals(&run.statement));
    out
}

/// A comparison.
pub(super) fn compare(compare: &CompareView) -> String {
    let mut out = heading(&compare.heading);
    let _ = write!(out, "compared with {}\n\n", escape(&compare.base));
    out.push_str(&body(compare, &[]));
    let price = statement::price_of_comparison(&compare.statement, &compare.judgements);
    out.push_str(&paragraph(price));
    out.push_str(&months(&compare.statement, &compare.judgements));
    out.push_str(&goals(&compare.statement));
    out
}

fn heading(heading: &Heading) -> String {
    let mut out = format!(
        "## {} on {}\n\nrun `{}`",
        escape(heading.suite.as_str()),
        escape(&heading.device),
        heading.run
    );
    for label in &heading.labels {
        let _ = write!(out, ", {}", escape(&label.to_string()));
    }
    out.push_str("\n\n");
    out
}

fn body(compare: &CompareView, silent: &[Verdict]) -> String {
    let counts: Vec<String> = compare
        .counts()
        .iter()
        .map(|(verdict, count)| format!("**{count} {verdict}**"))
        .collect();
    let mut out = match counts.as_slice() {
        [] => "nothing was compared\n\n".to_owned(),
        counts => format!("{}\n\n", counts.join(", ")),
    };
    out.push_str(&row(&[
        "case",
        "base",
        "now",
        "change",
        "99 % interval",
        "verdict",
    ]));
    out.push_str("|---|---:|---:|---:|---:|---|\n");
    for judgement in &compare.judgements {
        let mean = |mean: Option<f64>| {
            mean.map(|mean| text::value(mean, judgement.unit))
                .unwrap_or_default()
        };
        let (change, interval) = judgement.change.map_or_else(Default::default, |change| {
            let (low, high) = (change.interval.low, change.interval.high);
            (
                percent(change.estimate),
                format!("{} to {}", percent(low), percent(high)),
            )
        });
        out.push_str(&row(&[
            &escape(&judgement.label()),
            &mean(judgement.base.mean),
            &now(compare, judgement, mean(judgement.candidate.mean)),
            &change,
            &interval,
            &emphasis(judgement.verdict, &judgement.short_headline()),
        ]));
    }
    out.push_str(&reasons(compare, silent));
    for note in &compare.notes {
        let _ = write!(out, "\n{}\n", escape(note));
    }
    out
}

/// What changes mean a month.
fn months(statement: &Statement, judgements: &[Judgement]) -> String {
    let months = statement::months(statement, judgements);
    if months.is_empty() {
        return String::new();
    }
    let mut out = "\n".to_owned();
    for month in months.iter().take(TOLD) {
        let _ = writeln!(out, "- {}", escape(month));
    }
    if months.len() > TOLD {
        let _ = writeln!(out, "- and {} more", months.len() - TOLD);
    }
    out
}

/// A paragraph of its own, where there is one.
fn paragraph(text: Option<String>) -> String {
    text.map_or_else(String::new, |text| format!("\n{}\n", escape(&text)))
}

/// The goals that are not met, a row each, and how many there are of each status.
fn goals(statement: &Statement) -> String {
    let Some(counts) = statement::counts(&statement.goals) else {
        return String::new();
    };
    let mut out = format!("\n### Goals\n\n{}\n", escape(&counts));
    let open = statement.goals.iter();
    let open: Vec<&GoalResult> = open.filter(|goal| goal.status != Status::Met).collect();
    if open.is_empty() {
        return out;
    }
    out.push('\n');
    out.push_str(&row(&[
        "goal",
        "case",
        "value",
        "99 % interval",
        "bound",
        "headroom",
        "owner",
        "status",
    ]));
    out.push_str("|---|---|---|---|---|---:|---|---|\n");
    for result in open.iter().take(TOLD) {
        let told = Told::of(result, statement);
        let status = match (&result.why, result.status) {
            (Some(why), status) => format!("{}: {}", status.name(), escape(why)),
            (None, Status::Missed) => format!("**{}**", result.status.name()),
            (None, status) => status.name().to_owned(),
        };
        out.push_str(&row(&[
            &escape(&told.name),
            &escape(&told.case),
            &escape(&told.value),
            &escape(&told.interval),
            &escape(&told.bounds),
            &told.headroom,
            &escape(&told.whose),
            &status,
        ]));
    }
    if open.len() > TOLD {
        let _ = write!(out, "\nand {} more that are not met\n", open.len() - TOLD);
    }
    out
}

/// The candidate's mean, and how near it comes to a measured ceiling.
fn now(compare: &CompareView, judgement: &Judgement, mean: String) -> String {
    match compare.of_ceiling(judgement) {
        Some(found) => format!("{mean}, {}", text::of_ceiling(found)),
        None => mean,
    }
}

fn reasons(compare: &CompareView, silent: &[Verdict]) -> String {
    let groups = by_reason(&compare.judgements, silent);
    let mut out = String::new();
    for (verdict, reasons, names) in groups.iter().take(TOLD) {
        let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
        let _ = write!(out, "\n- **{verdict}** {}\n", names.join(", "));
        for reason in *reasons {
            let _ = writeln!(out, "  - {}", escape(reason));
        }
    }
    if groups.len() > TOLD {
        let _ = write!(out, "\nand {} more, in the table\n", groups.len() - TOLD);
    }
    out
}

fn emphasis(verdict: Verdict, text: &str) -> String {
    if verdict.is_regression() || matches!(verdict, Verdict::Crept | Verdict::Suspect) {
        format!("**{}**", escape(text))
    } else {
        escape(text)
    }
}

fn case_rows(case: &CaseView, statement: &Statement) -> String {
    let word = match &case.outcome {
        CaseOutcome::Measured(metrics) if metrics.is_empty() => "no samples",
        CaseOutcome::Measured(_) => "",
        CaseOutcome::Failed(_) => "**failed**",
        CaseOutcome::Unsupported(_) => "unsupported",
        CaseOutcome::NotMeasured => "not measured",
    };
    if !word.is_empty() {
        return row(&[&escape(case.id.as_str()), word, "", "", "", ""]);
    }
    let mut out = String::new();
    for metric in case.metrics().iter().filter(|metric| !metric.of_clock) {
        let name = match metric.metric.as_str() {
            "time" => escape(case.id.as_str()),
            other => escape(&format!("{} {other}", case.id)),
        };
        let rates = [
            metric.rates.bytes.map(|rate| si(rate, "B/s")),
            metric.rates.flops.map(|rate| si(rate, "FLOP/s")),
            metric.rates.items.map(|rate| si(rate, "items/s")),
            metric.rates.of_ceiling.map(text::of_ceiling),
            statement::per_million(statement, &case.id, &metric.metric)
                .map(|cost| format!("{cost} a million")),
        ];
        let rates: Vec<String> = rates.into_iter().flatten().collect();
        out.push_str(&metric.summary.as_ref().map_or_else(
            || row(&[&name, "no samples", "", "", "", ""]),
            |summary| {
                row(&[
                    &name,
                    &text::mean(summary, metric.unit),
                    &text::value(summary.median, metric.unit),
                    &text::range(summary.p5, summary.p95, metric.unit),
                    &text::samples(metric, summary),
                    &rates.join(", "),
                ])
            },
        ));
    }
    out
}

fn case_text(case: &CaseView) -> String {
    let mut said = match &case.outcome {
        CaseOutcome::Failed(failed) => vec![failed.failure.message.clone()],
        CaseOutcome::Unsupported(why) => vec![why.clone()],
        CaseOutcome::Measured(_) | CaseOutcome::NotMeasured => Vec::new(),
    };
    said.extend(text::remarks(case));
    if said.is_empty() {
        return String::new();
    }
    let said: Vec<String> = said.iter().map(|said| escape(said)).collect();
    let mut out = format!("\n- {}: {}\n", escape(case.id.as_str()), said.join("; "));
    if let CaseOutcome::Failed(FailedIn { failure, .. }) = &case.outcome {
        out.push_str(&verbatim(failure.detail.as_deref().unwrap_or_default()));
    }
    out
}

/// Text of a list's item as it is: a code block by its indentation, which no character can end.
fn verbatim(given: &str) -> String {
    let mut out = String::new();
    for line in text::harmless(given).lines() {
        let _ = writeln!(
            out,
            "{}      {line}",
            if out.is_empty() { "\n" } else { "" }
        );
    }
    out
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// `text` as plain text of a table cell: line ends become spaces, and every character with a meaning is escaped.
pub(super) fn escape(given: &str) -> String {
    let mut out = String::with_capacity(given.len());
    for c in text::harmless(given).chars() {
        match c {
            '\n' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"), // would notify people
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
