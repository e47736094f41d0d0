//! Change points against NumPy, and what chance makes of them.

use super::*;
use crate::rng::Sequence;
use crate::stats::simulated::autoregressive;

/// A table's row is what its generator makes: the share of 2,000 series beyond each quantile is its level, within
/// four standard deviations.
#[test]
fn the_null_distribution_is_what_simulation_gives() {
    const SERIES: u32 = 2_000;
    for (n, phi, level) in [
        (20, 0.0, 0.05),
        (40, 0.0, 0.01),
        (65, 0.4, 0.05),
        (65, 0.4, 0.2),
        (90, 0.7, 0.05),
        (75, 0.0, 0.05),
    ] {
        let mut sequence = Sequence::new(42);
        let beyond = (0..SERIES).filter(|_| {
            let values = autoregressive(&mut sequence, n, phi);
            best_split(&values)
                .is_some_and(|split| p_value_of_phi(split.statistic, n, phi) <= level)
        });
        let count = f64::from(SERIES);
        let share = beyond.count() as f64 / count;
        let allowed = 4.0 * (level * (1.0 - level) / count).sqrt();
        assert!(
            (share - level).abs() <= allowed,
            "{n} {phi} {level}: {share}"
        );
    }
}

/// The autocorrelation that is left about a split is less than the series' own; the table puts it right.
#[test]
fn the_autocorrelation_is_corrected() {
    for phi in [0.0, 0.3, 0.6] {
        let mut sequence = Sequence::new(7);
        let mut found: Vec<f64> = (0..300)
            .filter_map(|_| candidate(&autoregressive(&mut sequence, 90, phi)))
            .map(|candidate| candidate.phi)
            .collect();
        found.sort_unstable_by(f64::total_cmp);
        let median = found[found.len() / 2];
        assert!((median - phi).abs() < 0.06, "{phi}: {median}");
    }
}

#[test]
fn p_falls_with_the_statistic_and_rises_with_autocorrelation() {
    for n in [10, 13, 33, 90, 365, 2000] {
        for left in [-0.5, 0.0, 0.33, 0.8, 2.0] {
            let p: Vec<f64> = (0..200)
                .map(|tenths| p_value(f64::from(tenths) / 10.0, n, left))
                .collect();
            assert!(
                p.windows(2).all(|pair| pair[0] >= pair[1]),
                "{n} {left}: {p:?}"
            );
            assert!(
                (p[0] - 1.0).abs() < 1e-9 && p[199] > 0.0,
                "{n} {left}: {p:?}"
            );
            assert!(p_value(4.0, n, left) <= p_value(4.0, n, left + 0.2) + 1e-12);
        }
    }
    assert!(p_value(6.0, 90, 0.0) < 1e-5);
    assert!(p_value(20.0, 10, 0.0) > 0.001, "10 values can't be as sure");
}

#[test]
fn what_is_short_or_constant_has_no_split() {
    assert_eq!(candidate(&[]), None);
    assert_eq!(
        candidate(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]),
        None
    );
    assert_eq!(candidate(&[5.0; 40]), None);
}

/// A slowdown and its repair leave no autocorrelation, though one split can't part them.
#[test]
fn further_steps_are_no_autocorrelation() {
    let mut values = autoregressive(&mut Sequence::new(3), 120, 0.0);
    values[50..].iter_mut().for_each(|value| *value += 8.0);
    values[90..].iter_mut().for_each(|value| *value += 8.0);
    let found = candidate(&values).expect("a split");
    assert!(found.phi < 0.3 && found.p < 1e-4, "{found:?}");
}

/// The night before a step that happens to be the highest of its side stays there, though its rank is above the
/// middle of all.
#[test]
fn a_step_is_placed_by_values() {
    let mut values = autoregressive(&mut Sequence::new(5), 120, 0.0);
    values[79] = 3.5;
    values[80..].iter_mut().for_each(|value| *value += 50.0);
    let found = candidate(&values).expect("a split");
    assert_eq!(found.split.at, 79, "ranks alone are off by one here");
    assert_eq!(found.place(&values), 80);
    // Found again among further steps.
    values[105..].iter_mut().for_each(|value| *value += 50.0);
    let found = candidate(&values).expect("a split");
    assert!([80, 105].contains(&found.place(&values)), "{found:?}");
}
