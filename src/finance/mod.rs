//! What measurements cost and whether goals are reached: figures with their intervals, from a record alone.
//!
//! [`Figures`] are what costs and goals need of a case's samples. A [`Statement`] is all that a report says of money
//! and goals of a run: unit costs by case, the money a month that changes mean, goals with their status. Pure: values
//! in, values out; it reads no file and knows no date but those that the suite states.
//!
//! `docs/cost.md` says in words what is computed here, with an example to redo by hand.

mod estimate;
mod figures;
mod gap;
mod goals;
mod month;
mod price;
mod statement;
#[cfg(test)]
mod tests;
mod unit_cost;

pub use estimate::Estimate;
pub use figures::{Figures, MetricFigures};
pub use gap::{Gap, Saving, gaps};
pub use goals::{GoalResult, Status, evaluate, is_missed};
pub use month::{MoneyMonth, money_a_month};
pub use price::{SECONDS_A_MONTH, energy_price, gpu_price, inputs, terms};
pub use statement::{Basis, Statement};
pub use unit_cost::{Item, UnitCost, unit_costs};
