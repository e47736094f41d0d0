//! What `docs/templates.md` and `docs/schema/report.json` say, from the types of the document.

use std::fmt::Write;

use schemars::JsonSchema;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value};

use super::super::document::Document;
use super::super::markdown::{Comment, code};
use super::helpers::DESCRIBED;

/// A report: one run, and what it was compared with.
#[derive(JsonSchema)]
#[allow(dead_code)] // only its schema is used
struct Seen {
    #[serde(flatten)]
    document: Document,
    /// The report as a comment; it is there for Markdown alone.
    comment: Comment,
}

/// The schema of what a template sees.
pub(super) fn seen() -> Value {
    generator().into_root_schema_for::<Seen>().to_value()
}

/// The JSON Schema of a report (draft 2020-12). Further keys may come with any version, so that it forbids none.
pub fn schema() -> Value {
    let mut schema = generator().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), Value::from("A report of warpmark"));
    schema.to_value()
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
}

/// The fields of `node`, of what it refers to, or of the entries of the list that it is.
pub(super) fn properties<'a>(schema: &'a Value, node: &'a Value) -> Option<&'a Map<String, Value>> {
    let (node, _) = target(schema, node)?;
    node.get("properties")?.as_object()
}

/// The type behind references, lists and null, and its name where it has one.
fn target<'a>(schema: &'a Value, node: &'a Value) -> Option<(&'a Value, Option<&'a str>)> {
    if let Some(path) = node.get("$ref").and_then(Value::as_str) {
        let name = path.rsplit('/').next()?;
        return Some((schema.get("$defs")?.get(name)?, Some(name)));
    }
    if let Some(items) = node.get("items") {
        return target(schema, items);
    }
    let any = node.get("anyOf").and_then(Value::as_array);
    if let Some(of) = any.and_then(|any| any.iter().find(|one| one.get("$ref").is_some())) {
        return target(schema, of);
    }
    Some((node, None))
}

/// A table of the fields of every type, the document's own first.
pub fn fields() -> String {
    let schema = seen();
    let mut out = String::new();
    let none = Map::new();
    let types = schema
        .get("$defs")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    table(&mut out, "The document", &schema, &schema);
    for (name, of) in types
        .iter()
        .filter(|(_, of)| of.get("properties").is_some())
    {
        table(&mut out, name, &schema, of);
    }
    out
}

// Writing to a String can't fail, so what `write!` returns is dropped.

fn table(out: &mut String, name: &str, schema: &Value, of: &Value) {
    let _ = write!(out, "### {name}\n\n{}\n\n", sentence(of));
    out.push_str("| field | type | |\n|---|---|---|\n");
    for (field, of) in properties(schema, of).into_iter().flatten() {
        let _ = writeln!(
            out,
            "| `{field}` | {} | {} |",
            kind(schema, of),
            sentence(of)
        );
    }
    out.push('\n');
}

/// The documentation of a type or field on one line.
fn sentence(of: &Value) -> String {
    let text = of.get("description").and_then(Value::as_str);
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// A type in words: `list of CaseEntry`, `number or null`.
fn kind(schema: &Value, of: &Value) -> String {
    if let Some(items) = of.get("items") {
        return format!("list of {}", kind(schema, items));
    }
    if let Some(values) = of.get("additionalProperties").filter(|v| v.is_object()) {
        return format!("{} by name", kind(schema, values));
    }
    if let Some(any) = of.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = any.iter().map(|one| kind(schema, one)).collect();
        return kinds.join(" or ");
    }
    if let Some((target, Some(name))) = target(schema, of) {
        let is_word = target.get("properties").is_none();
        return if is_word {
            "text".to_owned()
        } else {
            name.to_owned()
        };
    }
    let word = |name: &Value| match name.as_str() {
        Some("string") => "text",
        Some("boolean") => "true or false",
        Some("integer") => "whole number",
        Some("number") => "number",
        Some("null") => "null",
        _ => "value",
    };
    match of.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().map(word).collect::<Vec<_>>().join(" or "),
        Some(one) => word(one).to_owned(),
        None => "value".to_owned(),
    }
}

/// A table of all helpers with an example each.
pub fn helpers() -> String {
    let mut out = "| helper | gives | |\n|---|---|---|\n".to_owned();
    for described in &DESCRIBED {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} |",
            described.example,
            cell(described.gives),
            described.sentence
        );
    }
    out
}

/// What a helper gives as a cell: Markdown is shown as it is written, a line below the other.
fn cell(gives: &str) -> String {
    if !gives.contains('`') {
        return gives.to_owned();
    }
    let lines: Vec<String> = gives.lines().map(code).collect();
    lines.join("<br>")
}
