//! Expressions at a point: their values in the type that is wanted, or a mistake where they stand.

use std::collections::HashSet;

use super::points::Point;
use crate::diagnostic::{Diagnostic, Place};
use crate::expr::{Scope, Value};
use crate::id::{AxisValue, Name};
use crate::manifest::{DEVICE_FACTS, Formula, Part, Template};
use crate::plan::case::DeviceFacts;

/// Evaluates a workload's expressions, point by point; each place is complained of once.
pub(super) struct Evaluator<'a> {
    /// The device.
    pub facts: &'a DeviceFacts,
    /// The mistakes so far.
    pub found: Vec<Diagnostic>,
    complained: HashSet<Place>,
    axes: Vec<(Name, AxisValue)>,
    id: String,
}

impl<'a> Evaluator<'a> {
    /// An evaluator for a device.
    pub fn new(facts: &'a DeviceFacts) -> Self {
        Self {
            facts,
            found: Vec::new(),
            complained: HashSet::new(),
            axes: Vec::new(),
            id: String::new(),
        }
    }

    /// Goes to another point.
    pub fn enter(&mut self, point: &Point) {
        self.axes.clone_from(&point.axes);
        point.id.as_str().clone_into(&mut self.id);
    }

    /// Notes a mistake of this point, once for each place.
    pub fn mistake(&mut self, message: impl Into<String>, place: Place, help: impl Into<String>) {
        if self.complained.insert(place) {
            let label = format!("at {}", self.id);
            let mut diagnostic = Diagnostic::new(message, place).label(label);
            diagnostic.help = Some(help.into()).filter(|help| !help.is_empty());
            self.found.push(diagnostic);
        }
    }

    /// The value of an expression.
    fn value(&mut self, formula: &Formula) -> Option<Value> {
        let result = formula.expression.evaluate(&At {
            axes: &self.axes,
            facts: self.facts,
        });
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let place = formula.place_of(error.span);
                self.mistake(error.message, place, error.help.unwrap_or_default());
                None
            }
        }
    }

    /// Whether a condition is true.
    pub fn holds(&mut self, formula: &Formula) -> bool {
        match self.value(formula) {
            Some(Value::Boolean(value)) => value,
            None => false,
            Some(other) => {
                let message = format!("`skip` takes a comparison, not {}", other.kind());
                self.mistake(message, formula.place, "write it as in \"n < 1024\"");
                false
            }
        }
    }

    /// A whole number.
    pub fn integer(&mut self, formula: &Formula, what: &str) -> Option<i64> {
        match self.value(formula)? {
            Value::Integer(value) => Some(value),
            other => {
                let message = format!("{what} is {} ({other}), not an integer", other.kind());
                let help = match other {
                    Value::Real(_) => "`/` between integers rounds down; write 1000000, not 1e6",
                    _ => "write a formula of integers",
                };
                self.mistake(message, formula.place, help);
                None
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub fn bounded(
        &mut self,
        formula: &Formula,
        what: &str,
        (least, most): (i64, u64),
    ) -> Option<u64> {
        let value = self.integer(formula, what)?;
        let fitting = u64::try_from(value).ok();
        let fitting = fitting.filter(|unsigned| value >= least && *unsigned <= most);
        if fitting.is_none() {
            let message = format!("{what} is {value}");
            let help = format!("it goes from {least} to {most}");
            self.mistake(message, formula.place, help);
        }
        fitting
    }

    /// A real number; integers count.
    pub fn real(&mut self, formula: &Formula, what: &str) -> Option<f64> {
        let value = self.value(formula)?;
        let real = value.as_real();
        if real.is_none() {
            let message = format!("{what} is {}, not a number", value.kind());
            self.mistake(message, formula.place, "");
        }
        real
    }

    /// A number of 0 or more.
    pub fn amount(&mut self, formula: &Formula, what: &str) -> Option<f64> {
        let value = self.real(formula, what)?;
        if value < 0.0 {
            self.mistake(
                format!("{what} is {value}"),
                formula.place,
                "it can't be negative",
            );
            return None;
        }
        Some(value)
    }

    /// Any value but a truth value, as text: for macros.
    pub fn text(&mut self, formula: &Formula) -> Option<String> {
        match self.value(formula)? {
            Value::Boolean(value) => Some(i32::from(value).to_string()),
            value => Some(value.to_string()),
        }
    }

    /// A template with the values of this point.
    pub fn template(&self, template: &Template) -> String {
        fill(template, |name| {
            let value = self.axes.iter().find(|(axis, _)| axis.as_str() == name);
            value.map_or_else(String::new, |(_, value)| value.to_string())
        })
    }
}

/// A template with the values that `value` gives axes.
pub(super) fn fill(template: &Template, value: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Axis(name) => text.push_str(&value(name)),
            Part::Output => text.push_str(crate::plan::OUTPUT_FOLDER),
        }
    }
    text
}

/// The names of a point and of its device.
struct At<'a> {
    axes: &'a [(Name, AxisValue)],
    facts: &'a DeviceFacts,
}

impl Scope for At<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.axes.iter().find(|(axis, _)| axis.as_str() == name) {
            return Some(value.into());
        }
        match name {
            "sm_count" => Some(Value::Integer(self.facts.sm_count)),
            "l2_bytes" => Some(Value::Integer(self.facts.l2_bytes)),
            "warp_size" => Some(Value::Integer(self.facts.warp_size)),
            "shared_bytes" => i64::try_from(self.facts.max_shared)
                .ok()
                .map(Value::Integer),
            "compute_capability" => Some(Value::Integer(self.facts.capability_number())),
            _ => None,
        }
    }

    fn names(&self) -> Vec<String> {
        let axes = self.axes.iter().map(|(name, _)| name.as_str());
        axes.chain(DEVICE_FACTS).map(str::to_owned).collect()
    }
}
