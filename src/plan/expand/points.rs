//! Points of the axes: how many, which are taken, and which are executed together.

use super::evaluator::Evaluator;
use crate::diagnostic::Diagnostic;
use crate::id::{AxisValue, CaseId, Name};
use crate::manifest::{Axis, Body, Suite, Workload};
use crate::plan::error::PlanError;
use crate::plan::filter::Filters;
use crate::plan::limits::MOST_CASES;

/// A point of a workload's axes.
pub(super) struct Point {
    pub id: CaseId,
    pub axes: Vec<(Name, AxisValue)>,
}

/// Points that one execution reports: one, unless the workload has inner axes.
pub(super) struct Group {
    pub points: Vec<Point>,
}

/// The axes of each workload with the values of the command line.
pub(super) fn overridden(
    suite: &Suite,
    overrides: &[(Name, Vec<AxisValue>)],
) -> Result<Vec<Vec<Axis>>, PlanError> {
    let mut axes: Vec<Vec<Axis>> = suite.workloads.iter().map(|w| w.axes.clone()).collect();
    for (name, values) in overrides {
        let mut found = false;
        for axis in axes.iter_mut().flatten().filter(|axis| axis.name == *name) {
            found = true;
            axis.values = typed(axis, values)?;
        }
        if !found {
            let mut names: Vec<&str> = axes
                .iter()
                .flatten()
                .map(|axis| axis.name.as_str())
                .collect();
            names.sort_unstable();
            names.dedup();
            return Err(PlanError::Usage {
                message: format!(
                    "no workload of suite \"{}\" has an axis `{name}`",
                    suite.name
                ),
                hint: if names.is_empty() {
                    "the suite has no axes".to_owned()
                } else {
                    format!("its axes are {}", names.join(", "))
                },
            });
        }
    }
    Ok(axes)
}

/// `values` in the type of `axis`.
fn typed(axis: &Axis, values: &[AxisValue]) -> Result<Vec<AxisValue>, PlanError> {
    let mut typed: Vec<AxisValue> = Vec::with_capacity(values.len());
    for value in values {
        let text = value.to_string();
        let read = match axis.values.first() {
            Some(AxisValue::Integer(_)) => {
                text.replace('_', "").parse().ok().map(AxisValue::Integer)
            }
            Some(AxisValue::Real(_)) => text
                .parse()
                .ok()
                .filter(|real: &f64| real.is_finite())
                .map(AxisValue::Real),
            _ if text.chars().any(char::is_control) => None,
            _ => Some(AxisValue::Text(text.clone())),
        };
        let usage = |message: String, hint: &str| PlanError::Usage {
            message,
            hint: hint.to_owned(),
        };
        let Some(read) = read else {
            let message = format!("{text:?} is no value for the axis `{}`", axis.name);
            return Err(usage(
                message,
                "its values in the suite are of another type",
            ));
        };
        if typed.contains(&read) {
            let message = format!("the axis `{}` is given {text} twice", axis.name);
            return Err(usage(message, "name each value once"));
        }
        typed.push(read);
    }
    Ok(typed)
}

/// Mistakes of axes that multiply to more cases than are allowed; nothing has been allocated for them.
pub(super) fn too_many(suite: &Suite, axes: &[Vec<Axis>]) -> Vec<Diagnostic> {
    let mut total = 0_usize;
    for (workload, axes) in suite.workloads.iter().zip(axes) {
        let lengths = axes.iter().map(|axis| axis.values.len());
        let count = lengths
            .clone()
            .try_fold(1_usize, usize::checked_mul)
            .unwrap_or(usize::MAX);
        total = total.saturating_add(count);
        if total > MOST_CASES {
            let message = if count == total && count < usize::MAX {
                format!("the axes of `{}` have {count} points", workload.name)
            } else if count == total {
                format!(
                    "the axes of `{}` have more points than can be counted",
                    workload.name
                )
            } else {
                format!("the suite has more than {MOST_CASES} cases")
            };
            let place = axes.first().map_or(workload.place, |axis| axis.place);
            let help =
                format!("a suite may have {MOST_CASES} cases: give axes fewer values, or split it");
            return vec![Diagnostic::new(message, place).help(help)];
        }
    }
    Vec::new()
}

/// The points of a workload that are selected and not skipped, and how many selected ones were skipped.
pub(super) fn groups(
    workload: &Workload,
    axes: &[Axis],
    filters: &Filters,
    evaluator: &mut Evaluator<'_>,
) -> (Vec<Group>, usize) {
    let inner: Vec<bool> = axes
        .iter()
        .map(|axis| match &workload.body {
            Body::Command(command) => command.inner.contains(&axis.name),
            _ => false,
        })
        .collect();
    let mut groups: Vec<Group> = Vec::new();
    let mut outer = std::collections::HashMap::new();
    let mut skipped = 0;
    let mut digits = vec![0; axes.len()];
    loop {
        let point = point(workload, axes, &digits);
        if filters.select(&point.id, &workload.tags, &point.axes) {
            evaluator.enter(&point);
            if workload.skip.iter().any(|formula| evaluator.holds(formula)) {
                skipped += 1;
            } else if inner.contains(&true) {
                let outside = digits.iter().zip(&inner).filter(|(_, inner)| !**inner);
                let key: Vec<usize> = outside.map(|(digit, _)| *digit).collect();
                let index = *outer.entry(key).or_insert(groups.len());
                if index == groups.len() {
                    groups.push(Group { points: Vec::new() });
                }
                groups[index].points.push(point);
            } else {
                let points = vec![point];
                groups.push(Group { points });
            }
        }
        if !advance(&mut digits, axes) {
            return (groups, skipped);
        }
    }
}

fn point(workload: &Workload, axes: &[Axis], digits: &[usize]) -> Point {
    let axes: Vec<(Name, AxisValue)> = axes
        .iter()
        .zip(digits)
        .map(|(axis, digit)| (axis.name.clone(), axis.values[*digit].clone()))
        .collect();
    let id = CaseId::new(
        &workload.name,
        axes.iter().map(|(name, value)| (name, value)),
    );
    Point { id, axes }
}

/// The next point, the last axis fastest; `false` after the last one.
fn advance(digits: &mut [usize], axes: &[Axis]) -> bool {
    for (digit, axis) in digits.iter_mut().zip(axes).rev() {
        *digit += 1;
        if *digit < axis.values.len() {
            return true;
        }
        *digit = 0;
    }
    false
}
