//! A history for people: what stepped and what drifts, newest first, and how many series did neither.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::super::text;
use super::{HistoryView, MachineView, SeriesView, StepView, TrendView};
use crate::baseline::{Between, Commit};
use crate::stats::Interval;
use crate::units::percent;

/// Commits shown of each range.
const SHOWN: usize = 5;
/// Characters of a sparkline.
const SPARKS: usize = 60;

/// The whole of it.
pub(super) fn history(view: &HistoryView, color: bool) -> String {
    let mut out = String::new();
    for machine in &view.machines {
        if !out.is_empty() {
            out.push('\n');
        }
        machine_text(&mut out, view, machine, color);
    }
    if !view.filters.is_empty() {
        let filters = text::harmless(&view.filters.join(" "));
        let _ = writeln!(out, "\npartial: {filters} (established among these alone)");
    }
    out
}

fn machine_text(out: &mut String, view: &HistoryView, machine: &MachineView, color: bool) {
    let key = machine.environment.get(..12).unwrap_or_default();
    let nights = machine.nights.len();
    let _ = writeln!(
        out,
        "{} on {}-{key}: {}{}",
        view.suite,
        text::harmless(&machine.device),
        count(nights, "night"),
        match (machine.nights.first(), machine.nights.last()) {
            (Some(first), Some(last)) => format!(", {} to {}", day(first), day(last)),
            _ => String::new(),
        }
    );
    let mut findings: Vec<(usize, String)> = Vec::new();
    for series in &machine.series {
        let steps = series.steps.iter();
        findings
            .extend(steps.map(|step| (step.first_after, step_text(machine, series, step, color))));
        let trends = series.trends.iter();
        findings
            .extend(trends.map(|trend| (trend.last, trend_text(machine, series, trend, color))));
    }
    findings.sort_by_key(|(night, _)| std::cmp::Reverse(*night));
    for (_, finding) in &findings {
        out.push('\n');
        out.push_str(finding);
    }
    out.push('\n');
    ending(out, machine);
}

/// How many series there are of each sort.
fn ending(out: &mut String, machine: &MachineView) {
    let all = &machine.series;
    let stepped = all.iter().filter(|series| !series.steps.is_empty()).count();
    let drifts = all
        .iter()
        .filter(|series| !series.trends.is_empty())
        .count();
    let short = all.iter().filter(|series| series.nights.len() < 10).count();
    let quiet = |series: &&SeriesView| {
        series.steps.is_empty() && series.trends.is_empty() && series.nights.len() >= 10
    };
    let level = all.iter().filter(quiet).count();
    let mut parts = vec![
        format!("{stepped} stepped"),
        format!("{drifts} drifted"),
        format!("{level} level"),
    ];
    if short > 0 {
        parts.push(format!(
            "{short} too short to tell (10 nights are the least)"
        ));
    }
    let _ = writeln!(out, "{} series: {}", all.len(), parts.join(", "));
    let left_out = all.iter().map(|series| series.left_out).max().unwrap_or(0);
    if left_out > 0 {
        let _ = writeln!(
            out,
            "up to {} left out of a series: timed or counted in another way than now",
            count(left_out, "night")
        );
    }
}

fn step_text(machine: &MachineView, series: &SeriesView, step: &StepView, color: bool) -> String {
    let (before, after) = (
        night(machine, step.last_before),
        night(machine, step.first_after),
    );
    let mut out = format!(
        "{}  {}\n    {} from {after} on ({}), p {}, {}\n",
        paint(
            if step.worse { "slower" } else { "faster" },
            series,
            step.worse,
            color
        ),
        name(series),
        percent(step.change),
        range(step.interval),
        probability(step.p),
        step.status,
    );
    levels(&mut out, series, step);
    let _ = writeln!(out, "    {}", sparkline(series));
    near(&mut out, &step.near, &before, &after);
    neighbour(&mut out, "a night earlier", step.earlier.as_ref());
    neighbour(&mut out, "a night later", step.later.as_ref());
    if step.same_code == Some(true) {
        out.push_str("    the code is the same on both nights: not the kernel changed, but what it runs on or gets\n");
    }
    if let Some(machine) = step.machine.filter(|change| change.abs() >= 0.003) {
        let _ = writeln!(
            out,
            "    the machine itself, by its probes, changed its speed by {}",
            percent(machine)
        );
    }
    out
}

