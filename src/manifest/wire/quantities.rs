//! Quantities with their unit: durations, shares, sizes, versions, volumes.

use super::reader::{Raw, Reader, Wire};
use super::scalars::{integer, is_number, parsed, real};

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
    /// How often something happens, a second.
    Volume(f64),
    { "type": "string", "pattern": "^ *[0-9.]+([eE][+-]?[0-9]+)? */ *(second|minute|hour|day|week|month|year) *$",
      "description": "How often, as in \"2e6 / day\": a second, minute, hour, day, week, month or year." }
);
scalar!(
    /// A number, or a duration or size in their base units (nanoseconds, bytes).
    Quantity(f64),
    { "type": ["number", "string"],
      "description": "A number, a duration such as \"2ms\", a size such as \"1GiB\", or a share such as \"90%\"." }
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

impl Wire for Volume {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        parsed(raw, reader, ("no volume", "2e6 / day"), volume).map(Self)
    }
}

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
            return real(raw, reader).map(Self);
        }
        #[allow(clippy::cast_precision_loss)] // sizes of goals are small
        parsed(raw, reader, ("no quantity", "2ms"), |text| {
            duration(text)
                .map(|seconds| seconds * 1e9)
                .or_else(|| bytes(text).map(|bytes| bytes as f64))
                .or_else(|| percentage(text))
        })
        .map(Self)
    }
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
    }
}
