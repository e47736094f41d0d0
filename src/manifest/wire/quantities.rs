//! Quantities with their unit: durations, shares, sizes, versions, volumes, dates.

use toml::de::DeValue;

use super::reader::{Raw, Reader, Wire};
use super::scalars::{integer, is_number, parsed, real, shortened};
use crate::record::{self, Written};

scalar!(
    /// A duration in seconds.
    Duration(std::time::Duration),
    { "type": "string", "pattern": "^ *([0-9.]+ *(ns|us|ms|s|m|min|h|d) *)+$",
      "description": "A duration with its unit: ns, us, ms, s, min, h or d, as in \"1.5s\" or \"1h 30min\"." }
);
scalar!(
    /// A share of 1.
    Share(f64),
    { "anyOf": [
        { "type": "string", "pattern": "^ *[0-9.]+(e-?[0-9]+)? *% *$" },
        { "type": "number", "minimum": 0, "maximum": 1 } ],
      "description": "A share: \"0.5%\", or 0.005." }
);
scalar!(
    /// A number of bytes.
    Size(u64),
    { "anyOf": [
        { "type": "string", "pattern": "^ *[0-9.]+ *([KMGT]i?)?B *$" },
        { "type": "integer", "minimum": 0 } ],
      "description": "A size: \"8GiB\", \"500MB\", or a number of bytes." }
);
scalar!(
    /// A compute capability.
    Version((u32, u32)),
    { "type": "string", "pattern": "^[0-9]+\\.[0-9]+$",
      "description": "A compute capability: \"8.0\"." }
);
scalar!(
    /// How often something happens.
    Volume(record::Volume),
    { "type": "string", "pattern": "^ *[0-9.]+([eE][+-]?[0-9]+)? */ *(second|minute|hour|day|week|month|year) *$",
      "description": "How often, as in \"2e6 / day\": a second, minute, hour, day, week, month or year." }
);
scalar!(
    /// A number, or a duration or size in their base units (nanoseconds, bytes), and what it was written as.
    Quantity((f64, Option<Written>)),
    { "type": ["number", "string"],
      "description": "A number, a duration such as \"2ms\", a size such as \"1GiB\", or a share such as \"90%\"." }
);

scalar!(
    /// A number above 0, 1 and more being allowed.
    Portion(f64),
    { "anyOf": [
        { "type": "string", "pattern": "^ *[0-9.]+(e-?[0-9]+)? *% *$" },
        { "type": "number", "exclusiveMinimum": 0 } ],
      "description": "How much of one: \"50%\", 0.5, or 8." }
);
scalar!(
    /// A day.
    Date(jiff::civil::Date),
    { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
      "description": "A day: 2026-11-22, with or without quotes." }
);

impl Wire for Duration {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if is_number(raw) {
            reader.wrong_type(raw, "a string with a unit", "\"60s\"");
            return None;
        }
        let seconds = parsed(raw, reader, ("no duration", "60s"), duration)?;
        match std::time::Duration::try_from_secs_f64(seconds) {
            Ok(duration) if !duration.is_zero() => Some(Self(duration)),
            _ => {
                let help = Some("it must be above 0 and below 500 billion years".to_owned());
                reader.mistake(raw, "is out of range", help);
                None
            }
        }
    }
}

/// Seconds of numbers with units one after the other: `1h 30min`.
fn duration(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let value: f64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let unit = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let factor = match &after[..unit] {
            "ns" => 1e-9,
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        seconds = Some(seconds.unwrap_or(0.0) + value * factor);
        rest = after[unit..].trim_start();
    }
    seconds
}

impl Wire for Share {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let share = if is_number(raw) {
            real(raw, reader)?
        } else {
            parsed(raw, reader, ("no share", "0.5%"), percentage)?
        };
        if (0.0..=1.0).contains(&share) {
            return Some(Self(share));
        }
        let help = "a share lies between 0 and 1 (\"0%\" and \"100%\")".to_owned();
        reader.mistake(raw, "is out of range", Some(help));
        None
    }
}

fn percentage(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    // Divided, not multiplied by 0.01: "0.5%" is then the double nearest to 0.005.
    number.is_finite().then_some(number / 100.0)
}

impl Wire for Size {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if raw.get_ref().is_integer() {
            let value = integer(raw, reader)?;
            let size = u64::try_from(value).ok();
            if size.is_none() {
                reader.mistake(raw, "is negative", Some("a size is 0 or more".to_owned()));
            }
            return size.map(Self);
        }
        parsed(raw, reader, ("no size", "8GiB"), bytes).map(Self)
    }
}

/// Bytes of `8GiB`, `500 MB`, `17B`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let value: f64 = text[..digits].parse().ok()?;
    let factor: f64 = match text[digits..].trim() {
        "B" => 1.0,
        "KB" | "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        "GiB" => 1_073_741_824.0,
        "TiB" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = (value * factor).round();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // in range
    (0.0..=9e18).contains(&bytes).then_some(bytes as u64)
}

