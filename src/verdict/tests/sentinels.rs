//! When sentinels say that the machine moved.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::id::CaseId;
use crate::record::{Better, Unit};
use crate::stats::ProcessValues;
use crate::verdict::{
    BetweenRun, Comparison, Given, Judgement, Moved, Policy, Side, Verdict, judge, moved,
};

/// A time of about 100 us whose candidate is `shift` slower, in logs.
fn case(id: &str, shift: f64) -> Comparison {
    let side = |shift: f64| {
        let steps = [0.0, 0.0004, -0.0004, 0.0002, -0.0002];
        let process = |step: f64| {
            let location = 11.5 + shift + step;
            ProcessValues {
                location,
                body: location,
                upper: location,
                mean: location.exp(),
            }
        };
        Side {
            runs: vec![steps.map(process).to_vec()],
        }
    };
    Comparison {
        id: CaseId::from_text(id),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        base: side(0.0),
        candidate: side(shift),
        timed_ns: Some(1e5),
        tick_ns: None,
        policy: Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults"),
        design: crate::verdict::Design::Apart,
        given: None,
    }
}

/// The judgements of cases of these shifts, and how they moved if all are sentinels.
fn all_moved(shifts: &[f64]) -> (Vec<Judgement>, Option<Moved>) {
    let cases: Vec<Comparison> = shifts.iter().map(|&shift| case("c", shift)).collect();
    let judgements = judge(&cases, 0.01);
    let found = moved("cuda", &judgements.iter().collect::<Vec<_>>(), 0.005, 0.01);
    (judgements, found)
}

#[test]
fn they_move_together_or_not_at_all() {
    let table: [(&[f64], Option<f64>); 9] = [
        (&[0.012, 0.010, 0.014], Some(0.012)),
        (&[-0.012, -0.010, -0.014], Some(-0.012)),
        (&[0.012], Some(0.012)),
        (&[], None),
        // Not all in one direction.
        (&[0.02, 0.02, -0.001], None),
        (&[0.02, 0.0], None),
        // Less than the least effect.
        (&[0.004, 0.004, 0.004], None),
        // More than it, and less than is sure with the assumed noise between runs.
        (&[0.005_05, 0.005_05], Some(0.005_05)),
        (&[0.03, 0.001], Some(0.0155)),
    ];
    for (shifts, expected) in table {
        let (_, found) = all_moved(shifts);
        let estimate = found.as_ref().map(|moved| moved.estimate.ln_1p());
        match (estimate, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-9, "{shifts:?}"),
            (found, expected) => assert_eq!(found.is_some(), expected.is_some(), "{shifts:?}"),
        }
        if let Some(moved) = found {
            assert!(moved.interval.low < moved.estimate && moved.estimate < moved.interval.high);
            assert_eq!(moved.sentinels.len(), shifts.len());
        }
    }
}

#[test]
fn what_is_not_sure_is_no_movement() {
    let mut cases = [case("a", 0.012), case("b", 0.012)];
    for case in &mut cases {
        case.policy.between_run = BetweenRun::assumed(0.005);
    }
    let judgements = judge(&cases, 0.01);
    let all: Vec<&Judgement> = judgements.iter().collect();
    assert_eq!(moved("cuda", &all, 0.005, 0.01), None);
}

#[test]
fn verdicts_that_rest_on_values_are_withdrawn() {
    let given = |id: &str, given: Given| Comparison {
        given: Some(given),
        ..case(id, 0.0)
    };
    let cases = [
        case("slower", 0.03),
        case("faster", -0.03),
        case("same", 0.0),
        given("failed", Given::Failed("crashed".to_owned())),
        given("new", Given::New),
        given("gone", Given::Missing(None)),
        given("other", Given::Incomparable(vec!["driver".to_owned()])),
        given("unable", Given::Unsupported("mma".to_owned())),
    ];
    let mut judgements = judge(&cases, 0.01);
    let (_, found) = all_moved(&[0.012, 0.010]);
    let before: Vec<Verdict> = judgements
        .iter()
        .map(|judgement| judgement.verdict)
        .collect();
    let found: Vec<Moved> = found.into_iter().collect();
    for judgement in &mut judgements {
        judgement.withdraw(&found);
    }
    for (judgement, before) in judgements.iter().zip(before).take(3) {
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(
            judgement.reasons[0],
            format!(
                "the machine moved: the 2 cuda sentinels changed by +1.106 %; by its values alone this is {before}"
            )
        );
        assert!(judgement.change.is_some() && judgement.bound.is_none());
        assert_eq!(judgement.headline(), "inconclusive");
    }
    let kept: Vec<Verdict> = judgements[3..]
        .iter()
        .map(|judgement| judgement.verdict)
        .collect();
    let expected = [
        Verdict::Failed,
        Verdict::New,
        Verdict::Missing,
        Verdict::Incomparable,
        Verdict::Unsupported,
    ];
    assert_eq!(kept, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn swapped_sides_move_the_other_way(shifts in prop::collection::vec(-0.03..0.03_f64, 1..6)) {
        let (_, there) = all_moved(&shifts);
        let back: Vec<f64> = shifts.iter().map(|shift| -shift).collect();
        let (_, back) = all_moved(&back);
        let near_the_effect = |moved: &Option<Moved>| {
            moved.as_ref().is_some_and(|moved| moved.estimate.abs() < 0.005_05)
        };
        prop_assume!(!near_the_effect(&there) && !near_the_effect(&back));
        prop_assert_eq!(there.is_some(), back.is_some());
        if let (Some(there), Some(back)) = (there, back) {
            prop_assert!(((1.0 + there.estimate) * (1.0 + back.estimate) - 1.0).abs() < 1e-9);
        }
    }
}
