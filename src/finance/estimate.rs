//! A figure with its interval, and the arithmetic that carries the interval along.

use serde::Serialize;

use crate::stats::Interval;

/// A figure with its 99 % interval, which holds it.
///
/// An end is infinite where the data give no bound on that side: a time whose interval reaches 0 gives rates without
/// an upper bound. JSON has null there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure; finite and 0 or more.
    pub value: f64,
    /// Its 99 % interval; none where one process gives none.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// A measured quantity that can't be negative: what of its interval lies below 0 is cut off. None where `value` is
    /// negative or not finite.
    pub fn new(value: f64, interval: Option<Interval>) -> Option<Self> {
        let sound = value.is_finite() && value >= 0.0;
        let interval =
            interval.filter(|interval| !interval.low.is_nan() && !interval.high.is_nan());
        sound.then(|| Self {
            value,
            interval: interval.map(|Interval { low, high }| Interval {
                low: low.clamp(0.0, value),
                high: high.max(value),
            }),
        })
    }

    /// A figure that is known and not measured.
    pub fn exact(value: f64) -> Option<Self> {
        let (low, high) = (value, value);
        Self::new(value, Some(Interval { low, high }))
    }

    /// The figure times a constant of 0 or more.
    pub fn times(self, factor: f64) -> Option<Self> {
        self.mapped(|value| value * factor)
    }

    /// What of the figure is more than `amount`, which is known; 0 where it isn't more.
    pub fn less(self, amount: f64) -> Option<Self> {
        self.mapped(|value| (value - amount).max(0.0))
    }

    /// `amount` for each of it: a rate from a time. None where it is 0.
    pub fn under(self, amount: f64) -> Option<Self> {
        let interval = self.interval.map(|interval| Interval {
            low: amount / interval.high,
            high: quotient(amount, interval.low),
        });
        Self::new(amount / self.value, interval)
    }

    /// The sum with `other`: the ends add, which is right where both err together, and wide where they don't. The sum
    /// has an interval where both have one.
    pub fn plus(self, other: Self) -> Option<Self> {
        let both = self.interval.zip(other.interval);
        let interval = both.map(|(own, other)| Interval {
            low: own.low + other.low,
            high: own.high + other.high,
        });
        Self::new(self.value + other.value, interval)
    }

    /// How many times as much as `other`, a figure of its own: the ratio, with the two taken to err independently, so
    /// that the squares of the intervals' halves in logs add up. None where `other` is 0.
    pub fn over(self, other: Self) -> Option<Self> {
        let value = self.value / other.value;
        let both = self.interval.zip(other.interval);
        let interval = both.map(|(own, base)| {
            let down = log(self.value, own.low).hypot(log(base.high, other.value));
            let up = log(own.high, self.value).hypot(log(other.value, base.low));
            Interval {
                low: value / down.exp(),
                // Nothing is no multiple of anything: its upper end has no distance in logs.
                high: if value > 0.0 {
                    value * up.exp()
                } else {
                    quotient(own.high, base.low)
                },
            }
        });
        Self::new(value, interval)
    }

    fn mapped(self, map: impl Fn(f64) -> f64) -> Option<Self> {
        let interval = self.interval.map(|interval| Interval {
            low: map(interval.low),
            high: map(interval.high),
        });
        Self::new(map(self.value), interval)
    }
}

/// `amount / divisor`, which has no bound where the divisor reaches 0.
fn quotient(amount: f64, divisor: f64) -> f64 {
    if divisor > 0.0 {
        amount / divisor
    } else {
        f64::INFINITY
    }
}

/// The log of `more` over `less`, which is no more: 0 where both are 0.
fn log(more: f64, less: f64) -> f64 {
    if more > less {
        quotient(more, less).ln()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn estimate(value: f64, low: f64, high: f64) -> Estimate {
        Estimate::new(value, Some(Interval { low, high })).expect("a figure")
    }

    fn near(found: Option<Estimate>, value: f64, low: f64, high: f64) {
        let found = found.expect("a figure");
        let interval = found.interval.expect("an interval");
        for (found, expected) in [
            (found.value, value),
            (interval.low, low),
            (interval.high, high),
        ] {
            let off = (found / expected - 1.0).abs();
            let same = found.total_cmp(&expected).is_eq();
            assert!(same || off <= 1e-12, "{found} is not {expected}");
        }
    }

    #[test]
    fn intervals_are_carried_along() {
        let two = estimate(2.0, 1.0, 4.0);
        near(two.times(3.0), 6.0, 3.0, 12.0);
        near(two.under(8.0), 4.0, 2.0, 8.0);
        near(two.plus(estimate(1.0, 0.5, 2.0)), 3.0, 1.5, 6.0);
        near(two.less(1.5), 0.5, 0.0, 2.5);
        near(two.less(5.0), 0.0, 0.0, 0.0);
        let half = Estimate::exact(0.5).expect("a figure");
        near(two.over(half), 4.0, 2.0, 8.0);
        let wide = (2.0_f64.ln().hypot(2.0_f64.ln())).exp();
        near(two.over(two), 1.0, 1.0 / wide, wide);
        near(estimate(0.0, 0.0, 3.0).over(two), 0.0, 0.0, 3.0);
    }

    #[test]
    fn what_has_no_bound_has_an_infinite_end_and_what_is_no_figure_is_none() {
        let from_zero = estimate(2.0, -1.0, 4.0);
        near(from_zero.under(8.0), 4.0, 2.0, f64::INFINITY);
        let (value, infinite) = (1.0, f64::INFINITY);
        near(from_zero.over(from_zero), value, 0.0, infinite);
        let zero = estimate(0.0, 0.0, 1.0);
        assert_eq!(zero.under(8.0), None);
        assert_eq!(from_zero.over(zero), None);
        assert_eq!(Estimate::new(f64::NAN, None), None);
        assert_eq!(Estimate::new(f64::INFINITY, None), None);
        assert_eq!(Estimate::new(-1.0, None), None);
        let alone = Estimate::new(2.0, None).expect("a figure");
        assert_eq!(alone.plus(from_zero).expect("a figure").interval, None);
        assert_eq!(alone.over(from_zero).expect("a figure").interval, None);
    }

    prop_compose! {
        fn figures()(value in 0.0..1e12_f64, below in 0.0..2e12_f64, above in 0.0..1e12_f64, known: bool) -> Estimate {
            let interval = Interval { low: value - below, high: value + above };
            Estimate::new(value, known.then_some(interval)).expect("a figure")
        }
    }

    fn holds(found: Option<Estimate>) {
        let Some(found) = found else { return };
        assert!(found.value.is_finite() && found.value >= 0.0);
        if let Some(Interval { low, high }) = found.interval {
            assert!(
                0.0 <= low && low <= found.value && found.value <= high,
                "{found:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_interval_holds_its_figure(own in figures(), other in figures(), factor in 0.0..1e300_f64) {
            for found in [
                own.times(factor),
                own.under(factor),
                own.plus(other),
                own.less(other.value),
                own.over(other),
                own.over(own),
                own.under(factor).and_then(|rate| rate.over(other)),
            ] {
                holds(found);
            }
        }
    }
}
