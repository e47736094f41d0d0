//! Gaps to the ceilings, and the order that makes them a backlog.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::lab::{Lab, a_millisecond, is};
use crate::finance::{Basis, Figures, Gap, gaps};
use crate::record::{Price, Series, Volume};

/// The ceiling of the lab reads 4 bytes a nanosecond: of 1 ms this is the share that reading so much takes.
fn reads(share: f64) -> Value {
    json!({ "reads": share * 4e6 })
}

fn found(lab: &Lab) -> Vec<Gap> {
    let figures = lab.results.iter();
    let figures = figures
        .map(|(id, results)| (id.clone(), Figures::of(results)))
        .collect();
    gaps(&Basis {
        header: &lab.header,
        figures: &figures,
        ceilings: &lab.ceilings,
        compared: None,
    })
}

fn order(lab: &Lab) -> Vec<String> {
    let found = found(lab).into_iter();
    found.map(|gap| gap.case.to_string()).collect()
}

fn with_volume(mut lab: Lab, workload: &str, per_second: f64) -> Lab {
    let name = crate::id::Name::new(workload).expect("a name");
    let text = format!("{per_second} / s");
    lab.header.volumes.insert(name, Volume { per_second, text });
    lab
}

/// One process of so many milliseconds.
fn milliseconds(ms: f64) -> Vec<Vec<Series>> {
    vec![vec![Series::time(vec![ms * 1e6])]]
}

#[test]
fn a_gap_by_hand() {
    // 1 ms at 3/4 of the ceiling: 0.25 ms too much. 1000 items a second, 10 an execution: 100 executions a second,
    // 262,980,000 a month of 2,629,800 s: 65,745 s, or 18.2625 hours, at 3.60 USD: 65.745 USD.
    let mut work = reads(0.75);
    work["items"] = json!(10.0);
    let lab =
        Lab::new()
            .case("a", &work, &a_millisecond())
            .case("b", &json!({}), &milliseconds(3.0));
    let lab = with_volume(lab, "a", 1000.0);
    let found = found(&lab);
    assert_eq!(found.len(), 1);
    let gap = &found[0];
    is(Some(gap.seconds), 1e-3);
    is(Some(gap.gap), 0.25e-3);
    assert!((gap.of.fraction - 0.75).abs() < 1e-12);
    assert!((gap.of_suite - 0.25 / 4.0).abs() < 1e-12);
    let saving = gap.saving.as_ref().expect("a saving");
    is(Some(saving.hours), 18.2625);
    is(saving.money, 65.745);
    assert_eq!(saving.volume, "1000 / s");
    // The interval is that of the time, moved by the time at the ceiling, 0.75 ms.
    let (time, gap) = (gap.seconds.interval, gap.gap.interval);
    let (time, gap) = (time.expect("an interval"), gap.expect("an interval"));
    assert!((gap.low - (time.low - 0.75e-3)).abs() < 1e-12, "{gap:?}");
    assert!((gap.high - (time.high - 0.75e-3)).abs() < 1e-12, "{gap:?}");
    let money = saving.money.and_then(|money| money.interval);
    let high = money.expect("an interval").high;
    assert!((high / (gap.high * 262_980.0) - 1.0).abs() < 1e-9, "{high}");
}

#[test]
fn the_most_worthwhile_stands_first() {
    // Gaps of 0.5, 0.1, 0.9 and 2 ms.
    let lab = || {
        Lab::new()
            .case("half", &reads(0.5), &milliseconds(1.0))
            .case("near", &reads(0.9), &milliseconds(1.0))
            .case("far", &reads(0.1), &milliseconds(1.0))
            .case("long", &reads(2.0), &milliseconds(4.0))
    };
    assert_eq!(order(&lab()), ["long", "far", "half", "near"]);
    // 0.1 ms a thousand times as often is more than 2 ms; those without a volume stand last, by time.
    let some = with_volume(with_volume(lab(), "near", 1000.0), "long", 1.0);
    assert_eq!(order(&some), ["near", "long", "far", "half"]);
    // A volume of 0 is one.
    let none = with_volume(lab(), "near", 0.0);
    assert_eq!(order(&none)[0], "near");
    let mut priceless = some;
    priceless.header.cost = None;
    assert_eq!(order(&priceless), ["near", "long", "far", "half"]);
    assert!(found(&priceless).iter().all(|gap| {
        gap.saving
            .as_ref()
            .is_none_or(|saving| saving.money.is_none())
    }));
}

#[test]
fn shares_of_gpus_and_of_hours_are_in_the_money_and_not_in_the_hours() {
    let mut lab = with_volume(
        Lab::new().case("a", &reads(0.75), &milliseconds(1.0)),
        "a",
        100.0,
    );
    let price: &mut Price = lab.header.cost.as_mut().expect("a price");
    (price.gpu_share, price.utilisation_share) = (0.5, 0.25);
    let found = found(&lab);
    let saving = found[0].saving.as_ref().expect("a saving");
    is(Some(saving.hours), 18.2625);
    is(saving.money, 2.0 * 65.745);
}

#[test]
fn what_is_at_its_ceiling_or_has_none_has_no_gap() {
    let lab = Lab::new()
        .case("at", &reads(1.0), &milliseconds(1.0))
        .case("above", &reads(1.4), &milliseconds(1.0))
        .case("unstated", &json!({}), &milliseconds(1.0))
        .case("written", &json!({ "writes": 1e6 }), &milliseconds(1.0))
        .case("void", &reads(0.5), &[vec![Series::time(Vec::new())]])
        .case("nothing", &reads(0.5), &[]);
    assert_eq!(order(&lab), [""; 0]);
}

proptest! {
    #[test]
    fn any_record_has_finite_gaps(
        times in prop::collection::vec(prop::num::f64::ANY, 1..4), bytes in prop::num::f64::ANY,
        items in prop::num::f64::ANY, volume in prop::num::f64::ANY,
    ) {
        let mut lab = Lab::new().case("a", &json!({}), &[vec![Series::time(times)]]);
        let work = &mut lab.header.cases[0].work;
        (work.reads, work.items) = (Some(bytes), Some(items));
        for gap in found(&with_volume(lab, "a", volume)) {
            prop_assert!(gap.gap.value.is_finite() && gap.of_suite.is_finite());
            prop_assert!(gap.of.fraction < 1.0);
            if let Some(saving) = gap.saving {
                prop_assert!(saving.hours.value.is_finite());
            }
        }
    }
}
