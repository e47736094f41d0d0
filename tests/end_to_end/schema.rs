//! The JSON Schema: it is the one that is shipped, knows the parser's keys, and takes every valid suite.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use warpmark::manifest;

use crate::manifest_docs;
use crate::support::{root, warpmark};

fn shipped() -> Value {
    let text = fs::read_to_string(root().join("suites/suite.schema.json")).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

fn as_json(text: &str) -> Value {
    let table: toml::Table = text.parse().expect("TOML");
    with_dates_as_text(serde_json::to_value(table).expect("a JSON form"))
}

/// Dates as editors show them to a schema: JSON has none, and TOML's crate has a table of its own for them.
fn with_dates_as_text(value: Value) -> Value {
    match value {
        Value::Object(fields) => match fields.get("$__toml_private_datetime") {
            Some(date) => date.clone(),
            None => fields
                .into_iter()
                .map(|(key, value)| (key, with_dates_as_text(value)))
                .collect(),
        },
        Value::Array(items) => items.into_iter().map(with_dates_as_text).collect(),
        other => other,
    }
}

/// What the schema finds wrong in a suite.
fn found(text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&shipped()).expect("a schema");
    let value = as_json(text);
    validator
        .iter_errors(&value)
        .map(|error| error.to_string())
        .collect()
}

#[test]
fn the_shipped_schema_is_what_the_program_prints() {
    let output = warpmark().arg("schema").output().expect("the program runs");
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let shipped = fs::read_to_string(root().join("suites/suite.schema.json")).expect("the schema");
    assert_eq!(
        printed, shipped,
        "run `warpmark schema > suites/suite.schema.json`"
    );
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&shipped()));
}

/// Every table of the grammar: its name in the schema, and a suite with the unknown key `zzz` in it.
fn tables() -> Vec<(&'static str, String)> {
    let workload = |inside: &str| format!("[[workload]]\nname = \"w\"\n{inside}");
    let command = |inside: &str| workload(&format!("command = [\"true\"]\n{inside}"));
    let kernel = |inside: &str| {
        workload(&format!(
            "kernel = {{ source = \"k.cu\", entry = \"k\" }}\ngrid = 1\nblock = 1\n{inside}"
        ))
    };
    vec![
        ("", "zzz = 1".to_owned()),
        ("SuiteTable", "suite = { zzz = 1 }".to_owned()),
        ("DeviceTable", "device = { zzz = 1 }".to_owned()),
        (
            "RequireTable",
            "device = { require = { zzz = 1 } }".to_owned(),
        ),
        ("ClocksTable", "clocks = { zzz = 1 }".to_owned()),
        ("RepetitionTable", "repetition = { zzz = 1 }".to_owned()),
        ("CompareTable", "compare = { zzz = 1 }".to_owned()),
        ("CostTable", "cost = { zzz = 1 }".to_owned()),
        ("GoalTable", "[[goal]]\nzzz = 1".to_owned()),
        ("WorkloadTable", workload("zzz = 1")),
        ("KernelTable", workload("kernel = { zzz = 1 }")),
        ("AxisTable", command("axes = { a = { zzz = 1 } }")),
        ("ArgumentTable", kernel("args = [{ zzz = 1 }]")),
        (
            "FillTable",
            kernel("args = [{ in = \"f32\", len = 1, fill = { zzz = 1 } }]"),
        ),
        ("WorkTable", command("work = { zzz = 1 }")),
        ("WithTable", workload("with = { zzz = 1 }")),
        ("VerifyTable", command("verify = { zzz = 1 }")),
        ("ResultsTable", command("results = { zzz = 1 }")),
        ("MockTable", workload("mock = { zzz = 1 }")),
    ]
}

/// The keys that the parser says a table has, by its answer to an unknown one.
fn parsed_keys(text: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("suite.toml");
    fs::write(&path, text).expect("written");
    let examined = manifest::examine(&path).expect("read");
    let mistakes = examined.mistakes.list();
    let unknown = mistakes
        .iter()
        .find(|found| found.message == "unknown key `zzz`");
    let help = unknown
        .and_then(|found| found.help.clone())
        .expect("the keys are listed");
    let keys = help
        .strip_prefix("the keys here are ")
        .expect("a list of keys");
    keys.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_parser_and_the_schema_know_the_same_keys() {
    let schema = shipped();
    let definitions = schema["definitions"].as_object().expect("definitions");
    let mut seen = BTreeSet::new();
    for (name, text) in tables() {
        let table = definitions.get(name).unwrap_or(&schema);
        let properties = table["properties"].as_object().expect("a table");
        let keys: BTreeSet<String> = properties.keys().cloned().collect();
        assert_eq!(parsed_keys(&text), keys, "{name}");
        assert_eq!(table["additionalProperties"], Value::Bool(false), "{name}");
        seen.insert(name);
    }
    let all = definitions
        .iter()
        .filter(|(_, schema)| schema.get("properties").is_some());
    for (name, _) in all {
        assert!(
            seen.contains(name.as_str()),
            "{name} is not among the tables of this test"
        );
    }
}

#[test]
fn every_suite_of_the_repository_and_its_documentation_is_valid() {
    for text in manifest_docs::suites() {
        assert_eq!(found(&text), Vec::<String>::new(), "{text}");
    }
    let folder = root().join("suites");
    for path in manifest::find(&folder).expect("the suites") {
        let text = fs::read_to_string(&path).expect("a suite");
        assert_eq!(found(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn unknown_keys_and_wrong_types_are_refused() {
    let head = "format = 1\n[suite]\nname = \"s\"\n";
    let table = [
        ("zzz = 1\n", ""),
        ("", "[repetition]\nsampels = 5\n"),
        ("", "[repetition]\nsamples = 0\n"),
        ("", "[device]\nkind = \"gpu\"\n"),
        ("", "[[workload]]\ncommand = [\"true\"]\n"),
        ("", "[[workload]]\nname = \"a b\"\n"),
        (
            "",
            "[[workload]]\nname = \"a\"\nkernel = { source = \"k.cu\" }\n",
        ),
    ];
    assert_eq!(found(head), Vec::<String>::new());
    for (before, after) in table {
        assert!(
            !found(&format!("{before}{head}{after}")).is_empty(),
            "{before}{after}"
        );
    }
}
