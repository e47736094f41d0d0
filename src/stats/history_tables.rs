//! The statistics of series against SciPy and NumPy: `tests/tables/make_history_tables.py` made the values.

use serde::Deserialize;

use super::change_points::{best_split, residual_autocorrelation};
use super::{shift, theil_sen};

#[derive(Deserialize)]
struct Tables {
    slopes: Vec<Slopes>,
    tau: Vec<Tau>,
    splits: Vec<Splits>,
    shifts: Vec<Shifts>,
}

#[derive(Deserialize)]
struct Slopes {
    x: Vec<f64>,
    y: Vec<f64>,
    confidence: f64,
    slope: f64,
    intercept: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Tau {
    y: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Splits {
    y: Vec<f64>,
    at: usize,
    statistic: f64,
    runner_up: f64,
    left: f64,
}

#[derive(Deserialize)]
struct Shifts {
    before: Vec<f64>,
    after: Vec<f64>,
    confidence: f64,
    shift: f64,
    low: f64,
    high: f64,
}

fn tables() -> Tables {
    serde_json::from_str(include_str!("../../tests/tables/history.json")).expect("the table")
}

/// Panics unless `found` is `expected` to 1e-9 of it, or of 1e-3 where it is smaller: a slope may be 0.
#[track_caller]
fn equal(found: f64, expected: f64, of: usize) {
    let allowed = 1e-9 * expected.abs().max(1e-3);
    let error = (found - expected).abs();
    assert!(error <= allowed, "case {of}: {found:e} is not {expected:e}");
}

#[test]
fn slopes_are_those_of_scipy() {
    for (index, row) in tables().slopes.iter().enumerate() {
        let found = theil_sen(&row.x, &row.y, row.confidence, 1.0).expect("a slope");
        equal(found.slope, row.slope, index);
        equal(found.intercept, row.intercept, index);
        equal(found.interval.low, row.low, index);
        equal(found.interval.high, row.high, index);
    }
}

#[test]
fn the_probability_of_a_slope_is_that_of_kendalls_tau() {
    for (index, row) in tables().tau.iter().enumerate() {
        let x: Vec<f64> = (0..row.y.len()).map(|night| night as f64).collect();
        let found = theil_sen(&x, &row.y, 0.99, 1.0).expect("a slope");
        let error = (found.p / row.p - 1.0).abs();
        assert!(
            error <= 1e-9,
            "case {index}: {:e} is not {:e}",
            found.p,
            row.p
        );
    }
}

#[test]
fn splits_are_those_of_numpy() {
    for (index, row) in tables().splits.iter().enumerate() {
        let found = best_split(&row.y).expect("a split");
        equal(found.statistic, row.statistic, index);
        if row.statistic - row.runner_up > 1e-9 {
            assert_eq!(found.at, row.at, "case {index}");
            equal(
                residual_autocorrelation(&row.y, &[found.at]),
                row.left,
                index,
            );
        }
    }
}

#[test]
fn shifts_are_those_of_numpy() {
    for (index, row) in tables().shifts.iter().enumerate() {
        let found = shift(&row.before, &row.after, row.confidence, 1.0).expect("a shift");
        equal(found.0, row.shift, index);
        equal(found.1.low, row.low, index);
        equal(found.1.high, row.high, index);
    }
}
