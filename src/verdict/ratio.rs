//! By what one side lies over the other: for values that are carried from one machine to another.

use serde::Serialize;

use super::Comparison;
use super::shift::Shift;
use crate::record::Better;

/// A ratio of two values with its 99 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// The ratio, above 0.
    #[serde(rename = "ratio")]
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Ratio {
    /// What leaves everything as it is.
    pub const ONE: Self = Self {
        value: 1.0,
        low: 1.0,
        high: 1.0,
    };

    /// The candidate of `case` over its base, and the standard error of that in logs: the exponential of the difference
    /// of the mean locations, with the errors of both sides and of the spread between runs, as verdicts take them.
    ///
    /// `None` where a side has no value or no variance.
    pub fn of(case: &Comparison) -> Option<(Self, f64)> {
        let shift = Shift::of(case, |process| process.location)?;
        let sign = match case.better {
            Better::Lower => 1.0,
            Better::Higher => -1.0,
        };
        let log = sign * shift.worse;
        let (low, high) = shift.interval();
        let half_width = (high - low) / 2.0;
        let ratio = Self {
            value: log.exp(),
            low: (log - half_width).exp(),
            high: (log + half_width).exp(),
        };
        let error = shift.error.value.sqrt();
        (ratio.is_sound() && error.is_finite()).then_some((ratio, error))
    }

    /// Whether it is a ratio inside its interval.
    pub fn is_sound(&self) -> bool {
        let ordered = self.low <= self.value && self.value <= self.high;
        ordered && self.low > 0.0 && self.high.is_finite()
    }

    /// This ratio and then `next`: the product. Both are taken to err independently, so that the squares of half the
    /// intervals' widths in logs add up.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let value = self.value * next.value;
        let upper = |ratio: &Self| (ratio.high / ratio.value).ln();
        let lower = |ratio: &Self| (ratio.value / ratio.low).ln();
        Self {
            value,
            low: value / lower(&self).hypot(lower(&next)).exp(),
            high: value * upper(&self).hypot(upper(&next)).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::id::CaseId;
    use crate::record::Unit;
    use crate::stats::ProcessValues;
    use crate::verdict::{Design, Policy, Side};

    fn side(locations: &[f64]) -> Side {
        let process = |&location: &f64| ProcessValues {
            location,
            body: location,
            upper: location,
            mean: location.exp(),
        };
        Side {
            runs: vec![locations.iter().map(process).collect()],
        }
    }

    fn comparison(better: Better, base: &[f64], candidate: &[f64]) -> Comparison {
        Comparison {
            id: CaseId::from_text("copy".to_owned()),
            metric: "time".to_owned(),
            unit: Unit::Nanoseconds,
            better,
            base: side(base),
            candidate: side(candidate),
            timed_ns: None,
            tick_ns: None,
            policy: Policy::for_kind("host", &BTreeMap::new()).expect("a policy"),
            design: Design::Apart,
            given: None,
        }
    }

    #[test]
    fn a_ratio_is_more_or_less_whatever_is_better() {
        for better in [Better::Lower, Better::Higher] {
            let case = comparison(better, &[10.0, 10.01], &[10.1, 10.11]);
            let (ratio, error) = Ratio::of(&case).expect("a ratio");
            assert!((ratio.value - 0.1_f64.exp()).abs() < 1e-12, "{ratio:?}");
            assert!(ratio.low < ratio.value && ratio.value < ratio.high);
            // Two runs of a spread of 3 % dominate: sqrt(2) x 0.03, and a little of the processes.
            let expected = (2.0 * 0.03_f64.powi(2) + 2.0 * 0.000_05 / 2.0).sqrt();
            assert!((error - expected).abs() < 1e-9, "{error} {expected}");
        }
        assert_eq!(
            Ratio::of(&comparison(Better::Lower, &[10.0], &[10.0, 10.1])),
            None
        );
    }

    #[test]
    fn ratios_multiply_and_their_intervals_add_in_squares() {
        let ratio = |value: f64, width: f64| Ratio {
            value,
            low: value / width.exp(),
            high: value * width.exp(),
        };
        let both = ratio(2.0, 0.03).then(ratio(0.25, 0.04));
        assert!((both.value - 0.5).abs() < 1e-12);
        assert!((both.high - 0.5 * 0.05_f64.exp()).abs() < 1e-12);
        assert!((both.low - 0.5 / 0.05_f64.exp()).abs() < 1e-12);
        let same = ratio(2.0, 0.03).then(Ratio::ONE);
        assert!((same.low / ratio(2.0, 0.03).low - 1.0).abs() < 1e-12);
    }
}
