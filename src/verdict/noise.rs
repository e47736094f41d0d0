//! The noise model of a device, measured by what its cases' processes differ by where nothing was changed.

use super::NoiseModel;
use crate::stats::{Variance, digamma, fisher_sf, inverse_trigamma, trigamma};

/// How far the processes of one case differ, where nothing was changed between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CaseSpread {
    /// The duration between two readings of the timer, in nanoseconds: all executions of a graph together.
    pub timed_ns: f64,
    /// The variance of the processes' locations (logs), and its degrees of freedom.
    pub between: Variance,
}

/// Fewer cases than these measure no model.
const LEAST_CASES: usize = 3;
/// Fewer cases than these don't tell how alike the cases are: the freedom of the default is not exceeded.
const ALIKE_CASES: usize = 8;
/// The model's degrees of freedom lie between these, whatever so few devices say.
const FREEDOM: (f64, f64) = (4.0, 40.0);
/// Durations that differ by less than this factor can't tell the additive part from the relative one.
const APART: f64 = 4.0;
/// Squared deviations below this (a millionth) are the rounding of the timer.
const LEAST_VARIANCE: f64 = 1e-12;
/// The steps of the search for the duration at which both parts are equal.
const STEPS: u32 = 240;

impl NoiseModel {
    /// The model of a device from the spreads of its cases; `None` where fewer than three have one.
    ///
    /// A case's variance is taken for s0^2(t) F with s0^2(t) = (a / t)^2 + r^2: Smyth 2004, section 6.2, fits s0^2
    /// and its degrees of freedom by the mean and the variance of the log-variances; here the mean depends on t, by
    /// the ratio a / r at which the logs scatter least. Cases far noisier than the rest (F, 0.1 %) are left out.
    /// Where the durations are too alike to tell a from r, their ratio is that of the default for GPUs.
    pub fn measured(cases: &[CaseSpread]) -> Option<Self> {
        let usable = |case: &&CaseSpread| {
            let numbers = [case.timed_ns, case.between.value, case.between.freedom];
            numbers.iter().all(|number| number.is_finite())
                && case.timed_ns > 0.0
                && case.between.freedom >= 1.0
        };
        let mut kept: Vec<CaseSpread> = cases.iter().filter(usable).copied().collect();
        for _ in 0..3 {
            let model = fit(&kept)?;
            let before = kept.len();
            let alike = |case: &CaseSpread| {
                let ratio = case.between.value / model.variance(case.timed_ns).value;
                fisher_sf(ratio, case.between.freedom, Self::CUDA.freedom) >= Self::CUDA.own_above
            };
            let fewer: Vec<CaseSpread> = kept.iter().copied().filter(alike).collect();
            if fewer.len() == before || fewer.len() < LEAST_CASES {
                return Some(model);
            }
            kept = fewer;
        }
        fit(&kept)
    }
}

/// The logs of the variances over a model's, without what their degrees of freedom add, and their weights.
fn residuals(cases: &[CaseSpread], turn: f64) -> Vec<(f64, f64)> {
    let of = |case: &CaseSpread| {
        let half = case.between.freedom / 2.0;
        let shape = 1.0 + (turn / case.timed_ns).powi(2);
        let log = case.between.value.max(LEAST_VARIANCE).ln() - shape.ln();
        (log - digamma(half) + half.ln(), 1.0 / trigamma(half))
    };
    cases.iter().map(of).collect()
}

/// The weighted mean of residuals, and the weighted sum of squares about it.
fn centre(residuals: &[(f64, f64)]) -> (f64, f64) {
    let total: f64 = residuals.iter().map(|(_, weight)| weight).sum();
    let sum: f64 = residuals.iter().map(|(log, weight)| log * weight).sum();
    let mean = sum / total;
    let squares = residuals
        .iter()
        .map(|(log, weight)| weight * (log - mean).powi(2));
    (mean, squares.sum())
}

/// The duration in nanoseconds at which the additive and the relative part are equal.
fn turning_point(cases: &[CaseSpread]) -> (f64, f64) {
    let times = || cases.iter().map(|case| case.timed_ns);
    let (shortest, longest) = (
        times().fold(f64::INFINITY, f64::min),
        times().fold(0.0, f64::max),
    );
    if longest / shortest < APART {
        return (
            NoiseModel::CUDA.additive_ns / NoiseModel::CUDA.relative,
            1.0,
        );
    }
    let (low, high) = ((shortest / 8.0).ln(), (longest * 8.0).ln());
    let steps =
        (0..=STEPS).map(|step| (low + (high - low) * f64::from(step) / f64::from(STEPS)).exp());
    let best = steps
        .map(|turn| (turn, centre(&residuals(cases, turn)).1))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    (best.map_or(shortest, |(turn, _)| turn), 2.0)
}

fn fit(cases: &[CaseSpread]) -> Option<NoiseModel> {
    if cases.len() < LEAST_CASES {
        return None;
    }
    let (turn, parameters) = turning_point(cases);
    let residuals = residuals(cases, turn);
    let (mean, _) = centre(&residuals);
    let count = cases.len() as f64;
    // What the scatter of the logs is beyond that of their own degrees of freedom.
    let beyond = residuals
        .iter()
        .map(|(log, weight)| {
            (log - mean).powi(2) * count / (count - parameters).max(1.0) - 1.0 / weight
        })
        .sum::<f64>()
        / count;
    let most = if cases.len() < ALIKE_CASES {
        NoiseModel::CUDA.freedom
    } else {
        FREEDOM.1
    };
    let freedom = (2.0 * inverse_trigamma(beyond)).clamp(FREEDOM.0, most);
    let relative = (mean + digamma(freedom / 2.0) - (freedom / 2.0).ln())
        .exp()
        .sqrt();
    Some(NoiseModel {
        additive_ns: turn * relative,
        relative,
        freedom,
        own_above: NoiseModel::CUDA.own_above,
    })
}
