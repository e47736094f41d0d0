//! What a report says of money, goals and what to do next.

use schemars::JsonSchema;
use serde::Serialize;

use super::Range;

/// The price that costs rest on.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PriceEntry {
    /// The currency's code: `USD`.
    pub currency: String,
    /// The price of an hour of one GPU.
    pub gpu_hour: f64,
    /// The price of a kilowatt hour, where the suite states one.
    pub energy_kwh: Option<f64>,
    /// Where the price is from.
    pub source: Option<String>,
    /// The day on which it was true.
    pub date: Option<String>,
    /// The inputs beside it, in words: `GPU share 1, PUE 1`.
    pub inputs: String,
}

/// What a case costs, in the price's currency.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CostEntry {
    /// The cost of an item; of an execution where the suite states no items.
    pub per_item: Option<f64>,
    /// The cost of a million items.
    pub per_million_items: Option<f64>,
    /// Its 99 % interval.
    pub per_million_interval: Option<Range>,
    /// Joules an item.
    pub joules_per_item: Option<f64>,
    /// Items a second and GPU.
    pub items_per_second: Option<f64>,
    /// What an item is, in words: `items`, `tokens`, `executions`.
    pub item: String,
}

/// Money a month.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MonthEntry {
    /// More (or, below 0, less) money a month.
    pub estimate: f64,
    /// Its 99 % interval.
    pub interval: Range,
    /// The volume it rests on, as the suite states it: `2e6 / day`.
    pub volume: String,
}

/// A goal at one case.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GoalEntry {
    /// The goal's name.
    pub name: String,
    /// `met`, `missed`, `at-risk` or `unknown`.
    pub status: &'static str,
    /// The case; null where no case matches.
    pub case: Option<String>,
    /// The metric.
    pub metric: String,
    /// Its value, in words with its unit.
    pub value: Option<String>,
    /// The value's 99 % interval, in words; null for one process.
    pub interval: Option<String>,
    /// The bounds.
    pub bounds: Vec<Bound>,
    /// The room that is left as a share of the bound; below 0 where it is missed.
    pub headroom: Option<f64>,
    /// Why it is unknown, or what it is relative to.
    pub why: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The figure of the business that it serves.
    pub kpi: Option<String>,
    /// The day by which it is to be met.
    pub due: Option<String>,
}

/// A bound of a goal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Bound {
    /// `at-least` or `at-most`.
    pub side: &'static str,
    /// The bound, in words with its unit.
    pub value: String,
}

/// A case whose gap to the ceiling is worth closing.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BacklogEntry {
    /// The case's id.
    pub case: String,
    /// Nanoseconds an execution takes more than at the ceiling.
    pub gap_ns: f64,
    /// The share of its time that is.
    pub gap: f64,
    /// The ceiling that binds it.
    pub ceiling: Option<String>,
    /// Money a month that closing the gap saves, where the workload states its volume and the suite a price.
    pub saves_a_month: Option<f64>,
    /// What limits it, as far as the record says: `memory bound`, `occupancy`.
    pub limits: Vec<String>,
    /// The evidence for each of them, in words.
    pub evidence: Vec<String>,
}

/// A regression that is known.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AcknowledgedEntry {
    /// The last day on which it is quiet.
    pub until: String,
    /// Where it is tracked.
    pub ticket: Option<String>,
    /// Why it is accepted for now.
    pub reason: String,
    /// Whether that day is over.
    pub over: bool,
}
