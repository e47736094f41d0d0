//! `warpmark import`: records of other harnesses, and what comparisons make of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{root, warpmark};

/// Runs `warpmark ARGUMENTS` in `folder`; its standard output and error.
#[track_caller]
fn run(folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let assert = warpmark()
        .current_dir(folder)
        .args(arguments)
        .assert()
        .code(code);
    let output = assert.get_output();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Imports, and gives the record's folder.
#[track_caller]
fn import(folder: &Path, arguments: &[&str]) -> String {
    let (stdout, _) = run(folder, 0, &[&["import"], arguments].concat());
    let record = stdout
        .lines()
        .find_map(|line| line.strip_prefix("record: "));
    record.expect("a record").to_owned()
}

fn nvbench(which: &str) -> String {
    root()
        .join("tests/data/nvbench")
        .join(which)
        .join("r.json")
        .display()
        .to_string()
}

fn compare(folder: &Path, candidate: &str, base: &str) -> Value {
    let arguments = ["compare", candidate, "--against", base, "--json"];
    let assert = warpmark().current_dir(folder).args(arguments).assert();
    serde_json::from_slice(&assert.get_output().stdout).expect("JSON")
}

fn verdicts(comparison: &Value) -> Vec<&str> {
    let judgements = comparison["judgements"].as_array().expect("judgements");
    judgements
        .iter()
        .filter_map(|judgement| judgement["verdict"].as_str())
        .collect()
}

#[test]
fn one_process_of_nvbench_a_side_is_inconclusive_and_says_what_to_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let (stdout, stderr) = run(here, 0, &["import", "nvbench", &nvbench("base")]);
    assert!(
        stdout.starts_with("nvbench: 8 cases in 1 process\n"),
        "{stdout}"
    );
    assert!(
        stderr.contains("run the benchmark 5 times with --jsonbin"),
        "{stderr}"
    );
    let base = stdout
        .lines()
        .find_map(|line| line.strip_prefix("record: "))
        .expect("a record");
    let slower = import(here, &["nvbench", &nvbench("plus2pct")]);
    let found = compare(here, &slower, base);
    assert_eq!(verdicts(&found), ["inconclusive"; 8]);
    let text = found.to_string();
    assert!(
        text.contains("the base has one process, and a spread between processes needs two"),
        "{text}"
    );
    assert!(
        text.contains("both sides were imported: it has one process"),
        "{text}"
    );
    // The times are NVBench's own: 129.36 us is its mean of `b_copy`.
    let copy = &found["judgements"][0];
    assert_eq!(copy["case"], "b_copy");
    let mean = copy["base"]["mean"].as_f64().expect("a mean");
    assert!((mean / 129_362.669 - 1.0).abs() < 1e-6, "{mean}");
}

/// The file of NVBench again, each time of its samples times a factor that differs between processes.
fn copies(folder: &Path, which: &str, factors: [f32; 5]) -> Vec<String> {
    let source = root().join("tests/data/nvbench").join(which);
    let mut files = Vec::new();
    for (number, factor) in factors.into_iter().enumerate() {
        let copy = folder.join(format!("{which}-{number}"));
        fs::create_dir_all(copy.join("r.json-bin")).expect("created");
        let file = copy.join("r.json");
        fs::copy(source.join("r.json"), &file).expect("copied");
        for bin in 0..8 {
            let name = format!("r.json-bin/{bin}.bin");
            let bytes = fs::read(source.join(&name)).expect("samples");
            let (samples, _) = bytes.as_chunks::<4>();
            let scaled = samples
                .iter()
                .flat_map(|bytes| (f32::from_le_bytes(*bytes) * factor).to_le_bytes());
            fs::write(copy.join(&name), scaled.collect::<Vec<u8>>()).expect("written");
        }
        files.push(file.display().to_string());
    }
    files
}

#[test]
fn several_files_of_nvbench_are_processes_and_are_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let record = |which: &str, factors| {
        let files = copies(here, which, factors);
        let mut arguments = vec!["nvbench"];
        arguments.extend(files.iter().map(String::as_str));
        import(here, &arguments)
    };
    let base = record("base", [1.0, 1.0004, 0.9996, 1.0002, 0.9999]);
    let again = record("base", [1.0001, 1.0003, 0.9997, 1.0, 0.9998]);
    let slower = record("plus2pct", [1.0, 1.0003, 0.9997, 1.0001, 0.9998]);
    assert_eq!(
        verdicts(&compare(here, &again, &base))[..4],
        ["unchanged"; 4]
    );
    assert_eq!(
        verdicts(&compare(here, &slower, &base))[..2],
        ["regressed"; 2]
    );
}

#[test]
fn means_without_samples_are_at_most_inconclusive() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let file = |name: &str, time: f64| {
        let text = format!(
            r#"{{"context":{{"num_cpus":8}},"benchmarks":[{{"name":"a_mean","run_name":"a","run_type":"aggregate","aggregate_name":"mean","real_time":{time},"time_unit":"us"}}]}}"#
        );
        fs::write(here.join(name), text).expect("written");
    };
    for number in 0..3 {
        file(&format!("a{number}.json"), 1.0 + f64::from(number) * 1e-3);
        file(&format!("b{number}.json"), 3.0 + f64::from(number) * 1e-3);
    }
    let base = import(here, &["google-benchmark", "a0.json", "a1.json", "a2.json"]);
    let slower = import(here, &["google-benchmark", "b0.json", "b1.json", "b2.json"]);
    let found = compare(here, &slower, &base);
    assert_eq!(verdicts(&found), ["inconclusive"]);
    assert!(
        found
            .to_string()
            .contains("the harness kept no samples, only their mean"),
        "{found}"
    );
}

#[test]
fn hyperfine_times_are_processes_and_a_failed_command_is_failed() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let text = |scale: f64| {
        let times: Vec<f64> = (0..10)
            .map(|run| scale * (0.1 + f64::from(run) * 1e-4))
            .collect();
        serde_json::json!({ "results": [
            { "command": "make -j4", "times": times, "exit_codes": vec![0; 10] },
            { "command": "false", "times": [0.1], "exit_codes": [1] },
        ]})
    };
    fs::write(here.join("a.json"), text(1.0).to_string()).expect("written");
    fs::write(here.join("b.json"), text(1.5).to_string()).expect("written");
    let base = import(here, &["hyperfine", "a.json", "--suite", "builds"]);
    assert!(base.contains("runs/builds/"), "{base}");
    let slower = import(
        here,
        &[
            "hyperfine",
            "b.json",
            "--suite",
            "builds",
            "--out",
            "elsewhere",
        ],
    );
    assert!(slower.starts_with("elsewhere/runs/builds/"), "{slower}");
    assert_eq!(
        verdicts(&compare(here, &slower, &base)),
        ["regressed", "failed"]
    );
}

#[test]
fn what_is_no_file_of_the_harness_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::write(here.join("a.json"), "{\"results\":[]}").expect("written");
    fs::write(here.join("b.json"), "{\"results\": 1}").expect("written");
    for (arguments, code, expected) in [
        (
            &["hyperfine", "a.json"][..],
            3,
            "a.json: it holds no benchmark",
        ),
        (
            &["hyperfine", "b.json"],
            3,
            "b.json, line 1, column 13: invalid type: integer `1`",
        ),
        (&["nvbench", "a.json"], 3, "missing field `meta`"),
        (&["criterion", "absent"], 3, "cannot list absent"),
        (&["hyperfine"], 2, "required"),
        (&["gtest", "a.json"], 2, "possible values"),
    ] {
        let (_, error) = run(here, code, &[&["import"], arguments].concat());
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}
