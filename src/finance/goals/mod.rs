//! Goals: each at every case that it matches, met, missed, at risk or unknown.

mod relative;
mod value;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Basis, Estimate, UnitCost};
use crate::id::CaseId;
use crate::plan::glob;
use crate::record::{CaseHeader, Goal, GoalUnit};
use crate::units::{money, si, significant};
use value::Values;

/// What came of a goal at a case, those that need attention first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All of the value's interval lies beyond a bound.
    Missed,
    /// The interval crosses a bound.
    AtRisk,
    /// There is no value, or no interval: why stands beside.
    Unknown,
    /// All of the interval lies within the bounds.
    Met,
}

impl Status {
    /// All of them, those that need attention first.
    pub const ALL: [Self; 4] = [Self::Missed, Self::AtRisk, Self::Unknown, Self::Met];

    /// In words: `at risk`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::AtRisk => "at risk",
            Self::Unknown => "unknown",
            Self::Met => "met",
        }
    }

    /// For programs: `at-risk`.
    pub fn key(self) -> &'static str {
        match self {
            Self::AtRisk => "at-risk",
            other => other.name(),
        }
    }
}

/// A goal at a case.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalResult {
    /// The goal.
    pub goal: Goal,
    /// The case; none where the run has no case that the goal matches.
    pub case: Option<CaseId>,
    /// What came of it.
    pub status: Status,
    /// The metric's value, or the factor where the goal is relative.
    pub value: Option<Estimate>,
    /// What value and bounds are measured in.
    pub unit: GoalUnit,
    /// The room that is left as a share of the bound, the smaller one of two; below 0 where the value is beyond it.
    pub headroom: Option<f64>,
    /// Why it is unknown.
    pub why: Option<String>,
}

impl GoalResult {
    /// An amount in the unit of the goal, for people: `12.34 ms`, `1.020 x`, `0.05000 USD`.
    pub fn show(&self, amount: f64, currency: &str) -> String {
        if amount == f64::INFINITY {
            return "no bound".to_owned();
        }
        match self.unit {
            GoalUnit::Of(unit) => unit.show(amount),
            GoalUnit::BytesPerSecond => si(amount, "B/s"),
            GoalUnit::FlopsPerSecond => si(amount, "FLOP/s"),
            GoalUnit::Money => money(amount, currency),
            GoalUnit::Factor => format!("{} x", significant(amount)),
        }
    }

    /// What it is relative to, in words: `baseline`, or a case's id.
    pub fn relative_to(&self) -> Option<&str> {
        self.goal.of.as_deref()
    }

    /// The bounds for people: `at most 50.00 ms`, `at least 1.000 x baseline`.
    pub fn bounds(&self, currency: &str) -> String {
        let of = self.relative_to().map(|of| format!(" {of}"));
        let of = of.unwrap_or_default();
        let words = [
            ("at least", self.goal.at_least),
            ("at most", self.goal.at_most),
        ];
        let said: Vec<String> = words
            .into_iter()
            .filter_map(|(words, bound)| Some(format!("{words} {}", self.show(bound?, currency))))
            .collect();
        format!("{}{of}", said.join(", "))
    }
}

/// Every goal of the run at every case that it matches, missed ones first; `costs` are the unit costs of its cases.
pub fn evaluate(basis: &Basis<'_>, costs: &BTreeMap<CaseId, Vec<UnitCost>>) -> Vec<GoalResult> {
    let values = Values::new(basis, costs);
    let mut results = Vec::new();
    for goal in &basis.header.goals {
        let before = results.len();
        let cases = basis.header.cases.iter();
        let matching = cases.filter(|case| glob(&goal.case, case.id.as_str()));
        results.extend(matching.map(|case| at(goal, case, &values)));
        if results.len() == before {
            results.push(nowhere(goal, basis));
        }
    }
    results.sort_by_key(|result| result.status);
    results
}

/// Whether a goal of `results` is missed.
pub fn is_missed(results: &[GoalResult]) -> bool {
    results.iter().any(|result| result.status == Status::Missed)
}

/// A goal that matches no case.
fn nowhere(goal: &Goal, basis: &Basis<'_>) -> GoalResult {
    let mut why = format!("no case of this run matches {:?}", goal.case);
    if !basis.header.filters.is_empty() {
        why.push_str(", and it measured a part of the suite");
    }
    GoalResult {
        unit: value::expected_unit(goal),
        goal: goal.clone(),
        case: None,
        status: Status::Unknown,
        value: None,
        headroom: None,
        why: Some(why),
    }
}

/// A goal at a case.
fn at(goal: &Goal, case: &CaseHeader, values: &Values<'_>) -> GoalResult {
    let found = match goal.of.as_deref() {
        None => values.of(case, &goal.metric),
        Some(of) => relative::of(values, case, &goal.metric, of),
    };
    let mut result = GoalResult {
        goal: goal.clone(),
        case: Some(case.id.clone()),
        status: Status::Unknown,
        value: None,
        unit: value::expected_unit(goal),
        headroom: None,
        why: None,
    };
    match found {
        Ok((value, unit)) => result.judge(value, unit),
        Err(why) => result.why = Some(why),
    }
    result
}

impl GoalResult {
    /// Takes up the value, and holds it against the bounds.
    fn judge(&mut self, value: Estimate, unit: GoalUnit) {
        self.unit = unit;
        self.value = Some(value);
        if let Some(written) = self.goal.written.filter(|written| !written.fits(unit)) {
            let (words, metric) = (written.in_words(), &self.goal.metric);
            self.why = Some(format!("the bound is {words}, and `{metric}` is none"));
            return;
        }
        let (least, most) = (self.goal.at_least, self.goal.at_most);
        self.headroom = headroom(value.value, least, most);
        let Some(interval) = value.interval else {
            let why = "one process gives no interval: measure in two or more";
            self.why = Some(why.to_owned());
            return;
        };
        let least = least.unwrap_or(f64::NEG_INFINITY);
        let most = most.unwrap_or(f64::INFINITY);
        self.status = if interval.high < least || interval.low > most {
            Status::Missed
        } else if interval.low < least || interval.high > most {
            Status::AtRisk
        } else {
            Status::Met
        };
    }
}

/// The room between a value and its bounds as a share of the bound, the smaller one; none under a bound of 0.
fn headroom(value: f64, least: Option<f64>, most: Option<f64>) -> Option<f64> {
    let below = most.map(|most| (most - value) / most);
    let above = least.map(|least| (value - least) / least);
    let rooms = below.into_iter().chain(above);
    rooms.filter(|room| room.is_finite()).reduce(f64::min)
}
