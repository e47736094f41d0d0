//! What imported records lack, which the reader of a comparison must know.

use serde_json::Value;

use crate::record::Environment;

/// The fact in an imported record's context: where it came from.
pub const FROM: &str = "imported-from";

/// The fact in an imported record's context: what it lacks, a text each.
pub const LACKS: &str = "imported-lacks";

/// What the record of `environment` lacks, a sentence each; `whose` is the side that it stands on.
pub fn lacks(environment: &Environment, whose: &str) -> Vec<String> {
    let lacks = environment.context.get(LACKS).and_then(Value::as_array);
    let texts = lacks.into_iter().flatten().filter_map(Value::as_str);
    texts
        .map(|text| format!("the {whose} was imported: {text}"))
        .collect()
}
