//! What a report gathers beside its run: nights of a baseline, kernels that no case covers, telemetry.

use std::fs;

use serde_json::Value;
use warpmark::record::{Limit, Occupancy};

use crate::baselines::Repository;
use crate::generated::{Case, Run};

const SUITE: &str = "format = 1\n[suite]\nname = \"memory\"\n\
    [[workload]]\nname = \"copy\"\nkernel = { source = \"../kernels/copy.cu\", entry = \"copy\" }\ngrid = 1\nblock = 1\n";

fn run(night: u32, factor: f64) -> Run {
    let cases = vec![Case::new("copy/n=1024", 1e6).times(factor)];
    Run::new(0, cases).on_day(night)
}

/// A repository with a suite, a kernel that it uses, and three saved nights.
fn repository() -> Repository {
    let repository = Repository::new();
    for (file, text) in [("suites/memory.toml", SUITE), ("kernels/copy.cu", "// 1\n")] {
        let path = repository.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }
    for night in 1..=3 {
        fs::write(repository.path().join("night"), night.to_string()).expect("written");
        repository.commit("A night");
        repository.record(run(night, 1.0));
        repository.said(&["baseline", "save"], 0);
        repository.commit("Nightly runs");
    }
    repository
}

fn report(repository: &Repository, arguments: &[&str]) -> Value {
    let assert = repository.warpmark(&[&["report"], arguments].concat());
    serde_json::from_slice(&assert.get_output().stdout).expect("JSON")
}

#[test]
fn a_baseline_gives_middles_and_nights_with_the_own_run_last() {
    let repository = repository();
    repository.record(run(4, 1.2));
    let found = report(&repository, &["latest", "--against", "baselines"]);
    let case = &found["cases"][0];
    assert_eq!(case["verdict"], "regressed", "{found:#}");
    let base = case["base_processes"].as_array().expect("processes");
    assert_eq!(base.len(), 15, "5 processes of each night");
    assert!(
        base.iter()
            .all(|process| process["samples"].as_array().is_some_and(Vec::is_empty))
    );
    assert!(
        base[0]["middle"]
            .as_f64()
            .is_some_and(|middle| (middle / 1e6 - 1.0).abs() < 0.05)
    );
    let nights = case["series"]["nights"].as_array().expect("nights");
    let days: Vec<&str> = nights
        .iter()
        .map(|night| &night["started"].as_str().expect("a time")[..10])
        .collect();
    assert_eq!(
        days,
        ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]
    );
    assert!(nights[3]["value"].as_f64() > nights[2]["value"].as_f64());
    // Without a base the nights are those of the work tree.
    let alone = report(&repository, &["latest"]);
    assert_eq!(alone["cases"][0]["series"], case["series"]);
    assert_eq!(alone["base"], Value::Null);
}

#[test]
fn a_changed_kernel_that_no_workload_uses_is_named() {
    let repository = repository();
    for (file, text) in [
        ("kernels/copy.cu", "// 2\n"),
        ("kernels/other.cu", "// 1\n"),
        ("kernels/notes.md", ""),
    ] {
        fs::write(repository.path().join(file), text).expect("written");
    }
    repository.commit("Two kernels");
    repository.record(run(4, 1.0));
    let found = report(&repository, &["latest", "--against", "baselines"]);
    assert_eq!(
        found["uncovered"],
        serde_json::json!(["kernels/other.cu"]),
        "{found:#}"
    );
    assert_eq!(
        report(&repository, &["latest"])["uncovered"],
        serde_json::json!([])
    );
}

#[test]
fn a_kernel_that_a_suite_in_the_same_folder_uses_is_covered() {
    let repository = repository();
    let other = SUITE
        .replace("memory", "other")
        .replace("copy.cu", "other.cu");
    for (file, text) in [
        ("suites/other.toml", other.as_str()),
        ("suites/common.toml", "format = 1\n[compare]\n"),
        ("kernels/other.cu", "// 1\n"),
        ("kernels/more.cu", "// 1\n"),
    ] {
        fs::write(repository.path().join(file), text).expect("written");
    }
    repository.commit("A suite and two kernels");
    repository.record(run(4, 1.0));
    let found = report(&repository, &["latest", "--against", "baselines"]);
    assert_eq!(
        found["uncovered"],
        serde_json::json!(["kernels/more.cu"]),
        "{found:#}"
    );
}

/// A run whose kernel has other code than another night's, and takes so many registers.
fn compiled(night: u32, identity: char, registers: u32, local: u64) -> Run {
    let mut run = run(night, 1.0);
    run.cases[0].identity = Some(identity.to_string().repeat(64));
    run.cases[0].occupancy = Some(Occupancy {
        registers,
        static_shared: 0,
        dynamic_shared: 2048,
        local,
        blocks_per_sm: 4,
        theoretical: if registers > 40 { 0.5 } else { 0.75 },
        limited_by: vec![Limit::Registers],
        waves: 2.0,
        tail: 0.0,
    });
    run
}

#[test]
fn changed_code_has_registers_before_and_after_against_a_record_and_a_baseline() {
    let repository = repository();
    let base = repository.record(compiled(4, 'a', 40, 0));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Nightly runs");
    repository.record(compiled(5, 'b', 48, 16));
    let row = "| `copy/n=1024` | 40 to 48 | 0 B to 16.00 B | 2.048 kB | 75 % (registers) to 50 % (registers) |";
    for against in ["baselines", "HEAD", base.to_str().expect("UTF-8")] {
        let arguments = [
            "report",
            "latest",
            "--against",
            against,
            "--format",
            "markdown",
        ];
        let text = repository.said(&arguments, 0);
        assert!(text.contains("The code of 1 case differs"), "{text}");
        assert!(text.contains(row), "{against}: {text}");
    }
    // Code that is the same is no change, whatever it takes.
    repository.record(compiled(6, 'a', 40, 0));
    let arguments = [
        "report",
        "latest",
        "--against",
        "HEAD",
        "--format",
        "markdown",
    ];
    let text = repository.said(&arguments, 0);
    assert!(
        !text.contains("differs from") && !text.contains("| changed code |"),
        "{text}"
    );
}

#[test]
fn readings_of_the_gpu_are_in_the_report() {
    let repository = repository();
    let record = repository.record(run(4, 1.0));
    let lines = [
        r#"{"start":{"started":"2026-03-04T10:00:00Z","period_ms":100,"unknown":{"energy":"no counter"}}}"#,
        r#"{"mark":{"at_ns":5e8,"what":"case-started","process":0,"case":"copy/n=1024"}}"#,
        r#"{"reading":{"at_ns":1e9,"took_ns":10.0,"sm_mhz":1980,"power_w":300.0,"reasons":["sw-power-cap"]}}"#,
        r#"{"end":{"at_ns":2e9}}"#,
    ];
    fs::write(record.join("telemetry.jsonl"), lines.join("\n") + "\n").expect("written");
    let found = report(&repository, &["latest"]);
    let telemetry = &found["telemetry"][0];
    assert_eq!(telemetry["readings"][0]["sm_mhz"], 1980);
    assert_eq!(telemetry["readings"][0]["at_s"], 1.0);
    assert_eq!(telemetry["marks"][0]["case"], "copy/n=1024");
    assert_eq!(telemetry["unknown"][0], "energy: no counter");
}
