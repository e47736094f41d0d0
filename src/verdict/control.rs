//! Controls: the same code on both sides, which must come out the same.

use super::comparison::Comparison;
use super::shift::{Shift, Values};
use crate::stats::{Variance, fisher_sf};

/// A control is flagged below this p-value.
const LEVEL: f64 = 0.001;

/// What a control showed.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Control {
    /// How much longer the second side took, as a share.
    pub change: f64,
    /// The two-sided p-value of that.
    pub p_mean: f64,
    /// The two-sided p-value of the ratio of the sides' variances (F); none where a side has no variance, and where the
    /// device's noise isn't modelled: F takes noise to be normal, and that of a shared processor is not.
    pub p_variance: Option<f64>,
    /// The smallest change that any verdict is made of.
    min_effect: f64,
}

impl Control {
    /// What `case`, the same code on both sides, shows; `None` where it can't be tested.
    pub fn of(case: &Comparison) -> Option<Self> {
        let shift = Shift::of(case, |process| process.location)?;
        let side = |side| {
            let values = Values::of(side, case.better, |process| process.location);
            Variance::pooled(values.runs())
        };
        let p_variance = side(&case.base)
            .zip(side(&case.candidate))
            .and_then(|(base, own)| {
                let (large, small) = if own.value >= base.value {
                    (own, base)
                } else {
                    (base, own)
                };
                let p = 2.0 * fisher_sf(large.value / small.value, large.freedom, small.freedom);
                (small.value > 0.0 && case.policy.noise.is_some()).then_some(p.min(1.0))
            });
        Some(Self {
            change: shift.worse.exp_m1(),
            p_mean: (2.0 * shift.p_worse().min(shift.p_better())).min(1.0),
            p_variance,
            min_effect: case.policy.min_effect,
        })
    }

    /// Whether the sides differ where they can't, by so much that it could make a verdict.
    pub fn is_flagged(&self) -> bool {
        let apart = self.change.abs() >= self.min_effect && self.p_mean < LEVEL;
        apart || self.p_variance.is_some_and(|p| p < LEVEL)
    }
}
