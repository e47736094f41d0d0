//! Goals: their values, their status, what they are relative to.

use serde_json::{Value, json};

use super::lab::{Lab, a_millisecond, a_millisecond_and, is, series};
use crate::finance::{GoalResult, Status, is_missed};
use crate::record::{Failure, FailureKind, GoalMetric, Group, Occupancy, Outcome, Series, Unit};

fn goal(metric: &str, rest: &Value) -> Value {
    let mut goal = json!({ "name": "g", "case": "a", "metric": metric });
    let fields = goal.as_object_mut().expect("an object");
    fields.extend(rest.as_object().expect("an object").clone());
    goal
}

/// What came of a goal of the case `a`.
pub fn only(lab: Lab, metric: &str, rest: &Value) -> GoalResult {
    let mut goals = lab.goal(&goal(metric, rest)).statement().goals;
    assert_eq!(goals.len(), 1);
    goals.remove(0)
}

/// 1 ms, give or take 1 %: its 99 % interval is 0.9427 to 1.0573 ms.
pub fn lab() -> Lab {
    Lab::new().case("a", &json!({}), &a_millisecond())
}

#[test]
fn the_interval_decides_and_headroom_is_a_share_of_the_bound() {
    let table = [
        (json!({ "at_most": 2e6 }), Status::Met, Some(0.5)),
        (
            json!({ "at_most": 1.05e6 }),
            Status::AtRisk,
            Some(0.05 / 1.05),
        ),
        (
            json!({ "at_most": 0.95e6 }),
            Status::AtRisk,
            Some(-0.05 / 0.95),
        ),
        (json!({ "at_most": 0.8e6 }), Status::Missed, Some(-0.25)),
        (json!({ "at_least": 0.8e6 }), Status::Met, Some(0.25)),
        (json!({ "at_least": 2e6 }), Status::Missed, Some(-0.5)),
        (
            json!({ "at_least": 0.5e6, "at_most": 1.25e6 }),
            Status::Met,
            Some(0.2),
        ),
        (
            json!({ "at_least": 0.99e6, "at_most": 1.25e6 }),
            Status::AtRisk,
            Some(0.01 / 0.99),
        ),
        (json!({ "at_most": 0.0 }), Status::Missed, None),
    ];
    for (bounds, status, headroom) in table {
        let found = only(lab(), "time", &bounds);
        assert_eq!(found.status, status, "{bounds}");
        match (found.headroom, headroom) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{bounds}"),
            (found, expected) => assert_eq!(found, expected, "{bounds}"),
        }
    }
}

#[test]
fn goals_stand_by_status_and_each_at_every_case_that_it_matches() {
    let lab = lab()
        .case("b", &json!({}), &a_millisecond())
        .goal(&json!({ "name": "met", "case": "*", "metric": "time", "at_most": 2e6 }))
        .goal(&json!({ "name": "missed", "case": "b", "metric": "time", "at_most": 1e5 }))
        .goal(&json!({ "name": "nowhere", "case": "c*", "metric": "time", "at_most": 1e5 }));
    let goals = lab.statement().goals;
    let found: Vec<(&str, Option<&str>, Status)> = goals
        .iter()
        .map(|found| {
            let case = found.case.as_ref().map(crate::id::CaseId::as_str);
            (found.goal.name.as_str(), case, found.status)
        })
        .collect();
    let expected = [
        ("missed", Some("b"), Status::Missed),
        ("nowhere", None, Status::Unknown),
        ("met", Some("a"), Status::Met),
        ("met", Some("b"), Status::Met),
    ];
    assert_eq!(found, expected);
    let why = goals[1].why.as_deref();
    assert_eq!(why, Some("no case of this run matches \"c*\""));
    assert!(is_missed(&goals) && !is_missed(&goals[1..]));
}

