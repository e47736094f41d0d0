//! What imported records lack, which the reader of a comparison must know.

use serde_json::Value;

use crate::record::Environment;

/// The fact in an imported record's context: where it came from.
pub const FROM: &str = "imported-from";

/// The fact in an imported record's context: what it lacks, a text each.
pub const LACKS: &str = "imported-lacks";

/// What the record of `environment` lacks, a sentence each.
pub fn lacks(environment: &Environment) -> Vec<String> {
    let lacks = environment.context.get(LACKS).and_then(Value::as_array);
    let texts = lacks.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// What either side lacks, each once.
pub fn notes(candidate: &Environment, base: &[String]) -> Vec<String> {
    let own = lacks(candidate);
    let of = |whose: &str, lack: &String| format!("{whose} imported: {lack}");
    let candidates = own.iter().map(|lack| {
        let both = base.contains(lack);
        of(
            if both {
                "both sides were"
            } else {
                "the candidate was"
            },
            lack,
        )
    });
    let bases = base.iter().filter(|lack| !own.contains(lack));
    candidates
        .chain(bases.map(|lack| of("the base was", lack)))
        .collect()
}
