//! Cards of one model that differ: in some cases by their nature, in others by what power leaves of their clock.

use serde_json::Value;

use super::Repository;
use crate::compare::{stdout, verdicts};
use crate::generated::{Case, Run};

/// How far six cards lie from the first in the latency of their L2 cache: as six H100s did.
const CARDS: [f64; 6] = [1.0, 1.0031, 0.9724, 1.0029, 0.9767, 0.9738];

/// A chase that takes `latency` times as long as the first card's, and a copy `copy` times.
fn cases(latency: f64, copy: f64) -> Vec<Case> {
    [("chase/bits=13", latency), ("copy/n=1024", copy)]
        .into_iter()
        .map(|(id, factor)| {
            let mut case = Case::new(id, 1e6).times(factor);
            case.identity = Some("1".repeat(64));
            case
        })
        .collect()
}

/// The verdicts on a candidate after `count` runs on as many cards, and what was said.
fn after(count: usize, candidate: Vec<Case>) -> (Vec<String>, Value) {
    let repository = Repository::new();
    for (minute, card) in (0..).zip(CARDS.iter().take(count)) {
        repository.record(Run::new(minute, cases(*card, 1.0)));
    }
    repository.said(&["baseline", "save"], 0);
    repository.record(Run::new(20, candidate));
    let assert = repository.warpmark(&["compare", "--against", "baselines", "--json"]);
    let said = serde_json::from_str(&stdout(&assert)).expect("JSON");
    (verdicts(&assert), said)
}

#[test]
fn a_case_that_differs_between_cards_is_not_called_slower_on_another() {
    let (verdicts, said) = after(6, cases(1.02, 1.0));
    assert_eq!(verdicts[0], "chase/bits=13 time: inconclusive");
    assert_eq!(verdicts[1], "copy/n=1024 time: unchanged");
    let chase = &said["judgements"][0];
    let noise = chase["run_noise_own"].as_f64().expect("a share");
    assert!((0.01..0.02).contains(&noise), "{noise}");
    let reasons = chase["reasons"].to_string();
    assert!(
        reasons.contains("farther apart than runs do otherwise (0.1 %)"),
        "{reasons}"
    );
    assert!(said["judgements"][1].get("run_noise_own").is_none());
}

#[test]
fn the_other_cases_are_judged_as_sharply_as_before() {
    let (verdicts, _) = after(6, cases(1.0, 1.01));
    assert_eq!(verdicts[1], "copy/n=1024 time: regressed");
    // Far beyond what cards differ by.
    let (verdicts, _) = after(6, cases(1.2, 1.0));
    assert_eq!(verdicts[0], "chase/bits=13 time: regressed");
}

#[test]
fn two_runs_tell_nothing_of_a_case() {
    let (verdicts, said) = after(2, cases(1.02, 1.0));
    assert_eq!(verdicts[0], "chase/bits=13 time: regressed");
    assert!(said["judgements"][0].get("run_noise_own").is_none());
}

#[test]
fn a_product_that_power_holds_down_is_judged_sharply_on_one_card_alone() {
    let run = |minute, card: &str, factor| {
        let mut case = Case::new("product/n=8192", 1e6).times(factor);
        case.clock_mhz = Some(1500.0);
        let mut run = Run::new(minute, vec![case]);
        run.probe_mhz = Some(1980.0);
        let uuid = Value::from(card);
        run.header
            .environment
            .context
            .insert("gpu-uuid".into(), uuid);
        run
    };
    for (other, expected) in [("GPU-a", "regressed"), ("GPU-b", "inconclusive")] {
        let repository = Repository::new();
        repository.record(run(0, "GPU-a", 1.0));
        repository.said(&["baseline", "save"], 0);
        repository.record(run(5, other, 1.03));
        let assert = repository.warpmark(&["compare", "--against", "baselines", "--json"]);
        assert_eq!(
            verdicts(&assert),
            [format!("product/n=8192 time: {expected}")]
        );
        let said = stdout(&assert);
        let held =
            said.contains("power holds its clock 24 % below the probe's, and cards differ in that");
        assert_eq!(held, other == "GPU-b", "{said}");
    }
}
