//! Gauges of what is stated of a run: unit costs, goals, verdicts.

use std::collections::BTreeMap;

use super::gauges::Gauges;
use crate::finance::{Estimate, GoalResult, Statement, Status, UnitCost};
use crate::id::CaseId;
use crate::verdict::{Judgement, Verdict};

/// What a case's unit costs in money and energy, and the price that money rests on.
pub(super) fn of_costs(gauges: &mut Gauges, run: &[(&str, &str)], statement: &Statement) {
    let currency = statement.price.as_ref().map(|price| &price.currency);
    let currency = currency.map_or("", String::as_str);
    for (case, costs) in &statement.costs {
        for cost in costs {
            of_cost(gauges, run, (case, currency), cost);
        }
    }
    let Some(price) = &statement.price else {
        return;
    };
    let date = price.date.map(|date| date.to_string()).unwrap_or_default();
    let source = price.source.as_deref().unwrap_or_default();
    let of_price = [("currency", currency), ("source", source), ("date", &date)];
    let labels = [run, &of_price].concat();
    let help = "What an hour of one GPU costs, in the currency that the label names.";
    gauges.set("warpmark_run_gpu_hour_price", help, &labels, price.gpu_hour);
}

fn of_cost(
    gauges: &mut Gauges,
    run: &[(&str, &str)],
    (case, currency): (&CaseId, &str),
    cost: &UnitCost,
) {
    let of_case = [("case", case.as_str()), ("item", cost.item.name())];
    let labels = [run, &of_case].concat();
    let priced = [&labels[..], &[("currency", currency)]].concat();
    let money = "what a million of a case's items cost, in the currency that the label names";
    let name = ("warpmark_case_cost_per_million", "");
    if let Some(Estimate { value, interval }) = cost.per_million {
        gauges.set_mean(name, money, &priced, (value, interval));
    }
    let joules = "joules of one of a case's items at the GPU";
    let name = ("warpmark_case_energy_per_item", "_joules");
    if let Some(Estimate { value, interval }) = cost.joules_per_item {
        gauges.set_mean(name, joules, &labels, (value, interval));
    }
}

/// How many goals are met, and each with its room. `goals` has missed ones first, so of goals that have all labels in
/// common the worst is shown.
pub(super) fn of_goals(gauges: &mut Gauges, run: &[(&str, &str)], goals: &[GoalResult]) {
    for result in goals {
        let goal = [
            ("goal", result.goal.name.as_str()),
            ("case", result.case.as_ref().map_or("", CaseId::as_str)),
            ("metric", result.goal.metric.as_str()),
        ];
        let labels = [run, &goal].concat();
        for status in Status::ALL {
            let help = "1 for what came of a goal at a case, 0 for what did not.";
            let labels = [&labels[..], &[("status", status.key())]].concat();
            let holds = f64::from(u8::from(status == result.status));
            gauges.set("warpmark_goal_status", help, &labels, holds);
        }
        if let Some(headroom) = result.headroom {
            let help =
                "The room that a goal leaves at a case as a share of its bound; below 0 beyond it.";
            gauges.set("warpmark_goal_headroom_ratio", help, &labels, headroom);
        }
    }
    if goals.is_empty() {
        return;
    }
    for status in Status::ALL {
        let count = goals.iter().filter(|goal| goal.status == status).count();
        let labels = [run, &[("status", status.key())]].concat();
        let help = "Goals of the run, at each case, by what came of them.";
        gauges.set("warpmark_run_goals", help, &labels, count as f64);
    }
}

/// How many judgements have which verdict, the shares that say how far to trust the run, and each case's verdict.
pub(super) fn of_verdicts(gauges: &mut Gauges, run: &[(&str, &str)], judgements: &[Judgement]) {
    let mut counts: BTreeMap<&str, usize> = Verdict::ALL.map(|verdict| (verdict.name(), 0)).into();
    for judgement in judgements {
        *counts.entry(judgement.verdict.name()).or_default() += 1;
        let labels = [
            run,
            &[
                ("case", judgement.id.as_str()),
                ("metric", judgement.metric.as_str()),
                ("verdict", judgement.verdict.name()),
            ],
        ]
        .concat();
        let help = "1 for the verdict on a metric of a case.";
        gauges.set("warpmark_case_verdict", help, &labels, 1.0);
    }
    for (verdict, count) in &counts {
        let labels = [run, &[("verdict", *verdict)]].concat();
        let help = "Judgements of the exported run by verdict.";
        gauges.set("warpmark_run_verdicts", help, &labels, *count as f64);
    }
    if judgements.is_empty() {
        return;
    }
    for verdict in [Verdict::Suspect, Verdict::Inconclusive] {
        let share = counts[verdict.name()] as f64 / judgements.len() as f64;
        let name = format!("warpmark_run_{}_ratio", verdict.name());
        let help = format!("Judgements that are {}, as a share of all.", verdict.name());
        gauges.set(&name, &help, run, share);
    }
}
