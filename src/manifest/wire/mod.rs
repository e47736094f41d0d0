//! What a manifest's file says, key by key, every value with its place; nothing is judged here but types and
//! the ranges of single values.

#[macro_use]
mod macros;
mod axes;
mod formulas;
mod library;
mod quantities;
mod reader;
mod results;
mod scalars;
mod shapes;
mod swizzle;
mod tables;
mod workload;

use schemars::Schema;
use serde_json::{Map, Value, json};

pub(super) use axes::{AxisTable, AxisWire};
pub(super) use library::{LibraryWord, WithTable};
pub(super) use quantities::{Duration, Quantity, Share};
pub(super) use reader::{At, Field, Keys, Raw, Reader, Wire, nearest};
pub(super) use scalars::{Boolean, Bounded, ExistingPath, NameText, Number, Text};
pub(super) use shapes::{List, OneOrMany, Pairs};
pub(super) use swizzle::SwizzleWord;
pub(super) use tables::{
    ClockTargetWire, ClocksTable, CompareTable, CostTable, DeniedWord, DeviceTable, DeviceWord,
    GoalTable, NormaliseWord, OrderWord, PolicyWord, RepetitionTable, RequireTable, Root,
    SuiteTable,
};
pub(super) use workload::{
    ArgumentTable, CacheWord, FaultWord, FillTable, FillWire, FillWord, KernelTable, MeasureWord,
    MockTable, TimingWord, VerifyTable, VerifyWire, WorkTable, WorkloadTable,
};

/// One of `known`; `None` after noting that `raw` is none of them.
fn word<'k>(raw: &Raw<'_>, reader: &mut Reader<'_>, known: &[&'k str]) -> Option<&'k str> {
    let choices = || {
        let quoted: Vec<String> = known.iter().map(|word| format!("{word:?}")).collect();
        quoted.join(", ")
    };
    let Some(text) = raw.get_ref().as_str() else {
        reader.wrong_type(raw, &format!("one of {}", choices()), "");
        return None;
    };
    let found = known.iter().copied().find(|word| *word == text);
    if found.is_none() {
        let help = nearest(text, known.iter().copied()).map_or_else(
            || format!("write one of {}", choices()),
            |near| format!("did you mean {near:?}?"),
        );
        reader.mistake(raw, &format!("can't be {text:?}"), Some(help));
    }
    found
}

/// A schema with a text about it; the text of a documentation comment, whose lines begin with a space.
fn described(mut schema: Schema, text: &str) -> Value {
    let text = tidy(text);
    if !text.is_empty() {
        schema.insert("description".to_owned(), Value::String(text));
    }
    schema.to_value()
}

fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ").trim().to_owned()
}

/// The schema of a table that knows no other keys.
fn object(text: &str, properties: &Map<String, Value>, required: &[&str]) -> Schema {
    let mut schema = schemars::json_schema!({
        "type": "object",
        "description": tidy(text),
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema
}
