//! Quantities with their unit, and the one number format: 4 significant digits, an SI prefix, the unit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A duration in nanoseconds; fractions come from graphs and means.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(f64);

impl Nanos {
    /// A finite duration of `nanoseconds`; `None` for NaN and infinities.
    pub fn new(nanoseconds: f64) -> Option<Self> {
        nanoseconds.is_finite().then_some(Self(nanoseconds))
    }

    /// Nanoseconds.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Seconds.
    pub fn seconds(self) -> f64 {
        self.0 * 1e-9
    }
}

impl From<std::time::Duration> for Nanos {
    fn from(duration: std::time::Duration) -> Self {
        Self(duration.as_secs_f64() * 1e9)
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&si(self.seconds(), "s"))
    }
}

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    /// With a binary prefix, as memory is sold and addressed: `256 MiB`, `1.5 GiB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PREFIXES: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let mut value = self.0 as f64;
        let mut prefix = 0;
        while value >= 1024.0 && prefix + 1 < PREFIXES.len() {
            value /= 1024.0;
            prefix += 1;
        }
        let digits = significant(value);
        let short = if digits.contains('.') {
            digits.trim_end_matches('0').trim_end_matches('.')
        } else {
            &digits
        };
        f.pad(&format!("{short} {}", PREFIXES[prefix]))
    }
}

/// `value` with 4 significant digits, an SI prefix from p to E, and `unit`: `si(1.5e-5, "s")` is `15.00 us`.
pub fn si(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 11] = [
        (1e18, "E"),
        (1e15, "P"),
        (1e12, "T"),
        (1e9, "G"),
        (1e6, "M"),
        (1e3, "k"),
        (1.0, ""),
        (1e-3, "m"),
        (1e-6, "u"),
        (1e-9, "n"),
        (1e-12, "p"),
    ];
    if value == 0.0 || !value.is_finite() {
        return format!("{value} {unit}").trim_end().to_owned();
    }
    // Rounded first, so that 999.96 us becomes 1.000 ms and not 1000 us.
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    let (scale, prefix) = PREFIXES
        .into_iter()
        .find(|(scale, _)| rounded.abs() >= *scale)
        .unwrap_or((1e-12, "p"));
    format!("{} {prefix}{unit}", significant(rounded / scale))
        .trim_end()
        .to_owned()
}

/// A share roughly, for noise: `4.3 %`, `24 %`.
pub fn rough(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// `value` with 4 significant digits and no exponent: `0.1235`, `12.35`, `123.5`, `1235`.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    let magnitude = rounded.abs().log10().floor();
    let decimals = (3.0 - magnitude).clamp(0.0, 12.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 12
    let decimals = decimals as usize;
    format!("{rounded:.decimals$}")
}

/// An amount of money with 4 significant digits: `0.04153 USD`, `1235 USD`, `2.100e-11 USD`.
pub fn money(amount: f64, currency: &str) -> String {
    let small = amount != 0.0 && amount.abs() < 1e-6;
    let digits = if small {
        format!("{amount:.3e}")
    } else {
        significant(amount)
    };
    format!("{digits} {currency}")
}

/// A signed share as a percentage: `+1.234 %`, `-12.35 %`, `0 %`.
pub fn percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{} %", significant(share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits_and_a_prefix() {
        let table = [
            (1.5e-5, "s", "15.00 us"),
            (999.96e-6, "s", "1.000 ms"),
            (3.0e12, "B/s", "3.000 TB/s"),
            (0.0, "s", "0 s"),
            (-0.012_345, "s", "-12.35 ms"),
            (123_456.0, "", "123.5 k"),
            (1.0, "", "1.000"),
            (1e-15, "s", "0.001000 ps"),
        ];
        for (value, unit, expected) in table {
            assert_eq!(si(value, unit), expected);
        }
    }

    #[test]
    fn bytes_are_binary() {
        assert_eq!(Bytes(256 << 20).to_string(), "256 MiB");
        assert_eq!(Bytes(1536).to_string(), "1.5 KiB");
        assert_eq!(Bytes(17).to_string(), "17 B");
        assert_eq!(Bytes(u64::MAX).to_string(), "16 EiB");
    }

    #[test]
    fn money_has_four_digits_and_its_currency() {
        let table = [
            (0.041_533, "0.04153 USD"),
            (1_234_567.0, "1235000 USD"),
            (2.1e-11, "2.100e-11 USD"),
            (-12.0, "-12.00 USD"),
            (0.0, "0 USD"),
        ];
        for (amount, expected) in table {
            assert_eq!(money(amount, "USD"), expected);
        }
    }

    #[test]
    fn percentages_carry_their_sign() {
        assert_eq!(percent(0.012_345), "+1.234 %");
        assert_eq!(percent(-0.5), "-50.00 %");
        assert_eq!(percent(0.0), "0 %");
    }
}
