//! `warpmark calibrate` and `export timings`: what verdicts are worth on three recorded GPUs, and on a suite.

mod recorded;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{root, warpmark};

/// A recorded card.
pub fn card(name: &str) -> PathBuf {
    root().join(format!("tests/data/h100-timings/card-{name}.json.gz"))
}

/// Runs `warpmark calibrate ARGUMENTS --format json`.
#[track_caller]
pub fn study(folder: &Path, arguments: &[&str]) -> Value {
    let assert = warpmark()
        .current_dir(folder)
        .arg("calibrate")
        .args(arguments)
        .args(["--format", "json"])
        .assert()
        .success();
    serde_json::from_slice(&assert.get_output().stdout).expect("JSON")
}

const SUITE: &str = r#"
format = 1
[suite]
name = "scripted"
[device]
kind = "mock"
[repetition]
samples = 20
warmup = 0
[[workload]]
name = "copy"
axes = { n = [1, 2] }
mock = { times = [180000, 180100, 179900], process-factors = [1, 1.0004, 0.9997, 1.0002, 0.9999] }
[[workload]]
name = "tiny"
mock = { times = [60000, 60100], process-factors = [1, 1.002, 0.999, 1.001] }
"#;

#[test]
fn a_suite_is_measured_studied_and_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    std::fs::write(here.join("s.toml"), SUITE).expect("written");
    let found = study(
        here,
        &["s.toml", "--quiet", "--out", "t.json.gz", "--draws", "100"],
    );
    assert_eq!(
        (&found["format"], &found["suite"]),
        (&1.into(), &"scripted".into())
    );
    let model = &found["noise_model"];
    assert!(
        model["relative"].as_f64().expect("a share") < 0.005,
        "{model}"
    );
    let rows = found["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(
            (&row["draws"], &row["level"]),
            (&100.into(), &"base".into())
        );
        assert_eq!(
            row["disjoint_pairs"], 1,
            "15 processes are one pair of five"
        );
    }
    let outlook = found["outlook"].as_array().expect("kernels");
    assert_eq!(outlook[0]["kernel"], "copy/n=1");
    assert_eq!(
        outlook[0]["smallest_effects"].as_array().map(Vec::len),
        Some(3)
    );
    // The file that was written, and the record exported, are the same and give the same rows.
    let again = study(here, &["--from", "t.json.gz", "--draws", "100"]);
    assert_eq!(again["rows"], found["rows"]);
    let export = |arguments: &[&str]| {
        let assert = warpmark()
            .current_dir(here)
            .args(["export", "timings"])
            .args(arguments)
            .assert();
        assert.success().get_output().stdout.clone()
    };
    let text = export(&["latest"]);
    export(&["latest", "--out", "u.json.gz"]);
    let read = |path: &str| std::fs::read(here.join(path)).expect("a file");
    assert_eq!(read("t.json.gz"), read("u.json.gz"));
    let timings: Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(
        timings["kernels"],
        serde_json::json!(["copy/n=1", "copy/n=2", "tiny"])
    );
    assert_eq!(timings["processes"].as_array().map(Vec::len), Some(15));
}

#[test]
fn people_get_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("s.toml"), SUITE).expect("written");
    let arguments = [
        "calibrate",
        "s.toml",
        "-q",
        "--processes",
        "6",
        "--draws",
        "20",
    ];
    let assert = warpmark()
        .current_dir(folder.path())
        .args(arguments)
        .assert()
        .success();
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for expected in [
        "scripted on mock (mock), 6 processes, 3 cases",
        "20 draws of 3 processes against 3; all kernels change together; no noise between runs",
        "false verdicts: ",
        "the draws come from 1 disjoint pair of 3 against 3 processes: with 95 % confidence",
        "in 99 of 100 comparisons of a suite of 1000 cases",
        "noise between processes: ",
        "record: .warpmark/runs/scripted/",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn the_noise_model_is_stored_with_the_baseline() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    std::fs::write(here.join("s.toml"), SUITE).expect("written");
    let arguments = ["s.toml", "-q", "--draws", "10", "--save", "baselines"];
    let model = &study(here, &arguments)["noise_model"];
    let stored = std::fs::read_dir(here.join("baselines/scripted")).expect("a folder");
    let files: Vec<PathBuf> = stored
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let text = std::fs::read_to_string(&files[0]).expect("a baseline");
    let additive = model["additive_ns"].as_f64().expect("nanoseconds");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("additive-ns = "));
    let found: f64 = line.expect("a model").parse().expect("a number");
    assert!((found / additive - 1.0).abs() < 1e-9, "{text}");
}

#[test]
fn what_cannot_be_studied_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let whole = std::fs::read(card("c")).expect("a recording");
    std::fs::write(here.join("cut.json.gz"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(here.join("none.json"), "{}").expect("written");
    let c = card("c");
    let c = c.to_string_lossy();
    for (arguments, code, expected) in [
        (
            &["--from", "cut.json.gz"][..],
            3,
            "cut.json.gz: the gzip data is damaged or ends early",
        ),
        (
            &["--from", "none.json"],
            3,
            "none.json, line 1, column 2: missing field `unit`",
        ),
        (&["--from", "absent.json"], 3, "cannot read absent.json"),
        (
            &["--from", &c, "--processes", "6"],
            3,
            "the recording has 10 processes, and 12 are needed for 6 a side",
        ),
        (&["--from", &c, "--out", "t.json"], 2, "cannot be used with"),
        (&["--from", &c, "s.toml"], 2, "cannot be used with"),
        (
            &["--from", &c, "--processes", "1"],
            2,
            "1 is not in 2..=1000",
        ),
        (&[], 2, "required"),
    ] {
        let assert = warpmark()
            .current_dir(here)
            .arg("calibrate")
            .args(arguments)
            .assert()
            .code(code);
        let error = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(
            code == 2 || !error.contains("damaged") || error.contains("hint"),
            "{error}"
        );
    }
}
