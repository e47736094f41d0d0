//! Data and inputs that nobody wants: nothing panics, and no figure is wrong.

use proptest::prelude::*;
use serde_json::json;

use super::lab::{Lab, judgement, series};
use crate::finance::{Estimate, Item, Status};
use crate::id::Name;
use crate::record::{GoalMetric, Series, Unit, Volume};

/// Everything that a statement holds is finite, or an interval's open end, and every interval holds its value.
fn is_sound(lab: &Lab) {
    let statement = lab.statement();
    let units = statement.costs.values().flatten();
    let of_units = units.flat_map(|unit| {
        [
            unit.per_item,
            unit.per_million,
            unit.joules_per_item,
            unit.per_second_per_gpu,
        ]
    });
    let of_goals = statement.goals.iter().map(|goal| goal.value);
    for Estimate { value, interval } in of_units.chain(of_goals).flatten() {
        assert!(value.is_finite() && value >= 0.0, "{value}");
        if let Some(interval) = interval {
            assert!(interval.low <= value && value <= interval.high);
            assert!(interval.low.is_finite() && interval.low >= 0.0);
        }
    }
    for month in &statement.months {
        assert!(month.estimate.is_finite());
        assert!(month.interval.low <= month.estimate && month.estimate <= month.interval.high);
    }
    for goal in &statement.goals {
        assert!(goal.headroom.is_none_or(f64::is_finite));
        assert_eq!(
            goal.status == Status::Unknown,
            goal.why.is_some(),
            "{goal:?}"
        );
    }
    // It has a JSON form: nothing is NaN.
    serde_json::to_string(&statement.months).expect("JSON");
}

/// Every goal that is built in, of every case, absolute and relative.
fn with_all_goals(mut lab: Lab) -> Lab {
    for metric in GoalMetric::ALL {
        for of in [None, Some("baseline"), Some("a"), Some("b")] {
            let goal = json!({
                "name": "g", "case": "*", "metric": metric.name(), "at_least": 0.0, "at_most": 1e300, "of": of,
            });
            lab = lab.goal(&goal);
        }
    }
    lab
}

#[test]
fn times_of_zero_give_no_rate_and_cost_nothing() {
    let zero: Vec<Vec<Series>> = vec![vec![Series::time(vec![0.0])]; 3];
    let lab = with_all_goals(Lab::new().case("a", &json!({ "items": 5.0 }), &zero));
    is_sound(&lab);
    let costs = lab.statement().costs;
    let items = costs
        .values()
        .flatten()
        .find(|unit| unit.item == Item::Items);
    let items = items.expect("items");
    assert_eq!(items.per_second_per_gpu, None);
    assert_eq!(items.per_item.map(|cost| cost.value), Some(0.0));
    let goals = lab.statement().goals;
    let rate = goals.iter().find(|goal| goal.goal.metric == "throughput");
    let why = rate.and_then(|rate| rate.why.clone());
    assert_eq!(why.as_deref(), Some("its time is 0"));
}

#[test]
fn an_interval_that_reaches_zero_leaves_rates_without_a_bound() {
    let wide = vec![vec![Series::time(vec![1.0])], vec![Series::time(vec![1e9])]];
    let lab = with_all_goals(Lab::new().case("a", &json!({ "items": 5.0 }), &wide));
    is_sound(&lab);
    let costs = lab.statement().costs;
    let items = costs
        .values()
        .flatten()
        .find(|unit| unit.item == Item::Items);
    let rate = items.and_then(|unit| unit.per_second_per_gpu);
    let interval = rate.and_then(|rate| rate.interval).expect("an interval");
    assert!(interval.high.is_infinite());
    let shown = serde_json::to_value(rate).expect("JSON");
    assert_eq!(shown["interval"]["high"], json!(null));
}

#[test]
fn no_items_and_huge_ones_are_no_panic() {
    let times: Vec<Vec<Series>> = vec![vec![Series::time(vec![1e6])]; 3];
    for items in [0.0, 1e-300, 1e300] {
        let mut lab = with_all_goals(Lab::new().case("a", &json!({ "items": items }), &times));
        lab.header.volumes.insert(
            Name::new("a").expect("a name"),
            Volume {
                per_second: 1e308,
                text: "1e308 / second".to_owned(),
            },
        );
        lab.judgements = Some(vec![judgement("a", ("time", Unit::Nanoseconds), 1e6, 0.05)]);
        is_sound(&lab);
        if items < 1.0 {
            assert!(lab.statement().months.is_empty(), "no finite sum");
        }
    }
}

#[test]
fn samples_that_are_no_figures_give_none() {
    for sample in [-1.0, f64::MAX] {
        let processes = vec![
            vec![
                Series::time(vec![sample, sample]),
                series("tokens", Unit::Count, &[sample]),
            ];
            3
        ];
        is_sound(&with_all_goals(Lab::new().case(
            "a",
            &json!({ "items": 5.0 }),
            &processes,
        )));
    }
}

proptest! {
    #[test]
    fn statements_are_sound(
        times in prop::collection::vec(prop::collection::vec(0.0..1e12_f64, 0..4), 0..5),
        tokens in 0.0..1e6_f64,
        joules in 0.0..1e6_f64,
        items in prop::option::of(0.0..1e9_f64),
        (share, busy, pue) in (1e-3..1e3_f64, 1e-3..1.0_f64, 1.0..10.0_f64),
        (kwh, volume) in (prop::option::of(1e-3..10.0_f64), 0.0..1e12_f64),
        change in -0.99..10.0_f64,
    ) {
        let process = |samples: &Vec<f64>| vec![
            Series::time(samples.clone()),
            series("tokens", Unit::Count, &[tokens]),
            series("energy", Unit::Joules, &[joules]),
        ];
        let processes: Vec<Vec<Series>> = times.iter().map(process).collect();
        let work = json!({ "reads": 5.0, "items": items });
        let lab = Lab::new().case("a", &work, &processes).case("b", &json!({}), &processes);
        let mut lab = with_all_goals(lab);
        let price = lab.header.cost.as_mut().expect("a price");
        (price.gpu_share, price.utilisation_share, price.pue) = (share, busy, pue);
        price.energy_kwh = kwh;
        let text = format!("{volume} / second");
        lab.header.volumes.insert(Name::new("a").expect("a name"), Volume { per_second: volume, text });
        lab.judgements = Some(vec![
            judgement("a", ("time", Unit::Nanoseconds), 1e6, change),
            judgement("a", ("energy", Unit::Joules), joules, change),
            judgement("a", ("tokens", Unit::Count), tokens, change),
        ]);
        is_sound(&lab);
    }
}
