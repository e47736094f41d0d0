//! JSON, and that each of its keys is documented.

use serde_json::Value;
use warpmark::report::Format;

use super::render;
use super::sample::{compared, run};

#[test]
fn json_is_stable() {
    insta::assert_snapshot!("run_json", render(&run(), Format::Json));
    insta::assert_snapshot!("compare_json", render(&compared(), Format::Json));
}

#[test]
fn every_key_of_the_json_is_documented() {
    let document = include_str!("../../../docs/reference/json.md");
    let mut run = run();
    run.comparison = Some(compared());
    let value: Value = serde_json::from_str(&render(&run, Format::Json)).expect("json");
    let mut keys = Vec::new();
    collect_keys(&value, &mut keys);
    assert!(keys.len() > 60, "{}", keys.len());
    for key in keys {
        assert!(
            document.contains(&format!("`{key}`")),
            "docs/reference/json.md lacks `{key}`"
        );
    }
}

fn collect_keys(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
                collect_keys(value, keys);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_keys(value, keys)),
        _ => {}
    }
}