/// A case that has everything that a goal may name.
pub fn rich() -> Lab {
    let work = json!({ "reads": 1e6, "writes": 0.0, "flops": 5e6, "items": 50.0 });
    let mut processes = a_millisecond_and("energy", Unit::Joules, 2.0);
    for process in &mut processes {
        for (metric, unit, value) in [
            ("tokens", Unit::Count, 20.0),
            ("power", Unit::Watts, 400.0),
            ("utilisation", Unit::Ratio, 0.9),
            ("sm-activity", Unit::Ratio, 0.8),
            ("sm-occupancy", Unit::Ratio, 0.7),
            ("tensor-activity", Unit::Ratio, 0.6),
            ("dram-activity", Unit::Ratio, 0.5),
            ("user-time", Unit::Nanoseconds, 3e6),
            ("system-time", Unit::Nanoseconds, 4e6),
            ("peak-memory", Unit::Bytes, 5e6),
        ] {
            process.push(series(metric, unit, &[value]));
        }
    }
    let mut lab = Lab::new().case("a", &work, &processes);
    for result in lab.results.values_mut().flatten() {
        result.groups = vec![Group {
            samples: 1,
            clock_mhz: Some(2000.0),
            void: None,
            events_ns: std::collections::BTreeMap::new(),
        }];
        result.occupancy = Some(Occupancy {
            registers: 32,
            static_shared: 0,
            dynamic_shared: 0,
            local: 0,
            blocks_per_sm: 4,
            theoretical: 0.75,
            limited_by: Vec::new(),
            waves: 1.0,
            tail: 0.0,
        });
    }
    lab
}

#[test]
fn every_metric_that_is_built_in_has_a_value_where_the_record_holds_it() {
    let expected = |metric: GoalMetric| match metric.name() {
        "time" | "median" => 1e6,
        "p5" => 0.991e6,
        "p95" => 1.009e6,
        "p99" => 1.0098e6,
        "throughput" => 1e3,
        "bandwidth" => 1e9,
        "flops" => 5e9,
        "items-per-second" => 5e4,
        "tokens-per-second" => 2e4,
        "ceiling-fraction" => 0.25,
        "utilisation" => 0.9,
        "sm-activity" => 0.8,
        "sm-occupancy" => 0.7,
        "tensor-activity" => 0.6,
        "dram-activity" => 0.5,
        "occupancy" => 0.75,
        "clock" => 2000.0,
        "cycles" => 2e6,
        "power" => 400.0,
        "energy" => 2.0,
        "energy-per-item" => 0.04,
        "cost-per-execution" => 1e-6,
        "cost-per-item" => 2e-8,
        "cost-per-million-items" => 0.02,
        "cost-per-million-tokens" => 0.05,
        "user-time" => 3e6,
        "system-time" => 4e6,
        "peak-memory" => 5e6,
        other => panic!("{other} has no value in this test"),
    };
    for metric in GoalMetric::ALL {
        let found = only(rich(), metric.name(), &json!({ "at_least": 1e-12 }));
        assert_eq!(found.why, None, "{metric:?}");
        assert_eq!(found.unit, metric.unit(), "{metric:?}");
        assert_eq!(found.status, Status::Met, "{metric:?}");
        is(found.value, expected(metric));
        let interval = found.value.and_then(|value| value.interval);
        assert!(interval.is_some(), "{metric:?}");
    }
}

#[test]
fn every_metric_that_is_not_there_says_why() {
    let mut bare = lab();
    bare.header.cost = None;
    bare.ceilings = crate::stats::Ceilings::default();
    let bare = || {
        let mut lab = lab();
        lab.header.cost = bare.header.cost.clone();
        lab.ceilings = bare.ceilings.clone();
        lab
    };
    let there = ["time", "median", "p5", "p95", "p99", "throughput"];
    for metric in GoalMetric::ALL {
        if there.contains(&metric.name()) {
            continue;
        }
        let found = only(bare(), metric.name(), &json!({ "at_least": 1.0 }));
        assert_eq!((found.status, found.value), (Status::Unknown, None));
        assert!(found.why.is_some_and(|why| !why.is_empty()), "{metric:?}");
    }
    let found = only(lab(), "latency", &json!({ "at_least": 1.0 }));
    assert_eq!(found.why.as_deref(), Some("it reports no `latency`"));
}

