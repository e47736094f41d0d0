//! Goals.

use super::context::Context;
use crate::manifest::suite::Goal;
use crate::manifest::wire::{At, Field, GoalTable, Quantity, Root, Text, nearest};
use crate::record::{self, GoalMetric, GoalUnit, Unit, Written};

/// The goals that have what they need; `metrics` are what workloads report.
pub(super) fn goals(root: &Root, metrics: &[&str], context: &mut Context<'_>) -> Vec<Goal> {
    let entries = root.goal.get().map_or(&[][..], |list| &list.entries);
    entries
        .iter()
        .filter_map(|goal| self::goal(goal, root, metrics, context))
        .collect()
}

fn goal(
    table: &At<GoalTable>,
    root: &Root,
    metrics: &[&str],
    context: &mut Context<'_>,
) -> Option<Goal> {
    if table.at_least.is_absent() && table.at_most.is_absent() {
        let place = table.name.get().map_or(table.place, |name| name.place);
        let help = "add at-least = ... or at-most = ...";
        context.mistake("the goal has no bound", place, help);
    }
    let metric = table.metric.get()?;
    known(metric, root, metrics, context);
    let unit = unit(table, metric, metrics);
    if unit == Some(GoalUnit::Money) && root.cost.is_absent() {
        let message = format!("{:?} needs a price", metric.0);
        let help = "add a table [cost] with currency = \"USD\" and gpu-hour = 2.99";
        context.mistake(message, metric.place, help);
    }
    let written = bounds(table, metric, unit, context);
    let case = table.case.get()?;
    let text = |field: &Field<Text>| field.get().map(|text| text.0.clone());
    let bound = |field: &Field<Quantity>| field.get().map(|at| at.0.0);
    Some(Goal {
        goal: record::Goal {
            name: text(&table.name)?,
            case: case.0.clone(),
            metric: metric.0.clone(),
            at_least: bound(&table.at_least),
            at_most: bound(&table.at_most),
            written,
            of: text(&table.of),
            owner: text(&table.owner),
            kpi: text(&table.kpi),
            due: table.due.get().map(|date| date.0),
        },
        place: table.place,
        case_place: case.place,
        of_place: table.of.get().map(|of| of.place),
    })
}

/// What to do about a metric that is a command's own.
const OWN: &str = "list it in the `metrics` of a workload whose command reports it";

/// Notes a metric that nobody reports.
fn known(metric: &At<Text>, root: &Root, metrics: &[&str], context: &mut Context<'_>) {
    let broken = root
        .workload
        .get()
        .is_some_and(|list| list.broken > 0 || list.entries.iter().any(|workload| workload.flawed));
    let name = metric.0.as_str();
    if broken || GoalMetric::named(name).is_some() || metrics.contains(&name) {
        return;
    }
    let all = GoalMetric::ALL.iter().map(|metric| metric.name());
    let all = all.chain(metrics.iter().copied());
    let help = nearest(name, all).map_or_else(
        || OWN.to_owned(),
        |near| format!("did you mean \"{near}\"? Else {OWN}"),
    );
    context.mistake(format!("unknown metric {name:?}"), metric.place, help);
}

/// What the goal's values are measured in; none where a workload decides that.
fn unit(table: &GoalTable, metric: &At<Text>, metrics: &[&str]) -> Option<GoalUnit> {
    if !table.of.is_absent() {
        return Some(GoalUnit::Factor);
    }
    let built_in = GoalMetric::named(&metric.0).filter(|_| !metrics.contains(&metric.0.as_str()));
    built_in.map(GoalMetric::unit)
}

/// What the bounds are written as, after noting those that no value can keep, or that don't fit the metric.
fn bounds(
    table: &GoalTable,
    metric: &At<Text>,
    unit: Option<GoalUnit>,
    context: &mut Context<'_>,
) -> Option<Written> {
    let least = table.at_least.get();
    let most = table.at_most.get();
    for (key, bound) in [("at-least", least), ("at-most", most)] {
        let Some(bound) = bound else { continue };
        let (value, written) = bound.0;
        if let (Some(written), Some(unit)) = (written, unit)
            && !written.fits(unit)
        {
            let message = format!(
                "`{key}` is {}, and {} is {}",
                written.in_words(),
                subject(metric, unit),
                in_words(unit),
            );
            context.mistake(message, bound.place, example(unit, key));
        }
        if value < 0.0 {
            let message = format!("`{key}` can't be negative");
            context.mistake(message, bound.place, "no metric is below 0");
        }
    }
    if let (Some(least), Some(most)) = (least, most) {
        together(least, most, context);
    }
    let sort = |bound: Option<&At<Quantity>>| bound.and_then(|bound| bound.0.1);
    sort(least).or(sort(most))
}

/// Notes two bounds that no value keeps both of.
fn together(least: &At<Quantity>, most: &At<Quantity>, context: &mut Context<'_>) {
    let sorts = least.0.1.zip(most.0.1);
    if sorts.is_some_and(|(least, most)| least != most) {
        let help = "write both as numbers, or both with units of one sort";
        context.mistake("the bounds are of two sorts", most.place, help);
    } else if least.0.0 > most.0.0 {
        let help = "no value is both: swap the two, or leave one out";
        context.mistake("`at-least` is above `at-most`", least.place, help);
    }
}

fn subject(metric: &At<Text>, unit: GoalUnit) -> String {
    match unit {
        GoalUnit::Factor => "a bound with `of`".to_owned(),
        _ => format!("{:?}", metric.0),
    }
}

/// What values of a unit are, with their article.
fn in_words(unit: GoalUnit) -> &'static str {
    match unit {
        GoalUnit::Of(Unit::Nanoseconds) => "a time",
        GoalUnit::Of(Unit::Bytes) => "a number of bytes",
        GoalUnit::Of(Unit::Joules) => "a number of joules",
        GoalUnit::Of(Unit::Count) => "a number",
        GoalUnit::Of(Unit::PerSecond) => "a number a second",
        GoalUnit::Of(Unit::Megahertz) => "a number of MHz",
        GoalUnit::Of(Unit::Watts) => "a number of watts",
        GoalUnit::Of(Unit::Ratio) => "a share",
        GoalUnit::BytesPerSecond => "a number of bytes a second",
        GoalUnit::FlopsPerSecond => "a number of operations a second",
        GoalUnit::Money => "an amount of money",
        GoalUnit::Factor => "a factor",
    }
}

fn example(unit: GoalUnit, key: &str) -> String {
    let value = match unit {
        GoalUnit::Of(Unit::Nanoseconds) => "\"2ms\"",
        GoalUnit::Of(Unit::Bytes) => "\"1GiB\"",
        GoalUnit::Of(Unit::Ratio) => "\"90%\"",
        GoalUnit::Factor => "1.2",
        GoalUnit::Money => "0.05",
        GoalUnit::BytesPerSecond | GoalUnit::FlopsPerSecond => "1.5e12",
        GoalUnit::Of(_) => "250",
    };
    format!("write {key} = {value}")
}
