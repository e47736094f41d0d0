//! What a suite says of prices, volumes and goals; it stands in the header, so that a report needs the record alone.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{GoalUnit, Unit};

/// The word that makes a goal relative to what the run was compared with.
pub const BASELINE: &str = "baseline";

/// What an hour of a GPU costs, and what goes with it: the suite's `[cost]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// The currency's code: `USD`.
    pub currency: String,
    /// The price of an hour of one GPU.
    pub gpu_hour: f64,
    /// The price of a kilowatt hour, where the hour's price doesn't hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_kwh: Option<f64>,
    /// Where the prices are from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The day on which they were true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// GPUs that a case occupies while it runs: 0.5 is half of one, 8 are eight.
    #[serde(default = "one")]
    pub gpu_share: f64,
    /// The share of paid hours in which the GPU works, above 0, 1 at most: the others are paid by these.
    #[serde(default = "one")]
    pub utilisation_share: f64,
    /// Power usage effectiveness: energy of the whole site for each joule of its machines, 1 at least
    /// (ISO/IEC 30134-2).
    #[serde(default = "one")]
    pub pue: f64,
}

fn one() -> f64 {
    1.0
}

/// How much of a workload is asked for where it is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Items a second; executions where the suite states no items.
    pub per_second: f64,
    /// As the suite states it: `2e6 / day`.
    pub text: String,
}

/// Something that a metric of some cases is to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    /// The name for people.
    pub name: String,
    /// A glob on case ids.
    pub case: String,
    /// The metric: a [`GoalMetric`](super::GoalMetric), or one of the workload's.
    pub metric: String,
    /// The bound below, in the metric's base unit; a factor where the goal is relative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The bound above, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// What the bounds were written as; a plain number where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<Written>,
    /// What it is relative to: [`BASELINE`], or the id of another case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The figure of the business that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kpi: Option<String>,
    /// The day by which it is to be met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
}

/// What a bound was written as, where that is no plain number: it then fits some units only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Written {
    /// A duration, `"50ms"`: it holds nanoseconds.
    Duration,
    /// A size, `"2GiB"`: it holds bytes.
    Size,
    /// A share, `"90%"`.
    Share,
}

impl Written {
    /// In words: `a duration`.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::Size => "a size",
            Self::Share => "a share",
        }
    }

    /// Whether a value in `unit` can be held against it.
    pub fn fits(self, unit: GoalUnit) -> bool {
        match self {
            Self::Duration => unit == GoalUnit::Of(Unit::Nanoseconds),
            Self::Size => unit == GoalUnit::Of(Unit::Bytes),
            Self::Share => matches!(unit, GoalUnit::Of(Unit::Ratio) | GoalUnit::Factor),
        }
    }
}
