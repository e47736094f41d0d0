//! Every statistic against SciPy: `tests/tables/make_tables.py` made the values.
#![allow(clippy::float_cmp)] // exact on purpose

use serde::Deserialize;

use super::*;
use crate::record::Better;

#[derive(Deserialize)]
struct Tables {
    student_sf: Vec<[f64; 3]>,
    student_quantile: Vec<[f64; 3]>,
    student_99: Vec<[f64; 2]>,
    fisher_sf: Vec<[f64; 4]>,
    fisher_quantile: Vec<[f64; 4]>,
    fisher_999: Vec<[f64; 3]>,
    benjamini_hochberg: Vec<Discovery>,
    moderated: Vec<Moderated>,
    satterthwaite: Vec<Sum>,
    mean_interval: Vec<MeanInterval>,
    quantile: Vec<Quantiles>,
    process_values: Vec<Values>,
    digamma: Vec<[f64; 2]>,
    trigamma: Vec<[f64; 2]>,
    upper_bound: Vec<[f64; 3]>,
}

#[derive(Deserialize)]
struct Discovery {
    p: Vec<f64>,
    q: f64,
    rejected: Vec<bool>,
}

#[derive(Deserialize)]
struct Moderated {
    values: Vec<f64>,
    timed_ns: f64,
    variance: f64,
    freedom: f64,
}

#[derive(Deserialize)]
struct Sum {
    variances: Vec<f64>,
    freedoms: Vec<f64>,
    variance: f64,
    freedom: f64,
}

#[derive(Deserialize)]
struct MeanInterval {
    processes: Vec<Vec<f64>>,
    mean: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Quantiles {
    sorted: Vec<f64>,
    shares: Vec<f64>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Values {
    samples: Vec<f64>,
    location: f64,
    body: f64,
    upper: f64,
}

fn tables() -> Tables {
    serde_json::from_str(include_str!("../../tests/tables/statistics.json")).expect("the table")
}

/// Panics unless `found` is `expected` to 1e-9 of it.
#[track_caller]
fn equal(found: f64, expected: f64, of: impl std::fmt::Debug) {
    let error = (found - expected).abs() / expected.abs();
    assert!(
        found == expected || error <= 1e-9,
        "{of:?}: {found:e} is not {expected:e}"
    );
}

#[test]
fn tails_and_quantiles_are_those_of_scipy() {
    let tables = tables();
    for row @ [t, freedom, p] in tables.student_sf {
        equal(student_sf(t, freedom), p, row);
    }
    for row @ [upper, freedom, t] in tables.student_quantile {
        equal(student_quantile(upper, freedom), t, row);
    }
    for row @ [freedom, t] in tables.student_99 {
        equal(student_quantile((1.0 - CONFIDENCE) / 2.0, freedom), t, row);
    }
    for row @ [f, numerator, denominator, p] in tables.fisher_sf {
        equal(fisher_sf(f, numerator, denominator), p, row);
    }
    for row @ [upper, numerator, denominator, f] in tables.fisher_quantile {
        equal(fisher_quantile(upper, numerator, denominator), f, row);
    }
    for row @ [numerator, denominator, f] in tables.fisher_999 {
        equal(fisher_quantile(0.001, numerator, denominator), f, row);
    }
}

#[test]
fn discoveries_are_those_of_scipy() {
    for Discovery { p, q, rejected } in tables().benjamini_hochberg {
        assert_eq!(benjamini_hochberg(&p, q), rejected, "{p:?} at {q}");
    }
}

/// A variance is moderated towards the noise model of the rule, or is kept where it exceeds it by far.
#[test]
fn variances_are_those_of_the_rule() {
    let tables = tables();
    let mut kept = 0;
    for row in tables.moderated {
        let own = Variance::pooled(std::slice::from_ref(&row.values)).expect("two values");
        let value = (70.0 / row.timed_ns).powi(2) + 0.0006_f64.powi(2);
        let is_kept = fisher_sf(own.value / value, own.freedom, 20.0) < 0.001;
        let used = if is_kept {
            own
        } else {
            own.moderated(Variance {
                value,
                freedom: 20.0,
            })
        };
        kept += usize::from(is_kept);
        // The squares of small differences of values near 10 keep fewer digits than the values.
        equal(used.value, row.variance, &row.values);
        equal(used.freedom, row.freedom, &row.values);
    }
    assert!(
        (20..180).contains(&kept),
        "both branches are reached: {kept}"
    );
    for row in tables.satterthwaite {
        let parts = row.variances.iter().zip(&row.freedoms);
        let parts: Vec<Variance> = parts
            .map(|(&value, &freedom)| Variance { value, freedom })
            .collect();
        let sum = satterthwaite(&parts);
        equal(sum.value, row.variance, &row.variances);
        equal(sum.freedom, row.freedom, &row.variances);
    }
}

#[test]
fn summaries_are_those_of_scipy_and_numpy() {
    let tables = tables();
    for row in tables.mean_interval {
        let summary = Summary::of(&row.processes).expect("samples");
        let interval = summary.interval.expect("two processes or more");
        equal(summary.mean, row.mean, &row.processes);
        let scale = row.mean.abs();
        for (found, expected) in [(interval.low, row.low), (interval.high, row.high)] {
            // An end may lie near 0, where its own size says nothing of the digits it can have.
            assert!(
                (found - expected).abs() <= 1e-9 * scale.max(expected.abs()),
                "{found} {expected}"
            );
        }
    }
    for row in tables.quantile {
        for (&share, &expected) in row.shares.iter().zip(&row.values) {
            let found = quantile(&row.sorted, share);
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
                "{found} {expected}"
            );
        }
    }
}

#[test]
fn process_values_are_those_of_the_rule() {
    for row in tables().process_values {
        let values = ProcessValues::of(&row.samples, Better::Lower).expect("positive samples");
        equal(values.location, row.location, &row.samples);
        equal(values.body, row.body, &row.samples);
        equal(values.upper, row.upper, &row.samples);
    }
}

#[test]
fn moments_of_log_variances_and_bounds_of_rates_are_those_of_scipy() {
    let tables = tables();
    for row @ [x, expected] in tables.digamma {
        // It crosses 0 near 1.46, where its own size says nothing of the digits it can have.
        let found = digamma(x);
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
            "{row:?} {found}"
        );
    }
    for row @ [x, expected] in tables.trigamma {
        equal(trigamma(x), expected, row);
        equal(inverse_trigamma(expected), x, row);
    }
    for row @ [rate, trials, expected] in tables.upper_bound {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole, 1 to 60
        let found = upper_bound(rate, trials as usize);
        equal(found, expected, row);
    }
}
