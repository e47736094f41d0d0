//! What a report says of money and goals.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Place, Range};

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
    /// All of that in words: `2.99 USD a GPU hour (list price, 2026-11-01), GPU share 1, PUE 1`.
    pub terms: String,
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
    /// Its place, from 1.
    pub rank: usize,
    /// The case, how near it is to its ceiling, what limits it and what closing the gap saves, in one line.
    pub title: String,
    /// The case's id.
    pub case: String,
    /// Where the workload stands.
    pub place: Place,
    /// A command line that measures the case again.
    pub reproduce: String,
    /// Nanoseconds of an execution.
    pub time_ns: f64,
    /// Nanoseconds of an execution at the ceiling.
    pub ceiling_ns: f64,
    /// Nanoseconds an execution takes more than at the ceiling.
    pub gap_ns: f64,
    /// Its 99 % interval, which is that of the time; null for one process.
    pub gap_interval: Option<Range>,
    /// The share of its time that is.
    pub gap: f64,
    /// The gap's share of the time that all measured cases take together, an execution each.
    pub of_suite: f64,
    /// The ceiling that binds it.
    pub ceiling: Option<String>,
    /// How near it comes to that, as a share.
    pub ceiling_fraction: f64,
    /// By what it is ranked: `money` a month, `hours` a month where the suite states no price, or `time`, its share of
    /// the suite's, where the workload states no volume.
    pub ranked_by: &'static str,
    /// The volume that savings rest on, as the suite states it: `2e6 / day`.
    pub volume: Option<String>,
    /// Hours of execution a month that closing the gap saves, where the workload states its volume.
    pub hours_a_month: Option<f64>,
    /// Their 99 % interval.
    pub hours_interval: Option<Range>,
    /// Money a month that closing the gap saves, where the workload states its volume and the suite a price.
    pub saves_a_month: Option<f64>,
    /// Its 99 % interval.
    pub saves_interval: Option<Range>,
    /// What limits it, as far as the record says: `memory bound`, `occupancy`, or `unknown`.
    pub limits: Vec<String>,
    /// The evidence for each of them, in words.
    pub evidence: Vec<String>,
    /// What the suite's author knows of the workload (`note`): what limits it, what is missing.
    pub note: Option<String>,
}

/// Measured cases that the backlog leaves out for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LeftOutEntry {
    /// The reason.
    pub why: String,
    /// The cases' ids, in the order of the plan.
    pub cases: Vec<String>,
}
