//! From values to places on paper, and the values at which an axis has ticks.

use crate::record::Unit;

/// A scale between two values, linear or logarithmic.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Scale {
    /// A scale from `low` to `high` on paper `from` to `to`; logarithmic only where both are above 0.
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64), logarithmic: bool) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() && low <= high {
            (low, high)
        } else {
            (0.0, 1.0)
        };
        let logarithmic = logarithmic && low > 0.0;
        let (low, high) = match (low < high, logarithmic) {
            (true, _) => (low, high),
            (false, true) => (low / 1.5, high * 1.5),
            (false, false) => {
                let room = if low == 0.0 { 1.0 } else { low.abs() * 0.01 };
                (low - room, high + room)
            }
        };
        Self {
            low,
            high,
            from,
            to,
            logarithmic,
        }
    }

    /// Where `value` stands, held within the paper.
    pub fn at(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let share = if share.is_finite() { share } else { 0.0 };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Round values within the scale, about `count`.
    pub fn ticks(&self, count: f64) -> Vec<f64> {
        if self.logarithmic && self.high / self.low >= 5.0 {
            self.decades(count)
        } else {
            self.steps(count)
        }
    }

    /// Powers of ten; with 2 and 5 between them where they are few.
    fn decades(&self, count: f64) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let every = (decades / count).ceil().max(1.0);
        let within: &[f64] = if decades < 2.5 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let mut ticks = Vec::new();
        let mut exponent = (self.low.log10() / every).floor() * every;
        while exponent <= self.high.log10() && ticks.len() < 100 {
            let all = within.iter().map(|factor| factor * 10f64.powf(exponent));
            ticks.extend(all.filter(|tick| self.holds(*tick)));
            exponent += every;
        }
        ticks
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn steps(&self, count: f64) -> Vec<f64> {
        let rough = (self.high - self.low) / count;
        let power = 10f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 5.0, 10.0].into_iter();
        let step = power * factor.clone().find(|f| f * power >= rough).unwrap_or(10.0);
        let mut ticks = Vec::new();
        let mut place = (self.low / step).ceil();
        while place * step <= self.high && ticks.len() < 100 {
            ticks.push(place * step);
            place += 1.0;
        }
        ticks
    }

    fn holds(&self, tick: f64) -> bool {
        tick >= self.low * 0.999_999 && tick <= self.high * 1.000_001
    }
}

/// A tick's value with its unit, without zeros that say nothing: `10 us`.
pub fn label(value: f64, unit: Unit) -> String {
    let shown = unit.show(value);
    let (digits, rest) = shown.split_once(' ').unwrap_or((&shown, ""));
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    format!("{digits} {rest}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let linear = Scale::new((0.0, 10.0), (0.0, 100.0), false);
        assert_eq!(linear.ticks(5.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        let decades = Scale::new((5.0, 5e5), (0.0, 100.0), true);
        let ticks = decades.ticks(6.0);
        assert_eq!(ticks.len(), 5);
        assert!((ticks[0] - 10.0).abs() < 1e-9 && (ticks[4] - 1e5).abs() < 1e-4);
    }

    #[test]
    fn no_values_break_a_scale() {
        let wrong = [
            (f64::NAN, 1.0),
            (f64::INFINITY, f64::NEG_INFINITY),
            (0.0, 0.0),
            (-5.0, -5.0),
            (3.0, 3.0),
            (1e-300, 1e300),
            (0.0, f64::INFINITY),
        ];
        for ends in wrong {
            for logarithmic in [false, true] {
                let scale = Scale::new(ends, (10.0, 90.0), logarithmic);
                for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0] {
                    assert!((10.0..=90.0).contains(&scale.at(value)), "{ends:?} {value}");
                }
                assert!(scale.ticks(5.0).len() <= 100, "{ends:?}");
            }
        }
    }

    #[test]
    fn labels_are_short() {
        let table = [
            (1e4, "10 us"),
            (1.25e6, "1.25 ms"),
            (0.0, "0 s"),
            (1e11, "100 s"),
        ];
        for (value, expected) in table {
            assert_eq!(label(value, Unit::Nanoseconds), expected);
        }
    }
}
