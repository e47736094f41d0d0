//! What a unit of a case's work costs: an item, a token, an execution.

use serde::Serialize;

use super::price::{energy_price, gpu_price};
use super::{Estimate, Figures};
use crate::record::{CaseHeader, Price, Unit};

/// The metric whose samples are tokens of an execution (`count`) or tokens a second (`per-second`).
const TOKENS: &str = "tokens";

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// What the suite states as `work.items`.
    Items,
    /// What a command reports as its metric `tokens`.
    Tokens,
    /// Executions of the case.
    Executions,
}

impl Item {
    /// The plural: `items`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Tokens => "tokens",
            Self::Executions => "executions",
        }
    }
}

/// The cost of a case's unit, in the currency of the suite's price, with the energy and the rate that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UnitCost {
    /// What is counted.
    pub item: Item,
    /// Money for one; none without a price.
    pub per_item: Option<Estimate>,
    /// Money for a million; none without a price.
    pub per_million: Option<Estimate>,
    /// Joules for one at the GPU, without PUE; none where energy was not measured.
    pub joules_per_item: Option<Estimate>,
    /// So many a second and GPU while it works: the rate over the GPU share.
    pub per_second_per_gpu: Option<Estimate>,
}

/// A unit before it is priced.
struct Effort {
    item: Item,
    /// Seconds for one.
    seconds: Option<Estimate>,
    /// Joules for one.
    joules: Option<Estimate>,
}

/// The unit costs of a case: of its items where the suite states some, of its tokens where it reports some, and of its
/// executions; none where it has no time.
///
/// The time of an execution is the mean of all samples with its interval, and so is its energy. A unit costs its seconds
/// times the price of a second, and its joules times the price of a joule where energy has a price and was measured.
pub fn unit_costs(case: &CaseHeader, figures: &Figures, price: Option<&Price>) -> Vec<UnitCost> {
    let Some(seconds) = figures.seconds() else {
        return Vec::new();
    };
    let joules = figures.joules();
    let execution = Effort {
        item: Item::Executions,
        seconds: Some(seconds),
        joules,
    };
    let items = case.work.items.filter(|items| *items > 0.0);
    let items = items.map(|items| Effort {
        item: Item::Items,
        seconds: seconds.times(1.0 / items),
        joules: joules.and_then(|joules| joules.times(1.0 / items)),
    });
    let efforts = [items, tokens(figures, seconds, joules), Some(execution)];
    let found = efforts.into_iter().flatten();
    found.filter_map(|effort| effort.priced(price)).collect()
}

/// A token: of so many in an execution, or of so many a second.
fn tokens(figures: &Figures, seconds: Estimate, joules: Option<Estimate>) -> Option<Effort> {
    let metric = figures.metric(TOKENS)?;
    let tokens = metric.mean?;
    let (each, energy) = match metric.unit {
        Unit::Count => (
            seconds.over(tokens),
            joules.and_then(|joules| joules.over(tokens)),
        ),
        Unit::PerSecond => {
            let watts = joules.and_then(|joules| joules.over(seconds));
            (
                tokens.under(1.0),
                watts.and_then(|watts| watts.over(tokens)),
            )
        }
        _ => return None,
    };
    Some(Effort {
        item: Item::Tokens,
        seconds: each,
        joules: energy,
    })
}

impl Effort {
    fn priced(self, price: Option<&Price>) -> Option<UnitCost> {
        let seconds = self.seconds?;
        let per_item = price.and_then(|price| self.cost(seconds, price));
        let gpus = price.map_or(1.0, |price| price.gpu_share);
        Some(UnitCost {
            item: self.item,
            per_item,
            per_million: per_item.and_then(|cost| cost.times(1e6)),
            joules_per_item: self.joules,
            per_second_per_gpu: seconds.under(1.0 / gpus),
        })
    }

    /// Money for one.
    fn cost(&self, seconds: Estimate, price: &Price) -> Option<Estimate> {
        let time = seconds.times(gpu_price(price))?;
        match (self.joules, energy_price(price)) {
            (Some(joules), Some(joule)) => time.plus(joules.times(joule)?),
            _ => Some(time),
        }
    }
}
