//! What units cost.

use serde_json::json;

use super::lab::{Lab, a_millisecond, a_millisecond_and, half, is, judgement};
use crate::finance::{Item, SECONDS_A_MONTH, UnitCost};
use crate::id::{CaseId, Name};
use crate::record::{Series, Unit, Volume};

fn units(lab: &Lab) -> Vec<UnitCost> {
    let costs = lab.statement().costs;
    costs.into_values().next().unwrap_or_default()
}

fn unit(lab: &Lab, item: Item) -> UnitCost {
    let mut found = units(lab).into_iter();
    found.find(|unit| unit.item == item).expect("the unit")
}

#[test]
fn items_cost_their_share_of_an_execution() {
    let lab = Lab::new().case("a", &json!({ "items": 50.0 }), &a_millisecond());
    // 1 ms at 0.001 USD a second.
    is(unit(&lab, Item::Executions).per_item, 1e-6);
    let items = unit(&lab, Item::Items);
    is(items.per_item, 2e-8);
    is(items.per_million, 0.02);
    is(items.per_second_per_gpu, 50_000.0);
    assert_eq!(items.joules_per_item, None);
    // Student's t with 2 degrees of freedom, 9.925, times 0.01 over the root of 3.
    let expected = 9.924_843_2 * 0.01 / 3.0_f64.sqrt();
    assert!((half(items.per_million) - expected).abs() < 1e-9);
    let rate = items.per_second_per_gpu.expect("a rate");
    let interval = rate.interval.expect("an interval");
    assert!((interval.high - 50_000.0 / (1.0 - expected)).abs() < 1e-6);
}

#[test]
fn shares_change_what_a_second_costs_and_the_rate_is_per_gpu() {
    let mut lab = Lab::new().case("a", &json!({ "items": 50.0 }), &a_millisecond());
    let price = lab.header.cost.as_mut().expect("a price");
    (price.gpu_share, price.utilisation_share) = (8.0, 0.5);
    let items = unit(&lab, Item::Items);
    is(items.per_million, 0.32);
    is(items.per_second_per_gpu, 6_250.0);
}

#[test]
fn energy_costs_where_it_was_measured_and_has_a_price() {
    let processes = a_millisecond_and("energy", Unit::Joules, 2.0);
    let mut lab = Lab::new().case("a", &json!({ "items": 50.0 }), &processes);
    is(unit(&lab, Item::Items).per_item, 2e-8);
    is(unit(&lab, Item::Items).joules_per_item, 0.04);
    let price = lab.header.cost.as_mut().expect("a price");
    (price.energy_kwh, price.pue) = (Some(0.36), 1.5);
    // 2 J at 1.5e-7 USD.
    is(unit(&lab, Item::Executions).per_item, 1e-6 + 3e-7);
    is(unit(&lab, Item::Items).per_item, 2e-8 + 6e-9);
    is(unit(&lab, Item::Items).joules_per_item, 0.04);
    let without = Lab::new().case("a", &json!({}), &a_millisecond());
    is(unit(&without, Item::Executions).per_item, 1e-6);
}

#[test]
fn tokens_are_counted_or_come_at_a_rate() {
    for (unit_of, value) in [(Unit::Count, 20.0), (Unit::PerSecond, 20_000.0)] {
        let mut processes = a_millisecond_and("tokens", unit_of, value);
        for process in &mut processes {
            process.push(super::lab::series("energy", Unit::Joules, &[2.0]));
        }
        let lab = Lab::new().case("a", &json!({}), &processes);
        let tokens = unit(&lab, Item::Tokens);
        is(tokens.per_second_per_gpu, 20_000.0);
        is(tokens.per_million, 0.05);
        is(tokens.joules_per_item, 0.1);
    }
    let processes = a_millisecond_and("tokens", Unit::Bytes, 20.0);
    let lab = Lab::new().case("a", &json!({}), &processes);
    assert_eq!(units(&lab).len(), 1, "bytes count no tokens");
}

#[test]
fn without_a_price_there_is_a_rate_alone_and_without_a_time_nothing() {
    let mut lab = Lab::new().case("a", &json!({ "items": 50.0 }), &a_millisecond());
    lab.header.cost = None;
    let items = unit(&lab, Item::Items);
    assert_eq!((items.per_item, items.per_million), (None, None));
    is(items.per_second_per_gpu, 50_000.0);
    let timeless = vec![vec![super::lab::series("time", Unit::Count, &[1.0])]];
    for processes in [Vec::new(), timeless] {
        let lab = Lab::new().case("a", &json!({ "items": 1.0 }), &processes);
        assert!(lab.statement().costs.is_empty());
    }
}

#[test]
fn a_change_is_money_a_month_where_the_volume_is_stated() {
    let mut lab = Lab::new().case("a", &json!({ "items": 50.0 }), &a_millisecond());
    lab.judgements = Some(vec![
        judgement("a", ("time", Unit::Nanoseconds), 1e6, 0.05),
        judgement("a", ("energy", Unit::Joules), 2.0, -0.02),
        judgement("a", ("tokens", Unit::Count), 2.0, 1.0),
        judgement("gone", ("time", Unit::Nanoseconds), 1e6, 0.05),
    ]);
    assert!(lab.statement().months.is_empty(), "no volume, no sum");
    let volume = Volume {
        per_second: 100.0,
        text: "100 / second".to_owned(),
    };
    let name = Name::new("a").expect("a name");
    lab.header.volumes.insert(name, volume);
    // Two executions a second at 1e-6 USD.
    let month = 2e-6 * SECONDS_A_MONTH;
    let found = lab.statement().months;
    assert_eq!(found.len(), 1, "energy has no price: {found:?}");
    let near = |found: f64, expected: f64| (found - expected).abs() < 1e-12 * month;
    assert!(near(found[0].estimate, 0.05 * month));
    assert!(near(found[0].interval.low, 0.04 * month));
    assert!(near(found[0].interval.high, 0.06 * month));
    assert_eq!(found[0].volume, "100 / second");

    lab.header.cost.as_mut().expect("a price").energy_kwh = Some(0.36);
    let found = lab.statement().months;
    let energy = found.iter().find(|month| month.metric == "energy");
    let energy = energy.expect("energy has a price now");
    assert!(near(energy.estimate, -0.02 * 2.0 * 2e-7 * SECONDS_A_MONTH));

    lab.header.cases[0].work.items = None;
    let executions = lab.statement().months;
    assert!(near(executions[0].estimate, 50.0 * 0.05 * month));
}

#[test]
fn a_unit_is_found_by_its_case() {
    let times: Vec<Vec<Series>> = vec![vec![Series::time(vec![1.0])]];
    let lab = Lab::new()
        .case("a", &json!({}), &times)
        .case("b", &json!({}), &[]);
    let costs = lab.statement().costs;
    assert!(costs.contains_key(&CaseId::from_text("a")));
    assert!(!costs.contains_key(&CaseId::from_text("b")));
}
