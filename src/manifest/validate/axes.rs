//! Axes: their names, and the values that arrays and rules stand for.

use super::context::Context;
use crate::diagnostic::{Diagnostic, Place};
use crate::id::{AxisValue, Name};
use crate::manifest::wire::{At, AxisTable, AxisWire, Field, Pairs};
use crate::manifest::words::DEVICE_FACTS;
use crate::manifest::workload::Axis;

/// More values than cases are allowed make no sense on one axis.
const MOST_VALUES: i64 = 100_000;

/// The axes of a workload in their order.
pub(super) fn axes(field: &Field<Pairs<AxisWire>>, context: &mut Context<'_>) -> Vec<Axis> {
    let mut axes = Vec::new();
    for (key, wire) in field.get().map_or(&[][..], |pairs| &pairs.entries) {
        let name = axis_name(key, context);
        let values = match &wire.value {
            AxisWire::Values(values) => listed(key, values, wire.place, context),
            AxisWire::Rule(rule) => ruled(key, rule, wire.place, context),
        };
        if let (Some(name), Some(values)) = (name, values) {
            let place = key.place;
            axes.push(Axis {
                name,
                values,
                place,
            });
        }
    }
    axes
}

fn axis_name(key: &At<String>, context: &mut Context<'_>) -> Option<Name> {
    let taken =
        DEVICE_FACTS.contains(&key.as_str()) || matches!(key.as_str(), "out" | "true" | "false");
    if taken {
        let message = format!("an axis can't be called `{}`", key.value);
        context.mistake(
            message,
            key.place,
            "the name has a meaning of its own: take another one",
        );
        return None;
    }
    let name = Name::new(key).ok();
    if name.is_none() {
        let message = format!("an axis can't be called {:?}", key.value);
        let help = "a name is 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'";
        context.mistake(message, key.place, help);
    }
    name
}

/// The values of an array: some, of one type, and distinct.
fn listed(
    key: &At<String>,
    values: &[At<AxisValue>],
    place: Place,
    context: &mut Context<'_>,
) -> Option<Vec<AxisValue>> {
    let Some(first) = values.first() else {
        no_values(key, place, context);
        return None;
    };
    let mut sound = true;
    for value in values {
        if std::mem::discriminant(&value.value) != std::mem::discriminant(&first.value) {
            let message = format!("axis `{}` has values of two types", key.value);
            context.found.push(
                Diagnostic::new(message, value.place)
                    .label(kind(value))
                    .also(first.place, kind(first))
                    .help("write all of them as integers, reals (1.0) or strings"),
            );
            sound = false;
            break;
        }
    }
    sound &= distinct(key, values, context);
    sound.then(|| values.iter().map(|at| at.value.clone()).collect())
}

fn no_values(key: &At<String>, place: Place, context: &mut Context<'_>) {
    let message = format!("axis `{}` has no values", key.value);
    context.mistake(message, place, "give it one or more, or leave the axis out");
}

fn kind(value: &At<AxisValue>) -> &'static str {
    match value.value {
        AxisValue::Integer(_) => "an integer",
        AxisValue::Real(_) => "a real",
        AxisValue::Text(_) => "a string",
    }
}

/// Whether no value is there twice.
fn distinct(key: &At<String>, values: &[At<AxisValue>], context: &mut Context<'_>) -> bool {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&values[*a].value, &values[*b].value);
        a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal)
    });
    let twice = order
        .windows(2)
        .filter(|pair| values[pair[0]].value == values[pair[1]].value)
        .map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
        .min_by_key(|(_, second)| *second);
    let Some((first, second)) = twice else {
        return true;
    };
    let message = format!(
        "axis `{}` has the value {} twice",
        key.value, values[second].value
    );
    context.found.push(
        Diagnostic::new(message, values[second].place)
            .label("again")
            .also(values[first].place, "first here")
            .help("leave one out"),
    );
    false
}

/// The values of a rule.
fn ruled(
    key: &At<String>,
    rule: &AxisTable,
    place: Place,
    context: &mut Context<'_>,
) -> Option<Vec<AxisValue>> {
    if rule.flawed {
        return None;
    }
    let (span, powers) = match (rule.pow2.get(), rule.range.get()) {
        (Some(span), None) => (span, true),
        (None, Some(span)) => (span, false),
        _ => {
            let message = format!("axis `{}` needs either `pow2` or `range`", key.value);
            let help = "write { pow2 = \"20..=28\" } or { range = \"1..=9\", step = 2 }";
            context.mistake(message, place, help);
            return None;
        }
    };
    let step = rule.step.get().map_or(1, |step| step.0);
    if span.first > span.last {
        no_values(key, span.place, context);
        return None;
    }
    if powers && (span.first < 0 || span.last > 62) {
        let message = format!(
            "axis `{}` has powers of two beyond 64-bit integers",
            key.value
        );
        context.mistake(message, span.place, "exponents go from 0 to 62");
        return None;
    }
    let count = i128::from(span.last) - i128::from(span.first);
    if count / i128::from(step) >= i128::from(MOST_VALUES) {
        let message = format!("axis `{}` has more than {MOST_VALUES} values", key.value);
        context.mistake(
            message,
            span.place,
            "narrow the range, or give it a larger `step`",
        );
        return None;
    }
    let points = std::iter::successors(Some(span.first), |at| {
        at.checked_add(step).filter(|next| *next <= span.last)
    });
    let value = |at: i64| if powers { 1 << at } else { at };
    Some(points.map(value).map(AxisValue::Integer).collect())
}
