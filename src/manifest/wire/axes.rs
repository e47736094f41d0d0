//! The values of an axis: an array, powers of two, or a range.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::reader::{At, Raw, Reader, Wire};
use super::scalars::{Bounded, integer, real};
use crate::id::AxisValue;

/// The values of an axis as they are written.
#[derive(Debug, Clone)]
pub(in crate::manifest) enum AxisWire {
    /// One by one.
    Values(Vec<At<AxisValue>>),
    /// By a rule.
    Rule(AxisTable),
}

table! {
    /// The values of an axis by a rule.
    AxisTable {
        /// Powers of two: "20..=28" is 2^20, 2^21, ... 2^28.
        "pow2" pow2: Span,
        /// Whole numbers: "1..=9".
        "range" range: Span,
        /// How far one value is from the next; of `pow2`, one exponent from the next.
        "step" step: Bounded<1, { i64::MAX }>,
    }
}

/// `a..b`, without its end, or `a..=b`, with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::manifest) struct Span {
    /// The first value.
    pub first: i64,
    /// The last one, which may be below the first: no values.
    pub last: i64,
}

impl Wire for AxisWire {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match raw.get_ref() {
            DeValue::Table(_) => AxisTable::read(raw, reader).map(Self::Rule),
            DeValue::Array(array) => {
                let values: Vec<_> = array
                    .iter()
                    .filter_map(|raw| reader.at::<AxisValue>(raw))
                    .collect();
                (values.len() == array.len()).then_some(Self::Values(values))
            }
            _ => {
                let wanted = "an array of values or a rule";
                reader.wrong_type(raw, wanted, "[1, 2, 4] or { pow2 = \"10..=20\" }");
                None
            }
        }
    }
}

impl Wire for AxisValue {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        match raw.get_ref() {
            DeValue::Integer(_) => integer(raw, reader).map(Self::Integer),
            DeValue::Float(_) => real(raw, reader).map(Self::Real),
            DeValue::String(text) if text.chars().any(char::is_control) => {
                let help = Some("text values are shown in ids: leave it out".to_owned());
                reader.mistake(raw, "has a value with a control character", help);
                None
            }
            DeValue::String(text) => Some(Self::Text(text.as_ref().to_owned())),
            _ => {
                reader.wrong_type(raw, "integers, reals or strings", "[1, 2, 4]");
                None
            }
        }
    }
}

impl Wire for Span {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let span = raw.get_ref().as_str().and_then(span);
        if span.is_none() {
            reader.wrong_type_or_text(raw, "a range in quotes", "\"1..=9\"");
        }
        span
    }
}

fn span(text: &str) -> Option<Span> {
    let number = |text: &str| text.trim().replace('_', "").parse::<i64>().ok();
    let (first, last) = text.split_once("..")?;
    let first = number(first)?;
    let last = match last.strip_prefix('=') {
        Some(last) => number(last)?,
        None => number(last)?.checked_sub(1)?,
    };
    Some(Span { first, last })
}

impl JsonSchema for AxisWire {
    fn schema_name() -> Cow<'static, str> {
        "Axis".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<AxisTable>();
        json_schema!({
            "description": "The values of an axis: distinct and of one type.",
            "anyOf": [
                { "type": "array", "minItems": 1, "items": { "type": "integer" } },
                { "type": "array", "minItems": 1, "items": { "type": "number" } },
                { "type": "array", "minItems": 1, "items": { "type": "string" } },
                rule,
            ],
        })
    }
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^ *-?[0-9_]+ *\\.\\.=? *-?[0-9_]+ *$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_include_their_end_with_an_equals_sign() {
        let table = [
            ("20..=28", Some((20, 28))),
            ("1..9", Some((1, 8))),
            (" -4 ..= 1_000 ", Some((-4, 1000))),
            ("1...9", None),
            ("1-9", None),
            ("..9", None),
        ];
        for (text, expected) in table {
            assert_eq!(span(text).map(|s| (s.first, s.last)), expected, "{text:?}");
        }
    }
}
