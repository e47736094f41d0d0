//! Goals that are relative to another case, or to the baseline.

use serde_json::json;

use super::goals::{lab, only, rich};
use super::lab::{Lab, a_millisecond, is, judgement};
use crate::finance::Status;
use crate::record::{GoalUnit, Series, Unit};

#[test]
fn a_goal_is_a_factor_of_another_case() {
    let twice = a_millisecond();
    let twice: Vec<Vec<Series>> = twice
        .into_iter()
        .map(|process| vec![Series::time(vec![process[0].samples[0] * 2.0])])
        .collect();
    let both = || lab().case("b", &json!({}), &twice);
    let found = only(both(), "time", &json!({ "at_most": 0.6, "of": "b" }));
    is(found.value, 0.5);
    assert_eq!((found.unit, found.status), (GoalUnit::Factor, Status::Met));
    let found = only(both(), "time", &json!({ "at_most": 0.51, "of": "b" }));
    assert_eq!(found.status, Status::AtRisk);
    let found = only(both(), "throughput", &json!({ "at_least": 1.5, "of": "b" }));
    is(found.value, 2.0);
    let unknown = [
        (both(), "c", "this run has no case c"),
        (
            lab().case("b", &json!({}), &[]),
            "b",
            "b: it was not measured",
        ),
    ];
    for (lab, of, why) in unknown {
        let found = only(lab, "time", &json!({ "at_most": 1.0, "of": of }));
        assert_eq!(found.why.as_deref(), Some(why));
    }
}

/// A case that was compared: its time is 5 % more, its energy 2 % less, its tokens twice as many.
fn compared() -> Lab {
    let mut lab = rich();
    lab.judgements = Some(vec![
        judgement("a", ("time", Unit::Nanoseconds), 1e6, 0.05),
        judgement("a", ("energy", Unit::Joules), 2.0, -0.02),
        judgement("a", ("tokens", Unit::Count), 10.0, 1.0),
    ]);
    lab
}

#[test]
fn a_goal_is_a_factor_of_the_baseline() {
    let factor = |metric: &str| {
        only(
            compared(),
            metric,
            &json!({ "at_least": 0.1, "of": "baseline" }),
        )
    };
    let table = [
        ("time", 1.05),
        ("throughput", 1.0 / 1.05),
        ("bandwidth", 1.0 / 1.05),
        ("flops", 1.0 / 1.05),
        ("items-per-second", 1.0 / 1.05),
        ("ceiling-fraction", 1.0 / 1.05),
        ("energy", 0.98),
        ("energy-per-item", 0.98),
        ("tokens-per-second", 2.0 / 1.05),
        ("cost-per-execution", 1.05),
        ("cost-per-million-items", 1.05),
        ("cost-per-million-tokens", 1.05 / 2.0),
    ];
    for (metric, expected) in table {
        let found = factor(metric);
        is(found.value, expected);
        assert_eq!(found.status, Status::Met, "{metric}");
    }
    for metric in [
        "p99",
        "median",
        "occupancy",
        "power",
        "sm-activity",
        "user-time",
    ] {
        let found = factor(metric);
        assert_eq!(found.status, Status::Unknown, "{metric}");
        let why = found.why.expect("why");
        assert!(why.contains("is not compared with a base"), "{why}");
    }
    let found = only(rich(), "time", &json!({ "at_most": 1.0, "of": "baseline" }));
    assert!(
        found
            .why
            .is_some_and(|why| why.starts_with("nothing was compared"))
    );
}

#[test]
fn a_cost_with_energy_is_weighed_by_what_each_part_cost_in_the_base() {
    let mut lab = compared();
    lab.header.cost.as_mut().expect("a price").energy_kwh = Some(1.8);
    // 1 ms cost 1e-6 USD, and 2 J as much: half of the cost each.
    let bound = json!({ "at_most": 1.5, "of": "baseline" });
    let found = only(lab, "cost-per-item", &bound);
    is(found.value, f64::midpoint(1.05, 0.98));
    let mut lab = compared();
    lab.header.cost.as_mut().expect("a price").energy_kwh = Some(1.8);
    let found = only(lab, "cost-per-million-tokens", &bound);
    assert_eq!(found.status, Status::Unknown);
}

#[test]
fn what_was_not_computed_of_a_change_says_its_verdict() {
    let mut lab = compared();
    for judgement in lab.judgements.iter_mut().flatten() {
        judgement.change = None;
        judgement.verdict = crate::verdict::Verdict::New;
    }
    let found = only(
        lab,
        "throughput",
        &json!({ "at_most": 1.5, "of": "baseline" }),
    );
    assert_eq!(found.why.as_deref(), Some("`time` is new: a reason"));
}
