//! The noise model is found again from cases that were made by one.

use super::lab::SETUPS;
use super::recorded::Recorded;
use crate::rng::Sequence;
use crate::stats::Variance;
use crate::verdict::{CaseSpread, NoiseModel};

/// A nearly normal number.
fn normal(random: &mut Sequence) -> f64 {
    (0..12)
        .map(|_| random.below(1 << 32) as f64 / 4_294_967_296.0)
        .sum::<f64>()
        - 6.0
}

/// The spread of `processes` whose deviation is `deviation`.
fn spread(timed_ns: f64, deviation: f64, processes: usize, random: &mut Sequence) -> CaseSpread {
    let values: Vec<f64> = (0..processes).map(|_| deviation * normal(random)).collect();
    CaseSpread {
        timed_ns,
        between: Variance::pooled(&[values]).expect("two values or more"),
    }
}

fn cases(additive_ns: f64, relative: f64, count: u32) -> Vec<CaseSpread> {
    let mut random = Sequence::new(3);
    (0..count)
        .map(|number| {
            let timed = 1e4 * 200.0_f64.powf(f64::from(number) / f64::from(count - 1));
            spread(
                timed,
                (additive_ns / timed).hypot(relative),
                15,
                &mut random,
            )
        })
        .collect()
}

#[test]
fn a_model_is_found_again() {
    for (additive, relative) in [(70.0, 0.0006), (200.0, 0.002), (20.0, 0.0003)] {
        let mut cases = cases(additive, relative, 40);
        let found = NoiseModel::measured(&cases).expect("a model");
        for (found, made) in [(found.additive_ns, additive), (found.relative, relative)] {
            assert!((0.8..1.25).contains(&(found / made)), "{found} {made}");
        }
        assert!(found.freedom >= 20.0, "the cases are alike: {found:?}");
        // A few cases that are noisy by themselves don't make a noisy device.
        for case in cases.iter_mut().take(3) {
            case.between.value *= 400.0;
        }
        let robust = NoiseModel::measured(&cases).expect("a model");
        assert!(
            (0.75..1.3).contains(&(robust.relative / relative)),
            "{robust:?}"
        );
    }
}

#[test]
fn alike_durations_keep_the_proportion_of_the_default_and_few_cases_measure_nothing() {
    let mut random = Sequence::new(5);
    let cases: Vec<CaseSpread> = (0..20)
        .map(|_| spread(1e5, 0.002, 15, &mut random))
        .collect();
    let found = NoiseModel::measured(&cases).expect("a model");
    let ratio = found.additive_ns / found.relative;
    assert!((ratio / (70.0 / 0.0006) - 1.0).abs() < 1e-9, "{found:?}");
    let deviation = found.variance(1e5).value.sqrt();
    assert!((0.85..1.15).contains(&(deviation / 0.002)), "{deviation}");
    assert_eq!(NoiseModel::measured(&cases[..2]), None);
    let nothing = CaseSpread {
        timed_ns: f64::NAN,
        between: Variance {
            value: 0.0,
            freedom: 4.0,
        },
    };
    assert_eq!(NoiseModel::measured(&[nothing; 9]), None);
}

#[test]
fn cases_that_differ_among_themselves_are_worth_less() {
    let mut random = Sequence::new(9);
    let cases: Vec<CaseSpread> = (0..40)
        .map(|number| {
            let own = if number % 2 == 0 { 1.5 } else { 0.6 };
            spread(1e4 * f64::from(1 + number), own * 0.001, 15, &mut random)
        })
        .collect();
    let found = NoiseModel::measured(&cases).expect("a model");
    assert!(found.freedom < 12.0, "{found:?}");
}

/// Three H100s, each by itself: near the 70 ns and 0.06 % that seven cards together gave; of eight kernels on one card
/// the relative part is known least.
#[test]
fn recorded_cards_have_the_model_of_the_default() {
    let recorded = Recorded::read();
    for setup in &SETUPS[..3] {
        let card = &recorded.cards[setup.base][0];
        let of = |kernel: usize| {
            let values: Vec<f64> = card.iter().map(|process| process[kernel][0]).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            CaseSpread {
                timed_ns: mean.exp() * recorded.tick_ns,
                between: Variance::pooled(&[values]).expect("processes"),
            }
        };
        let cases: Vec<CaseSpread> = (0..recorded.kernels.len()).map(of).collect();
        let found = NoiseModel::measured(&cases).expect("a model");
        assert!(
            (40.0..130.0).contains(&found.additive_ns),
            "{setup:?} {found:?}"
        );
        assert!(
            (0.0001..0.0012).contains(&found.relative),
            "{setup:?} {found:?}"
        );
    }
}
