//! The formats in `docs/reference` are those that warpmark reads and writes.

use std::fs;

use serde_json::Value;
use warpmark::baseline::{Reviewed, SavedRun};
use warpmark::record::{Annotation, Header, Line, Summary, TelemetryLine};
use warpmark::store::Record;

use crate::support::{root, warpmark};

/// The text of a page, and its blocks with a name after the language.
fn page(name: &str) -> (String, Vec<(String, String)>) {
    let text = fs::read_to_string(root().join("docs/reference").join(name)).expect("a page");
    let mut blocks = Vec::new();
    for part in text.split("\n```").skip(1).step_by(2) {
        let (head, body) = part.split_once('\n').expect("a block has lines");
        let name = head.split_once(' ').expect("a block has a name").1;
        blocks.push((name.to_owned(), format!("{body}\n")));
    }
    (text, blocks)
}

fn block<'a>(blocks: &'a [(String, String)], name: &str) -> &'a str {
    let found = blocks.iter().find(|(other, _)| other == name);
    &found.expect("the page has the block").1
}

/// Every key of `value`, at any depth.
fn keys(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.push(name.clone());
                keys(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

/// What warpmark makes of `text`, written again: the documented keys are those that it writes.
fn again<T: serde::Serialize + for<'a> serde::Deserialize<'a>>(text: &str) -> (Value, Value) {
    let documented: Value = serde_json::from_str(text).expect("JSON");
    let value: T = serde_json::from_str(text).expect("the format");
    (documented, serde_json::to_value(&value).expect("JSON"))
}

#[test]
fn the_record_is_as_documented() {
    let (text, blocks) = page("record.md");
    let mut all = Vec::new();
    let mut check = |(documented, written): (Value, Value)| {
        assert_eq!(documented, written);
        keys(&written, &mut all);
    };
    check(again::<Header>(block(&blocks, "run.json")));
    check(again::<Summary>(block(&blocks, "result.json")));
    check(again::<Annotation>(block(&blocks, "annotations.jsonl")));
    for process in ["process-0000.jsonl", "process-0001.jsonl"] {
        for line in block(&blocks, process).lines() {
            check(again::<Line>(line));
        }
    }
    for line in block(&blocks, "telemetry.jsonl").lines() {
        check(again::<TelemetryLine>(line));
    }
    // Facts, workloads and keys of `[compare]` are the user's own.
    let own = [
        "cpu",
        "threads",
        "hostname",
        "min-effect",
        "gather",
        "stream",
        "copy",
        "stdout",
        "failed",
    ];
    for key in all.iter().filter(|key| !own.contains(&key.as_str())) {
        assert!(text.contains(&format!("`{key}`")), "{key} is not described");
    }
}

#[test]
fn the_documented_record_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, body) in page("record.md").1 {
        fs::write(folder.path().join(name), body).expect("written");
    }
    let record = Record::open(folder.path()).expect("a record");
    let mut cases = Vec::new();
    record
        .each_case(|case| cases.push(case))
        .expect("whole processes");
    assert_eq!(cases.len(), 2);
    assert_eq!(record.starts().expect("starts").len(), 2);
    warpmark()
        .args(["compare", "--against"])
        .args([folder.path(), folder.path()])
        .assert()
        .code(10);
}

#[test]
fn the_baseline_is_as_documented() {
    let (_, blocks) = page("baseline.md");
    let documented = block(&blocks, "reviewed");
    let reviewed = Reviewed::parse("baseline.md", documented).expect("a reviewed file");
    assert_eq!(reviewed.to_text(), documented);
    // The noise model stands above the cases of a GPU's file.
    let gpu = documented.replace("device = \"host\"", "device = \"cuda\"");
    let (head, cases) = gpu.split_once("\n[case").expect("a case");
    let with_noise = format!("{head}\n{}\n[case{cases}", block(&blocks, "noise"));
    let reviewed = Reviewed::parse("baseline.md", &with_noise).expect("a reviewed file");
    assert!(reviewed.noise.is_some());
    assert_eq!(reviewed.to_text(), with_noise);
    // So does the bridge, and a ratio is the last line of a case.
    let with_bridge = documented
        .replace("\n[case", &format!("\n{}\n[case", block(&blocks, "bridge")))
        .replace(", clock = 1980.0 }", ", clock = 1980.0, carried = 0.0021 }");
    let with_bridge = format!("{with_bridge}{}", block(&blocks, "ratio"));
    let reviewed = Reviewed::parse("baseline.md", &with_bridge).expect("a reviewed file");
    assert!(reviewed.bridge.is_some());
    assert_eq!(reviewed.to_text(), with_bridge);
    let documented = block(&blocks, "runs");
    let runs = SavedRun::parse_all("baseline.md", documented).expect("runs");
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].to_line().expect("a line"), documented);
}
