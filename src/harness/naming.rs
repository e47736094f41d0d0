//! Foreign names as workloads and axes.

use serde_json::Value;

use crate::id::{AxisValue, Name};

/// The longest name.
const LONGEST: usize = 64;

/// A workload's name for a foreign one, and the axes that keep it apart from others: where it is no name of warpmark's
/// it is made one, and stands whole on the axis `name`.
pub(super) fn workload(foreign: &str) -> (Name, Vec<(Name, AxisValue)>) {
    if let Ok(name) = Name::new(foreign) {
        return (name, Vec::new());
    }
    (plain(foreign), vec![(plain("name"), text(foreign))])
}

/// The nearest name: what can't stand in one is an underscore.
pub(super) fn plain(foreign: &str) -> Name {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let replaced: String = foreign
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .take(LONGEST)
        .collect();
    Name::new(&replaced).unwrap_or_else(|_| Name::placeholder())
}

/// A text value without control characters.
pub(super) fn text(foreign: &str) -> AxisValue {
    let replaced = |c: char| if c.is_control() { ' ' } else { c };
    AxisValue::Text(foreign.chars().map(replaced).collect())
}

/// An axis' value from JSON: numbers stay numbers, anything else is text.
pub(super) fn value(foreign: &Value) -> AxisValue {
    match foreign {
        Value::Number(number) => number
            .as_i64()
            .map(AxisValue::Integer)
            .or_else(|| number.as_f64().map(AxisValue::Real))
            .unwrap_or_else(|| text(&number.to_string())),
        Value::String(string) => text(string),
        other => text(&other.to_string()),
    }
}

/// An axis' value from text: whole numbers are numbers.
pub(super) fn parsed(foreign: &str) -> AxisValue {
    foreign
        .parse::<i64>()
        .map_or_else(|_| text(foreign), AxisValue::Integer)
}
