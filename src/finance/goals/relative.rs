//! Relative goals: how many times as much as another case, or as the baseline.

use super::value::{Found, Values};
use crate::finance::price::{energy_price, gpu_price};
use crate::finance::{Estimate, Item};
use crate::record::{BASELINE, CaseHeader, GoalMetric, GoalUnit, Unit};
use crate::stats::Interval;
use crate::verdict::Judgement;

/// `metric` of `case` over that of `of`.
pub fn of(values: &Values<'_>, case: &CaseHeader, metric: &str, of: &str) -> Found {
    let (own, unit) = values.of(case, metric)?;
    let factor = if of == BASELINE {
        of_baseline(values, case, metric)?
    } else {
        let other = values.case(of);
        let other = other.ok_or_else(|| format!("this run has no case {of}"))?;
        let (other, its_unit) = values
            .of(other, metric)
            .map_err(|why| format!("{of}: {why}"))?;
        if unit != its_unit {
            return Err(format!("`{metric}` has another unit in {of}"));
        }
        own.over(other)
            .ok_or_else(|| format!("`{metric}` of {of} is 0"))?
    };
    Ok((factor, GoalUnit::Factor))
}

/// How many times as much as in what the run was compared with: the change that verdicts rest on, and what follows
/// from it.
fn of_baseline(values: &Values<'_>, case: &CaseHeader, metric: &str) -> Result<Estimate, String> {
    let Some(built_in) = GoalMetric::named(metric).filter(|_| is_derived(values, case, metric))
    else {
        return change(values, case, metric);
    };
    let inverse = |estimate: Estimate| estimate.under(1.0).ok_or_else(unsound);
    match built_in {
        GoalMetric::Throughput
        | GoalMetric::Bandwidth
        | GoalMetric::Flops
        | GoalMetric::ItemsPerSecond
        | GoalMetric::CeilingFraction => inverse(change(values, case, "time")?),
        GoalMetric::EnergyPerItem => change(values, case, "energy"),
        GoalMetric::TokensPerSecond => tokens(values, case),
        GoalMetric::CostPerExecution
        | GoalMetric::CostPerItem
        | GoalMetric::CostPerMillionItems => cost(values, case),
        GoalMetric::CostPerMillionTokens => {
            let unit = values.unit_cost(case, Item::Tokens)?;
            let price = values.basis.header.cost.as_ref();
            if unit.joules_per_item.is_some() && price.and_then(energy_price).is_some() {
                return Err("a token's energy is not compared with the base".to_owned());
            }
            inverse(tokens(values, case)?)
        }
        GoalMetric::Median | GoalMetric::P5 | GoalMetric::P95 | GoalMetric::P99 => Err(format!(
            "`{metric}` is not compared with a base: name `time`, or another case"
        )),
        _ => Err(format!("`{metric}` is not compared with a base")),
    }
}

/// Whether the metric follows from others, and the case has no series of that name.
fn is_derived(values: &Values<'_>, case: &CaseHeader, metric: &str) -> bool {
    let figures = values.figures(case);
    figures.is_ok_and(|figures| figures.metric(metric).is_none())
}

/// How many times as much a judged metric is.
fn change(values: &Values<'_>, case: &CaseHeader, metric: &str) -> Result<Estimate, String> {
    if values.basis.compared.is_none() {
        return Err("nothing was compared: give a base, as in --compare origin/main".to_owned());
    }
    let judgement = values.judgement(case, metric);
    let judgement = judgement.ok_or_else(|| format!("`{metric}` is not compared with a base"))?;
    ratio(judgement).ok_or_else(|| {
        let reason = judgement.reasons.first();
        let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        format!("`{metric}` is {}{reason}", judgement.verdict)
    })
}

fn ratio(judgement: &Judgement) -> Option<Estimate> {
    let change = judgement.change?;
    let interval = Interval {
        low: 1.0 + change.interval.low,
        high: 1.0 + change.interval.high,
    };
    Estimate::new(1.0 + change.estimate, Some(interval))
}

/// How many times as many tokens a second.
fn tokens(values: &Values<'_>, case: &CaseHeader) -> Result<Estimate, String> {
    let tokens = change(values, case, "tokens")?;
    let figures = values.figures(case)?;
    let unit = figures.metric("tokens").map(|metric| metric.unit);
    if unit == Some(Unit::PerSecond) {
        return Ok(tokens);
    }
    let time = change(values, case, "time")?;
    tokens.over(time).ok_or_else(unsound)
}

/// How many times as much an execution costs: the changes of time and energy, weighed by what each cost in the base.
fn cost(values: &Values<'_>, case: &CaseHeader) -> Result<Estimate, String> {
    let time = change(values, case, "time")?;
    let price = values.basis.header.cost.as_ref();
    let joule = price.and_then(energy_price);
    let measured = values.figures(case)?.joules();
    let (Some(price), Some(joule), Some(_)) = (price, joule, measured) else {
        return Ok(time);
    };
    let energy = change(values, case, "energy")?;
    let base = |metric: &str| {
        let judgement = values.judgement(case, metric);
        judgement.and_then(|judgement| judgement.base.mean)
    };
    let seconds = base("time").map(|ns| ns * 1e-9 * gpu_price(price));
    let joules = base("energy").map(|joules| joules * joule);
    let (seconds, joules) = seconds.zip(joules).ok_or_else(unsound)?;
    let whole = seconds + joules;
    let parts = time
        .times(seconds / whole)
        .zip(energy.times(joules / whole));
    parts
        .and_then(|(time, energy)| time.plus(energy))
        .ok_or_else(unsound)
}

fn unsound() -> String {
    "the change is no number".to_owned()
}
