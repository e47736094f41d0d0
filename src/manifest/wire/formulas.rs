//! Expressions and templates.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use super::reader::{Raw, Reader, Wire};
use super::scalars::{integer, real};
use crate::diagnostic::{Diagnostic, Place};
use crate::expr::{Expression, ExpressionError, Value};
use crate::manifest::formula::{Formula, Part, Template};

impl Wire for Formula {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let place = reader.place(raw);
        let constant = |value| Self {
            expression: Expression::constant(value),
            place,
            text: None,
        };
        match raw.get_ref() {
            DeValue::Integer(_) => integer(raw, reader).map(Value::Integer).map(constant),
            DeValue::Float(_) => real(raw, reader).map(Value::Real).map(constant),
            DeValue::String(text) => {
                let text: &str = text.as_ref();
                let verbatim = reader.verbatim(raw, text);
                match Expression::parse(text) {
                    Ok(expression) => Some(Self {
                        expression,
                        place,
                        text: verbatim,
                    }),
                    Err(error) => {
                        let error = fault(&error, place, verbatim);
                        reader.found.push(error);
                        None
                    }
                }
            }
            _ => {
                reader.wrong_type(raw, "a number or an expression in quotes", "\"n / 2\"");
                None
            }
        }
    }
}

/// A fault of an expression as a mistake of the file.
fn fault(error: &ExpressionError, place: Place, text: Option<Place>) -> Diagnostic {
    let place = text.map_or(place, |text| text.part(error.span.clone()));
    let mut diagnostic = Diagnostic::new(error.message.clone(), place);
    diagnostic.help.clone_from(&error.help);
    diagnostic
}

impl JsonSchema for Formula {
    fn schema_name() -> Cow<'static, str> {
        "Expression".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "description": "A number, or an expression of axes and device facts: \"ceil_div(n, block)\".",
        })
    }
}

impl Wire for Template {
    fn read(raw: &Raw<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(text) = raw.get_ref().as_str() else {
            reader.wrong_type(raw, "a string", "\"...\"");
            return None;
        };
        if text.contains('\0') {
            reader.mistake(raw, "holds a NUL", Some("leave it out".to_owned()));
            return None;
        }
        match parts(text) {
            Ok(parts) => Some(Self {
                parts,
                place: reader.place(raw),
            }),
            Err(span) => {
                let place = reader.place(raw);
                let at = reader
                    .verbatim(raw, text)
                    .map_or(place, |text| text.part(span));
                let message = "a brace that neither opens nor closes a placeholder";
                let help = "write {axis} for an axis' value, {{ and }} for braces";
                reader.found.push(Diagnostic::new(message, at).help(help));
                None
            }
        }
    }
}

impl JsonSchema for Template {
    fn schema_name() -> Cow<'static, str> {
        "Template".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Text with {axis} for an axis' value; {{ and }} are braces.",
        })
    }
}

/// The parts of `text`, or the bytes of a brace that has no meaning.
fn parts(text: &str) -> Result<Vec<Part>, std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(offset) = text[at..].find(['{', '}']) {
        plain.push_str(&text[at..at + offset]);
        at += offset;
        let brace = &text[at..=at];
        if text[at + 1..].starts_with(brace) {
            plain.push_str(brace);
            at += 2;
            continue;
        }
        let name = match text[at + 1..].find(['{', '}']) {
            Some(length) if brace == "{" && text[at + 1 + length..].starts_with('}') => {
                &text[at + 1..at + 1 + length]
            }
            _ => return Err(at..at + 1),
        };
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        at += name.len() + 2;
        parts.push(match name {
            "out" => Part::Output,
            name => Part::Axis(name.to_owned()),
        });
    }
    plain.push_str(&text[at..]);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_have_placeholders_and_braces() {
        let text = |text: &str| Part::Text(text.to_owned());
        let axis = |name: &str| Part::Axis(name.to_owned());
        let table = [
            ("", Ok(vec![text("")])),
            ("plain", Ok(vec![text("plain")])),
            ("{n}", Ok(vec![axis("n")])),
            (
                "a{n}b{out}",
                Ok(vec![text("a"), axis("n"), text("b"), Part::Output]),
            ),
            ("{{n}}", Ok(vec![text("{n}")])),
            ("é{{{n}}}", Ok(vec![text("é{"), axis("n"), text("}")])),
            ("a{n", Err(1..2)),
            ("a}b", Err(1..2)),
            ("{a{b}}", Err(0..1)),
        ];
        for (template, expected) in table {
            assert_eq!(parts(template), expected, "{template:?}");
        }
    }
}
