//! Costs and goals as JSON.

use serde::Serialize;

use crate::finance::{Estimate, GoalResult, MoneyMonth, Statement, Status, UnitCost};
use crate::id::CaseId;
use crate::record::{GoalUnit, Price, Unit};
use crate::stats::Interval;

/// The keys `cost` and `goals`.
#[derive(Serialize)]
pub(super) struct Money<'a> {
    cost: Option<Cost<'a>>,
    goals: Vec<Goal<'a>>,
}

#[derive(Serialize)]
struct Cost<'a> {
    currency: &'a str,
    gpu_hour: f64,
    energy_kwh: Option<f64>,
    source: Option<&'a str>,
    date: Option<jiff::civil::Date>,
    gpu_share: f64,
    utilisation_share: f64,
    pue: f64,
    cases: Vec<Case<'a>>,
    months: &'a [MoneyMonth],
}

#[derive(Serialize)]
struct Case<'a> {
    case: &'a CaseId,
    units: &'a [UnitCost],
}

#[derive(Serialize)]
struct Goal<'a> {
    name: &'a str,
    case: Option<&'a CaseId>,
    metric: &'a str,
    unit: &'a str,
    status: Status,
    value: Option<f64>,
    interval: Option<Interval>,
    at_least: Option<f64>,
    at_most: Option<f64>,
    of: Option<&'a str>,
    headroom: Option<f64>,
    why: Option<&'a str>,
    owner: Option<&'a str>,
    kpi: Option<&'a str>,
    due: Option<jiff::civil::Date>,
}

impl<'a> Money<'a> {
    pub(super) fn of(statement: &'a Statement) -> Self {
        let price = statement.price.as_ref();
        Self {
            cost: price.map(|price| Cost::of(price, statement)),
            goals: statement
                .goals
                .iter()
                .map(|result| Goal::of(result, price))
                .collect(),
        }
    }
}

impl<'a> Cost<'a> {
    fn of(price: &'a Price, statement: &'a Statement) -> Self {
        let cases = statement.costs.iter();
        Self {
            currency: &price.currency,
            gpu_hour: price.gpu_hour,
            energy_kwh: price.energy_kwh,
            source: price.source.as_deref(),
            date: price.date,
            gpu_share: price.gpu_share,
            utilisation_share: price.utilisation_share,
            pue: price.pue,
            cases: cases.map(|(case, units)| Case { case, units }).collect(),
            months: &statement.months,
        }
    }
}

impl<'a> Goal<'a> {
    fn of(result: &'a GoalResult, price: Option<&'a Price>) -> Self {
        let goal = &result.goal;
        let interval = result.value.and_then(|value: Estimate| value.interval);
        Self {
            name: &goal.name,
            case: result.case.as_ref(),
            metric: &goal.metric,
            unit: unit(result.unit, price),
            status: result.status,
            value: result.value.map(|value| value.value),
            interval,
            at_least: goal.at_least,
            at_most: goal.at_most,
            of: goal.of.as_deref(),
            headroom: result.headroom,
            why: result.why.as_deref(),
            owner: goal.owner.as_deref(),
            kpi: goal.kpi.as_deref(),
            due: goal.due,
        }
    }
}

/// The unit's name as metrics have it, the currency's code for money, `factor` for a relative goal.
fn unit(unit: GoalUnit, price: Option<&Price>) -> &str {
    match unit {
        GoalUnit::Of(Unit::Nanoseconds) => "ns",
        GoalUnit::Of(Unit::Bytes) => "bytes",
        GoalUnit::Of(Unit::Joules) => "joules",
        GoalUnit::Of(Unit::Count) => "count",
        GoalUnit::Of(Unit::PerSecond) => "per-second",
        GoalUnit::Of(Unit::Megahertz) => "MHz",
        GoalUnit::Of(Unit::Watts) => "watts",
        GoalUnit::Of(Unit::Ratio) => "ratio",
        GoalUnit::BytesPerSecond => "bytes-per-second",
        GoalUnit::FlopsPerSecond => "flops-per-second",
        GoalUnit::Money => price.map_or("money", |price| price.currency.as_str()),
        GoalUnit::Factor => "factor",
    }
}