impl Wire for Version {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        parsed(raw, reader, ("no compute capability", "8.0"), |text| {
            let (major, minor) = text.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        })
        .map(Self)
    }
}

impl Wire for Portion {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let portion = if is_number(raw) {
            real(raw, reader)?
        } else {
            parsed(raw, reader, ("no share", "50%"), percentage)?
        };
        if portion > 0.0 && portion <= 1e6 {
            return Some(Self(portion));
        }
        let help = "it must be above 0 and 1,000,000 at most".to_owned();
        reader.mistake(raw, "is out of range", Some(help));
        None
    }
}

impl Wire for Date {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let written = match raw.get_ref() {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.clone().into_owned(),
            _ => {
                reader.wrong_type(raw, "a date", "2026-11-22");
                return None;
            }
        };
        let found = day(&written);
        if found.is_none() {
            let what = format!("can't be {}, which is no day", shortened(&written));
            let help = "write year, month and day, as in 2026-11-22".to_owned();
            reader.mistake(raw, &what, Some(help));
        }
        found.map(Self)
    }
}

/// The day that `text` is, and is all of.
fn day(text: &str) -> Option<jiff::civil::Date> {
    let found: jiff::civil::Date = text.parse().ok()?;
    (found.to_string() == text).then_some(found)
}

impl Wire for Volume {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        parsed(raw, reader, ("no volume", "2e6 / day"), |text| {
            let per_second = volume(text)?;
            let text = text.trim().to_owned();
            Some(Self(record::Volume { per_second, text }))
        })
    }
}

/// What happens a second: a month has 365.25 / 12 days.
fn volume(text: &str) -> Option<f64> {
    const DAY: f64 = 86400.0;
    let (number, unit) = text.split_once('/')?;
    let number: f64 = number.trim().parse().ok()?;
    let seconds = match unit.trim() {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3600.0,
        "day" => DAY,
        "week" => 7.0 * DAY,
        "month" => 365.25 / 12.0 * DAY,
        "year" => 365.25 * DAY,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number / seconds)
}

impl Wire for Quantity {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if is_number(raw) {
            return real(raw, reader).map(|number| Self((number, None)));
        }
        let quantity = parsed(raw, reader, ("no quantity", "2ms"), quantity)?;
        Some(Self((quantity.0, Some(quantity.1))))
    }
}

#[allow(clippy::cast_precision_loss)] // sizes of goals are small
fn quantity(text: &str) -> Option<(f64, Written)> {
    duration(text)
        .map(|seconds| (seconds * 1e9, Written::Duration))
        .or_else(|| bytes(text).map(|bytes| (bytes as f64, Written::Size)))
        .or_else(|| percentage(text).map(|share| (share, Written::Share)))
        .filter(|(value, _)| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_units() {
        let seconds = [
            ("60s", Some(60.0)),
            ("1h 30min", Some(5400.0)),
            ("1.5ms", Some(0.0015)),
            ("2 d", Some(172_800.0)),
            ("60", None),
            ("", None),
            ("-1s", None),
            ("1x", None),
        ];
        for (text, expected) in seconds {
            assert_eq!(duration(text), expected, "{text:?}");
        }
        let sizes = [
            ("8GiB", Some(8 << 30)),
            ("1.5 KiB", Some(1536)),
            ("500MB", Some(500_000_000)),
            ("7B", Some(7)),
            ("7", None),
            ("1 PB", None),
        ];
        for (text, expected) in sizes {
            assert_eq!(bytes(text), expected, "{text:?}");
        }
        assert_eq!(percentage("0.5%"), Some(0.005));
        assert_eq!(percentage("0.5"), None);
        assert_eq!(volume("86400 / day"), Some(1.0));
        assert_eq!(volume("1 / fortnight"), None);
        let quantities = [
            ("50ms", Some((5e7, Written::Duration))),
            ("2GiB", Some((f64::from(1_u32 << 31), Written::Size))),
            ("90%", Some((0.9, Written::Share))),
            ("12", None),
            ("12us ", Some((12e3, Written::Duration))),
        ];
        for (text, expected) in quantities {
            assert_eq!(quantity(text), expected, "{text:?}");
        }
        assert_eq!(quantity(&format!("{}s", "9".repeat(400))), None);
    }

    #[test]
    fn days_are_whole_and_real() {
        assert!(day("2026-11-22").is_some());
        for bad in [
            "2026-02-30",
            "2026-11-22T10:00:00",
            "22.11.2026",
            "",
            "2026-11-22 ",
        ] {
            assert_eq!(day(bad), None, "{bad:?}");
        }
    }
}
