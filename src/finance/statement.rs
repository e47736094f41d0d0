//! All that a report says of a run's money and goals.

use std::collections::{BTreeMap, HashMap};

use super::{Figures, GoalResult, MoneyMonth, UnitCost, evaluate, money_a_month, unit_costs};
use crate::id::CaseId;
use crate::record::{CaseHeader, Header, Price};
use crate::stats::Ceilings;
use crate::verdict::Judgement;

/// What a statement rests on.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The run's header, with its prices, goals and volumes.
    pub header: &'a Header,
    /// The figures of its cases.
    pub figures: &'a BTreeMap<CaseId, Figures>,
    /// The measured ceilings of its machine.
    pub ceilings: &'a Ceilings,
    /// What was decided, where it was compared.
    pub compared: Option<&'a [Judgement]>,
}

/// Money and goals of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statement {
    /// The price that costs rest on.
    pub price: Option<Price>,
    /// What the units of each measured case cost.
    pub costs: BTreeMap<CaseId, Vec<UnitCost>>,
    /// What changes mean a month, in the order of the judgements; empty without a volume, or a price.
    pub months: Vec<MoneyMonth>,
    /// The goals, missed ones first, a goal's cases in the order of the plan.
    pub goals: Vec<GoalResult>,
}

impl Statement {
    /// Whether a run with `header` has anything to state: a price, or a goal.
    pub fn is_asked(header: &Header) -> bool {
        header.cost.is_some() || !header.goals.is_empty()
    }

    /// The statement of a run. Unit costs hold energy and rates also where there is no price.
    pub fn of(basis: &Basis<'_>) -> Self {
        let header = basis.header;
        let price = header.cost.as_ref();
        let mut costs = BTreeMap::new();
        for case in &header.cases {
            if let Some(figures) = basis.figures.get(&case.id) {
                let found = unit_costs(case, figures, price);
                if !found.is_empty() {
                    costs.insert(case.id.clone(), found);
                }
            }
        }
        Self {
            price: price.cloned(),
            months: months(basis),
            goals: evaluate(basis, &costs),
            costs,
        }
    }
}

fn months(basis: &Basis<'_>) -> Vec<MoneyMonth> {
    let header = basis.header;
    let Some(price) = &header.cost else {
        return Vec::new();
    };
    let cases: HashMap<&CaseId, &CaseHeader> =
        header.cases.iter().map(|case| (&case.id, case)).collect();
    let judgements = basis.compared.unwrap_or_default();
    let month = |judgement: &Judgement| {
        let case = cases.get(&judgement.id)?;
        let volume = header.volumes.get(&case.workload)?;
        money_a_month(judgement, case, volume, price)
    };
    judgements.iter().filter_map(month).collect()
}