/// The levels before and after a step.
fn levels(out: &mut String, series: &SeriesView, step: &StepView) {
    let place = series
        .segments
        .iter()
        .position(|segment| segment.first == step.first_after);
    let Some(place) = place.filter(|place| *place > 0) else {
        return;
    };
    let [before, after] = [&series.segments[place - 1], &series.segments[place]];
    let _ = writeln!(
        out,
        "    {} over {}, then {} over {}",
        text::value(before.level, series.unit),
        count(before.count, "night"),
        text::value(after.level, series.unit),
        count(after.count, "night"),
    );
}

fn trend_text(
    machine: &MachineView,
    series: &SeriesView,
    trend: &TrendView,
    color: bool,
) -> String {
    let (first, last) = (night(machine, trend.first), night(machine, trend.last));
    format!(
        "{}  {}\n    {} a week ({}), {} from {first} to {last}, p {}, {}\n    {}\n    a trend: no commit made it\n",
        paint(
            if trend.worse {
                "drifts slower"
            } else {
                "drifts faster"
            },
            series,
            trend.worse,
            color
        ),
        name(series),
        percent(trend.per_week),
        range(trend.interval),
        percent(trend.total),
        probability(trend.p),
        trend.status,
        sparkline(series),
    )
}

/// What was committed between the nights of a step.
fn near(out: &mut String, between: &Between, before: &str, after: &str) {
    match between {
        Between::Same => {
            let _ = writeln!(
                out,
                "    both nights measured the same commit: no commit made it"
            );
        }
        Between::Unknown { reason } => {
            let _ = writeln!(
                out,
                "    near commit: not known ({})",
                text::harmless(reason)
            );
        }
        Between::Commits { commits, .. } if commits.is_empty() => {
            let _ = writeln!(
                out,
                "    no commit between {before} and {after} but of baselines: not the code made it"
            );
        }
        Between::Commits {
            commits, diverged, ..
        } => {
            let word = if commits.len() == 1 {
                "commit"
            } else {
                "commits"
            };
            let _ = writeln!(out, "    near {word}");
            list(out, commits);
            if *diverged {
                out.push_str(
                    "    the night before measured a commit that isn't among these' ancestors\n",
                );
            }
        }
    }
}

fn neighbour(out: &mut String, when: &str, between: Option<&Between>) {
    if let Some(Between::Commits { commits, .. }) = between
        && !commits.is_empty()
    {
        let _ = writeln!(out, "    {when}");
        list(out, commits);
    }
}

fn list(out: &mut String, commits: &[Commit]) {
    for commit in commits.iter().take(SHOWN) {
        let short = commit.id.get(..12).unwrap_or(&commit.id);
        let _ = writeln!(out, "        {short} {}", text::harmless(&commit.subject));
    }
    let more = commits.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(out, "        and {more} more");
    }
}

fn name(series: &SeriesView) -> String {
    let case = text::harmless(series.case.as_str());
    match series.metric.as_str() {
        "time" => case,
        metric => format!("{case} {}", text::harmless(metric)),
    }
}

/// `slower` and `faster` are words of time; other metrics get `worse` and `better`.
fn paint(word: &str, series: &SeriesView, worse: bool, color: bool) -> String {
    let word = if series.metric == "time" {
        word.to_owned()
    } else {
        word.replace("slower", "worse").replace("faster", "better")
    };
    let style = match (color, worse) {
        (false, _) => Style::new(),
        (true, true) => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        (true, false) => Style::new().fg_color(Some(AnsiColor::Green.into())),
    };
    format!("{style}{word}{style:#}")
}

fn night(machine: &MachineView, index: usize) -> String {
    machine.nights.get(index).map_or_else(String::new, day)
}

fn day(night: &super::NightView) -> String {
    night.started.strftime("%Y-%m-%d").to_string()
}

fn range(interval: Interval) -> String {
    format!("{} to {}", percent(interval.low), percent(interval.high))
}

fn count(number: usize, what: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {what}{end}")
}

/// A probability to one digit; what the table of chance doesn't reach is named so.
fn probability(p: f64) -> String {
    if p < 1e-6 {
        "below 0.000001".to_owned()
    } else {
        let digits = (-p.log10()).ceil().clamp(0.0, 6.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 6
        let digits = digits as usize;
        format!("{p:.digits$}")
    }
}

/// The values of a series as eight heights, from the smallest to the largest; of many nights, medians of as many
/// neighbours as fit.
fn sparkline(series: &SeriesView) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let wide = series.values.len().div_ceil(SPARKS).max(1);
    let points: Vec<f64> = series
        .values
        .chunks(wide)
        .map(crate::stats::median)
        .collect();
    let low = points.iter().copied().fold(f64::INFINITY, f64::min);
    let high = points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: &f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.0
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 7
        let height = (share * 7.0).round() as usize;
        BARS[height.min(7)]
    };
    points.iter().map(bar).collect()
}
