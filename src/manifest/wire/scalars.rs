//! Single values: text, numbers, and quantities with their unit.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::reader::{Raw, Reader, Wire};
use crate::id::Name;

/// Declares a newtype over a scalar with its schema.
macro_rules! scalar {
    ($(#[$meta:meta])* $name:ident($inner:ty), $schema:tt) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub(in crate::manifest) struct $name(pub $inner);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

scalar!(
    /// Text without control characters.
    Text(String),
    { "type": "string" }
);
scalar!(
    /// True or false.
    Boolean(bool),
    { "type": "boolean" }
);
scalar!(
    /// A name of 1 to 64 characters.
    NameText(Name),
    { "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$" }
);
scalar!(
    /// A finite real number.
    Number(f64),
    { "type": "number" }
);
scalar!(
    /// A file or folder, relative to the manifest that names it.
    ExistingPath(String),
    { "type": "string", "minLength": 1,
      "description": "A file or folder, relative to the manifest that names it." }
);
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

/// The text in `raw`; `None` after noting that it is none, or that it holds control characters.
fn text<'r>(raw: &'r Raw<'_>, reader: &mut Reader<'_>, example: &str) -> Option<&'r str> {
    let Some(text) = raw.get_ref().as_str() else {
        reader.wrong_type(raw, "a string", example);
        return None;
    };
    let control = text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r'));
    if let Some(control) = control {
        let help = Some("leave it out".to_owned());
        reader.mistake(
            raw,
            &format!("holds the control character {control:?}"),
            help,
        );
        return None;
    }
    Some(text)
}

/// The text in `raw` read by `parse`; `None` after noting that `parse` can't.
fn parsed<T>(
    raw: &Raw<'_>,
    reader: &mut Reader<'_>,
    (what, example): (&str, &str),
    parse: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = text(raw, reader, &format!("{example:?}"))?;
    let value = parse(text);
    if value.is_none() {
        let help = Some(format!("write it as in {example:?}"));
        reader.mistake(
            raw,
            &format!("can't be {}, which is {what}", shortened(text)),
            help,
        );
    }
    value
}

/// `text` in quotes, cut where it is long.
pub(in crate::manifest) fn shortened(text: &str) -> String {
    if text.chars().count() <= 60 {
        return format!("{text:?}");
    }
    let cut: String = text.chars().take(57).collect();
    format!("\"{}...\"", cut.escape_debug())
}

/// The integer in `raw`, which is one; `None` after noting that 64 bits don't hold it.
pub(super) fn integer(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<i64> {
    let DeValue::Integer(integer) = raw.get_ref() else {
        return None;
    };
    let value = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
    if value.is_none() {
        let help = Some("the largest is 9223372036854775807".to_owned());
        reader.mistake(raw, "is too large for a 64-bit integer", help);
    }
    value
}

/// The number in `raw`, which is one; `None` after noting that it is not finite.
pub(super) fn real(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<f64> {
    let value = match raw.get_ref() {
        DeValue::Integer(_) => integer(raw, reader)? as f64,
        DeValue::Float(real) => real.as_str().parse().unwrap_or(f64::NAN),
        _ => return None,
    };
    if !value.is_finite() {
        let help = Some("infinities and nan are no values here".to_owned());
        reader.mistake(raw, "takes a finite number", help);
        return None;
    }
    Some(value)
}

fn is_number(raw: &Raw<'_>) -> bool {
    raw.get_ref().is_integer() || raw.get_ref().is_float()
}

impl Wire for Text {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        text(raw, reader, "\"...\"").map(|text| Self(text.to_owned()))
    }
}

impl Wire for ExistingPath {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = text(raw, reader, "\"...\"")?;
        if text.is_empty() {
            reader.mistake(raw, "is empty", Some("name a file or folder".to_owned()));
            return None;
        }
        Some(Self(text.to_owned()))
    }
}

impl Wire for Boolean {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let value = raw.get_ref().as_bool();
        if value.is_none() {
            reader.wrong_type(raw, "true or false", "true");
        }
        value.map(Self)
    }
}

impl Wire for NameText {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = text(raw, reader, "\"...\"")?;
        let name = Name::new(text).ok();
        if name.is_none() {
            let help = "a name is 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'".to_owned();
            reader.mistake(raw, &format!("can't be {}", shortened(text)), Some(help));
        }
        name.map(Self)
    }
}

impl Wire for Number {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !is_number(raw) {
            reader.wrong_type(raw, "a number", "1.0");
        }
        real(raw, reader).map(Self)
    }
}

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

/// An integer from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) struct Bounded<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Bounded<MIN, MAX> {
    /// The value in an unsigned type that holds the bounds.
    pub fn get<T: TryFrom<i64> + Default>(self) -> T {
        T::try_from(self.0).unwrap_or_default()
    }
}

impl<const MIN: i64, const MAX: i64> Wire for Bounded<MIN, MAX> {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        if !raw.get_ref().is_integer() {
            let wanted = format!("an integer from {MIN} to {MAX}");
            reader.wrong_type(raw, &wanted, &MIN.max(1).to_string());
        }
        let value = integer(raw, reader)?;
        if (MIN..=MAX).contains(&value) {
            return Some(Self(value));
        }
        let help = Some(format!("it takes an integer from {MIN} to {MAX}"));
        reader.mistake(raw, &format!("can't be {value}"), help);
        None
    }
}

impl<const MIN: i64, const MAX: i64> JsonSchema for Bounded<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Integer_{MIN}_to_{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A clock in MHz.
pub(in crate::manifest) type Megahertz = Bounded<1, 100_000>;

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
