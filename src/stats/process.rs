//! What a process says of a case: three logs of partial means, and the plain mean.

use serde::{Deserialize, Serialize};

use crate::record::Better;

/// The values of one process, by which cases are judged; samples themselves enter no test.
///
/// Parts are counted from the better end: with n samples in order, the best first, the cuts lie after `n / 20`,
/// `n / 2` and `n - n / 20` of them (whole divisions). So a metric that is better higher is the mirror image of
/// one that is better lower. No part is ever empty: with one sample all three are that sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ProcessValues {
    /// Natural log of the mean of the samples between the 5th and the 50th percentile from the better end.
    pub location: f64,
    /// Natural log of the mean of the samples between the 5th and the 95th percentile.
    pub body: f64,
    /// Natural log of the mean of the worse half, between the 50th and the 95th percentile from the better end.
    pub upper: f64,
    /// The plain mean of all samples, in the samples' unit.
    pub mean: f64,
}

impl ProcessValues {
    /// The values of one process' valid samples; `None` where there are no samples, one is not finite, or a part's
    /// mean has no logarithm because it is zero or negative.
    pub fn of(samples: &[f64], better: Better) -> Option<Self> {
        let count = samples.len();
        if count == 0 || samples.iter().any(|sample| !sample.is_finite()) {
            return None;
        }
        let mut sorted = samples.to_vec();
        match better {
            Better::Lower => sorted.sort_unstable_by(f64::total_cmp),
            Better::Higher => sorted.sort_unstable_by(|a, b| b.total_cmp(a)),
        }
        let (low, half, high) = (count / 20, count / 2, count - count / 20);
        Some(Self {
            location: log_mean(&sorted[low..half.max(low + 1)])?,
            body: log_mean(&sorted[low..high])?,
            upper: log_mean(&sorted[half..high])?,
            mean: mean(samples),
        })
    }

    /// Whether every value is a finite number, as values read from a file may not be.
    pub fn is_finite(&self) -> bool {
        [self.location, self.body, self.upper, self.mean]
            .iter()
            .all(|value| value.is_finite())
    }
}

/// The arithmetic mean; NaN for no values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The log of a positive, finite mean.
fn log_mean(part: &[f64]) -> Option<f64> {
    let mean = mean(part);
    (mean > 0.0 && mean.is_finite()).then(|| mean.ln())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // exact on purpose

    use super::*;
    use proptest::prelude::*;

    fn of(samples: &[f64], better: Better) -> ProcessValues {
        ProcessValues::of(samples, better).expect("samples with logarithms")
    }

    #[test]
    fn parts_are_cut_at_5_50_and_95_percent() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let lower = of(&samples, Better::Lower);
        assert!((lower.location.exp() - 28.0).abs() < 1e-9, "mean of 6..=50");
        assert!((lower.body.exp() - 50.5).abs() < 1e-9, "mean of 6..=95");
        assert!((lower.upper.exp() - 73.0).abs() < 1e-9, "mean of 51..=95");
        let higher = of(&samples, Better::Higher);
        assert!(
            (higher.location.exp() - 73.0).abs() < 1e-9,
            "mean of 51..=95"
        );
        assert!((higher.upper.exp() - 28.0).abs() < 1e-9, "mean of 6..=50");
        assert!((higher.mean - 50.5).abs() < 1e-12);
    }

    #[test]
    fn few_samples_have_values_and_none_has_no_logarithm() {
        let one = of(&[3.0], Better::Lower);
        let log = 3.0_f64.ln();
        assert_eq!((one.location, one.body, one.upper), (log, log, log));
        let two = of(&[8.0, 2.0], Better::Lower);
        assert_eq!(
            (two.location, two.body, two.upper),
            (2.0_f64.ln(), 5.0_f64.ln(), 8.0_f64.ln())
        );
        for bad in [
            &[][..],
            &[0.0],
            &[-1.0, 2.0],
            &[0.0, 0.0, 1.0],
            &[1.0, f64::NAN],
            &[1.0, f64::INFINITY],
            &[f64::MAX, f64::MAX],
        ] {
            assert_eq!(ProcessValues::of(bad, Better::Lower), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn order_changes_nothing_and_scale_shifts(mut samples in prop::collection::vec(1.0..1e6_f64, 1..80)) {
            let before = of(&samples, Better::Lower);
            let doubled: Vec<f64> = samples.iter().map(|sample| sample * 2.0).collect();
            let shifted = of(&doubled, Better::Lower);
            prop_assert!((shifted.location - before.location - 2.0_f64.ln()).abs() < 1e-12);
            samples.reverse();
            let after = of(&samples, Better::Lower);
            prop_assert_eq!((before.location, before.body, before.upper), (after.location, after.body, after.upper));
            prop_assert!(before.location <= before.body + 1e-12 && before.body <= before.upper + 1e-12);
        }

        #[test]
        fn no_samples_panic(samples in prop::collection::vec(prop::num::f64::ANY, 0..30)) {
            for better in [Better::Lower, Better::Higher] {
                if let Some(values) = ProcessValues::of(&samples, better) {
                    prop_assert!(values.location.is_finite() && values.body.is_finite() && values.upper.is_finite());
                }
            }
        }
    }
}
