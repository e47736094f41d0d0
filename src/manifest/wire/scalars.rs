//! Single values: text, truth values, names, and numbers.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::reader::{Raw, Reader, Wire};
use crate::id::Name;

scalar!(
    /// Text without control characters.
    Text(String),
    { "type": "string" }
);
scalar!(
    /// A paragraph of prose: 1 to 1,000 characters. Line ends and any other white space are one space.
    Paragraph(String),
    { "type": "string", "minLength": 1, "maxLength": LONGEST_PARAGRAPH, "pattern": "\\S" }
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

/// The most characters of a paragraph, white space among them.
const LONGEST_PARAGRAPH: usize = 1_000;

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
pub(super) fn parsed<T>(
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

pub(super) fn is_number(raw: &Raw<'_>) -> bool {
    raw.get_ref().is_integer() || raw.get_ref().is_float()
}

impl Wire for Text {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        text(raw, reader, "\"...\"").map(|text| Self(text.to_owned()))
    }
}

impl Wire for Paragraph {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let text = text(raw, reader, "\"...\"")?;
        let count = text.chars().count();
        if count > LONGEST_PARAGRAPH {
            let help = Some("it takes 1,000 at most".to_owned());
            reader.mistake(raw, &format!("is {count} characters long"), help);
            return None;
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            let help = Some("write a sentence, or leave it out".to_owned());
            reader.mistake(raw, "says nothing", help);
            return None;
        }
        Some(Self(words.join(" ")))
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
