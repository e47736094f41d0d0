//! Gauges of costs and goals.

use super::{Base, Gauges, Labels, Sources, of_run, with};
use crate::finance::{Estimate, GoalResult, Status, UnitCost};

pub(super) fn add(gauges: &mut Gauges, sources: &Sources<'_>) {
    let labels = of_run(sources);
    let statement = sources.statement;
    let currency = statement
        .price
        .as_ref()
        .map(|price| price.currency.as_str());
    for (id, costs) in &statement.costs {
        let labels = with(&labels, &[("case", id.as_str())]);
        for cost in costs {
            of_unit(gauges, &labels, cost, currency);
        }
    }
    for goal in &statement.goals {
        of_goal(gauges, &labels, goal);
    }
}

fn of_unit(gauges: &mut Gauges, labels: &Labels, cost: &UnitCost, currency: Option<&str>) {
    let labels = with(labels, &[("item", cost.item.name())]);
    if let (Some(money), Some(currency)) = (cost.per_million, currency) {
        let labels = with(&labels, &[("currency", currency)]);
        let words = "Cost of a million items of a case, in the currency that the label names";
        estimate(
            gauges,
            ("case.cost_per_million", Base::Number, words),
            &labels,
            money,
        );
    }
    if let Some(joules) = cost.joules_per_item {
        let words = "Energy of an item of a case at the GPU";
        estimate(
            gauges,
            ("case.energy_per_item", Base::Joules, words),
            &labels,
            joules,
        );
    }
}

/// A figure and the ends of its interval; an end that is infinite is left out.
fn estimate(
    gauges: &mut Gauges,
    (name, unit, words): (&str, Base, &str),
    labels: &Labels,
    estimate: Estimate,
) {
    let low = estimate.interval.map(|interval| interval.low);
    let high = estimate.interval.map(|interval| interval.high);
    let ends = [
        ("", "", Some(estimate.value)),
        (".interval_low", ": lower end of its 99 % interval", low),
        (".interval_high", ": upper end of its 99 % interval", high),
    ];
    for (end, which, value) in ends {
        if let Some(value) = value {
            let help = format!("{words}{which}.");
            gauges.set(
                (&format!("{name}{end}"), unit, &help),
                labels.clone(),
                value,
            );
        }
    }
}

fn of_goal(gauges: &mut Gauges, labels: &Labels, result: &GoalResult) {
    let goal = &result.goal;
    let case = result
        .case
        .as_ref()
        .map_or(goal.case.as_str(), |case| case.as_str());
    let labels = with(
        labels,
        &[
            ("goal", goal.name.as_str()),
            ("case", case),
            ("metric", goal.metric.as_str()),
            ("owner", goal.owner.as_deref().unwrap_or_default()),
        ],
    );
    let help = "What came of a goal: 1 for its status, 0 for the others.";
    for status in Status::ALL {
        let is_it = f64::from(u8::from(status == result.status));
        let labels = with(&labels, &[("status", status.key())]);
        gauges.set(("goal.status", Base::Number, help), labels, is_it);
    }
    if let Some(headroom) = result.headroom {
        let help =
            "The room that a goal leaves as a share of its bound; below 0 where it is missed.";
        gauges.set(("goal.headroom", Base::Ratio, help), labels, headroom);
    }
}
