//! Helpers that show figures as the rest of warpmark does. Each gives nothing for null.

use handlebars::{Handlebars, handlebars_helper};
use serde_json::Value;

use crate::record::Unit;
use crate::units::{percent, rough, si, significant};

handlebars_helper!(value: |number: Json, unit: Json| shown(number, unit));
handlebars_helper!(interval: |range: Json, unit: Json| {
    let (low, high) = ends(range);
    match (shown(low, unit), shown(high, unit)) {
        (low, high) if low.is_empty() || high.is_empty() => String::new(),
        (low, high) => format!("{low} to {high}"),
    }
});
handlebars_helper!(change: |ratio: Json| number(ratio, percent));
handlebars_helper!(changes: |range: Json| {
    let (low, high) = ends(range);
    match (number(low, percent), number(high, percent)) {
        (low, high) if low.is_empty() || high.is_empty() => String::new(),
        (low, high) => format!("{low} to {high}"),
    }
});
handlebars_helper!(share: |ratio: Json| number(ratio, rough));
handlebars_helper!(rate: |amount: Json, unit: str| number(amount, |amount| si(amount, unit)));
handlebars_helper!(figure: |amount: Json| number(amount, significant));
handlebars_helper!(money: |amount: Json, currency: str| {
    number(amount, |amount| format!("{} {currency}", significant(amount)))
});
handlebars_helper!(count: |amount: u64, word: str| match amount {
    1 => format!("1 {word}"),
    _ => format!("{amount} {word}s"),
});

/// Registers every helper by the name that `docs/templates.md` gives it.
pub(super) fn register(registry: &mut Handlebars<'_>) {
    registry.register_helper("value", Box::new(value));
    registry.register_helper("interval", Box::new(interval));
    registry.register_helper("change", Box::new(change));
    registry.register_helper("changes", Box::new(changes));
    registry.register_helper("share", Box::new(share));
    registry.register_helper("rate", Box::new(rate));
    registry.register_helper("figure", Box::new(figure));
    registry.register_helper("money", Box::new(money));
    registry.register_helper("count", Box::new(count));
}

/// `json` in words, where it is a number.
fn number(json: &Value, show: impl Fn(f64) -> String) -> String {
    json.as_f64().map(show).unwrap_or_default()
}

/// A number in a metric's unit.
fn shown(json: &Value, unit: &Value) -> String {
    let unit: Option<Unit> = serde_json::from_value(unit.clone()).ok();
    unit.map_or_else(String::new, |unit| number(json, |amount| unit.show(amount)))
}

/// The ends of a range, null where there is none.
fn ends(range: &Value) -> (&Value, &Value) {
    (&range["low"], &range["high"])
}
