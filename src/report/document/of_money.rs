//! From a statement of money and goals to a document's.

use std::collections::HashMap;

use super::{Bound, CaseEntry, CostEntry, Document, GoalEntry, MonthEntry, PriceEntry, Range};
use crate::finance::{GoalResult, Item, MoneyMonth, Statement, UnitCost, inputs, terms};
use crate::id::CaseId;
use crate::record::Price;
use crate::stats::Interval;

impl Document {
    /// Takes what a run costs, and whether it reaches its goals.
    pub(super) fn take_statement(&mut self, statement: &Statement) {
        self.price = statement.price.as_ref().map(PriceEntry::from);
        let months = statement.months.iter();
        let months: HashMap<(&str, &str), &MoneyMonth> = months
            .map(|month| ((month.case.as_str(), month.metric.as_str()), month))
            .collect();
        for case in &mut self.cases {
            let id = CaseId::from_text(case.id.as_str());
            if let Some(units) = statement.costs.get(&id) {
                case.take_costs(units);
            }
            for judgement in &mut case.judgements {
                let month = months.get(&(case.id.as_str(), judgement.metric.as_str()));
                judgement.month = month.map(|month| MonthEntry::from(*month));
            }
        }
        let currency = statement.price.as_ref();
        let currency = currency.map_or("", |price| price.currency.as_str());
        let goals = statement.goals.iter();
        self.goals = goals.map(|goal| GoalEntry::of(goal, currency)).collect();
    }
}

impl CaseEntry {
    /// Takes the cost of its items, else of its executions, and beside that of its tokens.
    fn take_costs(&mut self, units: &[UnitCost]) {
        let of = |item: Item| units.iter().find(|unit| unit.item == item);
        let own = of(Item::Items).or(of(Item::Executions));
        self.cost = own.map(CostEntry::from);
        self.token_cost = of(Item::Tokens).map(CostEntry::from);
    }
}

impl From<&Price> for PriceEntry {
    fn from(price: &Price) -> Self {
        Self {
            currency: price.currency.clone(),
            gpu_hour: price.gpu_hour,
            energy_kwh: price.energy_kwh,
            source: price.source.clone(),
            date: price.date.map(|date| date.to_string()),
            inputs: inputs(price),
            terms: terms(price),
        }
    }
}

impl From<&UnitCost> for CostEntry {
    fn from(unit: &UnitCost) -> Self {
        let per_million = unit.per_million.and_then(|cost| cost.interval);
        Self {
            per_item: unit.per_item.map(|cost| cost.value),
            per_million_items: unit.per_million.map(|cost| cost.value),
            per_million_interval: per_million.and_then(range),
            joules_per_item: unit.joules_per_item.map(|joules| joules.value),
            items_per_second: unit.per_second_per_gpu.map(|rate| rate.value),
            item: unit.item.name().to_owned(),
        }
    }
}

impl From<&MoneyMonth> for MonthEntry {
    fn from(month: &MoneyMonth) -> Self {
        let Interval { low, high } = month.interval;
        Self {
            estimate: month.estimate,
            interval: Range { low, high },
            volume: month.volume.clone(),
        }
    }
}

/// An interval with two ends.
pub(super) fn range(interval: Interval) -> Option<Range> {
    let Interval { low, high } = interval;
    (low.is_finite() && high.is_finite()).then_some(Range { low, high })
}

impl GoalEntry {
    fn of(result: &GoalResult, currency: &str) -> Self {
        let goal = &result.goal;
        let show = |amount: f64| result.show(amount, currency);
        let bound = |side, bound: Option<f64>| {
            let value = show(bound?);
            Some(Bound { side, value })
        };
        let sides = [
            bound("at-least", goal.at_least),
            bound("at-most", goal.at_most),
        ];
        let relative = goal.of.as_ref().map(|of| format!("relative to {of}"));
        Self {
            name: goal.name.clone(),
            status: result.status.key(),
            case: result.case.as_ref().map(ToString::to_string),
            metric: goal.metric.clone(),
            value: result.value.map(|value| show(value.value)),
            interval: result
                .value
                .and_then(|value| value.interval)
                .map(|interval| format!("{} to {}", show(interval.low), show(interval.high))),
            bounds: sides.into_iter().flatten().collect(),
            headroom: result.headroom,
            why: result.why.clone().or(relative),
            owner: goal.owner.clone(),
            kpi: goal.kpi.clone(),
            due: goal.due.map(|day| day.to_string()),
        }
    }
}