#[test]
fn a_workload_s_own_metric_counts_and_must_fit_the_bound() {
    let own = || {
        let processes = a_millisecond_and("throughput", Unit::PerSecond, 7.0);
        Lab::new().case("a", &json!({}), &processes)
    };
    is(
        only(own(), "throughput", &json!({ "at_least": 1.0 })).value,
        7.0,
    );
    let table = [
        ("duration", Status::Unknown),
        ("size", Status::Unknown),
        ("share", Status::Unknown),
    ];
    for (written, status) in table {
        let found = only(
            own(),
            "throughput",
            &json!({ "at_least": 1.0, "written": written }),
        );
        assert_eq!(found.status, status, "{written}");
        assert!(found.why.is_some_and(|why| why.contains(written)));
    }
    let found = only(
        lab(),
        "time",
        &json!({ "at_most": 2e6, "written": "duration" }),
    );
    assert_eq!(found.status, Status::Met);
}

#[test]
fn a_case_without_a_value_says_what_became_of_it() {
    let failed = || {
        let mut lab = lab();
        let results = lab.results.values_mut().flatten();
        for result in results.skip(1) {
            result.outcome = Outcome::Failed(Failure {
                kind: FailureKind::Timeout,
                message: "timed out after 60 s".to_owned(),
                detail: None,
            });
        }
        lab
    };
    let unsupported = || {
        let mut lab = lab();
        for result in lab.results.values_mut().flatten() {
            result.outcome = Outcome::Unsupported("no tensor cores".to_owned());
        }
        lab
    };
    let untaken = Lab::new().case("a", &json!({}), &[]);
    let void = Lab::new().case("a", &json!({}), &[vec![Series::time(Vec::new())]]);
    let table = [
        (failed(), "it failed: timed out after 60 s"),
        (unsupported(), "the device can't run it: no tensor cores"),
        (untaken, "it was not measured"),
        (void, "`time` has no valid sample"),
    ];
    for (lab, why) in table {
        let found = only(lab, "time", &json!({ "at_most": 1.0 }));
        assert_eq!(found.why.as_deref(), Some(why));
        assert_eq!(found.status, Status::Unknown);
    }
    let alone = Lab::new().case("a", &json!({}), &a_millisecond()[..1]);
    let found = only(alone, "time", &json!({ "at_most": 2e6 }));
    assert_eq!(found.status, Status::Unknown);
    is(found.value, 0.99e6);
    assert!(found.why.is_some_and(|why| why.starts_with("one process")));
}

#[test]
fn values_and_bounds_are_shown_with_their_unit() {
    let table = [
        (
            "time",
            json!({ "at_most": 5e7 }),
            "at most 50.00 ms",
            "1.000 ms",
        ),
        (
            "ceiling-fraction",
            json!({ "at_least": 0.9 }),
            "at least 90.00 %",
            "25.00 %",
        ),
        (
            "cost-per-million-items",
            json!({ "at_least": 0.01, "at_most": 0.05 }),
            "at least 0.01000 USD, at most 0.05000 USD",
            "0.02000 USD",
        ),
        (
            "bandwidth",
            json!({ "at_least": 1e12 }),
            "at least 1.000 TB/s",
            "1.000 GB/s",
        ),
        (
            "flops",
            json!({ "at_least": 1e12 }),
            "at least 1.000 TFLOP/s",
            "5.000 GFLOP/s",
        ),
        (
            "time",
            json!({ "at_most": 1.2, "of": "a" }),
            "at most 1.200 x a",
            "1.000 x",
        ),
    ];
    for (metric, bounds, expected, value) in table {
        let found = only(rich(), metric, &bounds);
        assert_eq!(found.bounds("USD"), expected);
        assert_eq!(
            found.show(found.value.expect("a value").value, "USD"),
            value
        );
    }
    let found = only(rich(), "time", &json!({ "at_most": 1.0 }));
    assert_eq!(found.show(f64::INFINITY, "USD"), "no bound");
}
