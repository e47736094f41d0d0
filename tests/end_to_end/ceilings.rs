//! Ceilings from their measurement to a share of them in results; and the suites that ship with them, on the host.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{git, has_tool, root, warpmark};

/// The head of a manifest of the mock device.
pub const HEAD: &str =
    "format = 1\n[device]\nkind = \"mock\"\n[repetition]\nprocesses = 2\nsamples = 10\n";

/// 4 GB/s and 3 GB/s read, 2 GB/s copied, 1 TFLOP/s; times in nanoseconds.
const CEILINGS: &str = r#"
[suite]
name = "ceilings"
[[workload]]
name = "read"
tags = ["ceiling-read"]
axes = { loads = [1, 2] }
mock = { times = [1000] }
work = { reads = "2000 + 2000 / loads" }
[[workload]]
name = "copy"
tags = ["ceiling-copy"]
mock = { times = [1000] }
work = { reads = 1000, writes = 1000 }
[[workload]]
name = "fp32"
tags = ["ceiling-fp32"]
mock = { times = [1000] }
work = { flops = 1000000 }
[[workload]]
name = "empty"
mock = { times = [10] }
"#;

const MEMORY: &str = r#"
[suite]
name = "memory"
[[workload]]
name = "sum"
mock = { times = [1000] }
work = { reads = 2840, flops = 710 }
[[workload]]
name = "scale"
mock = { times = [1000] }
work = { reads = 750, writes = 750 }
[[workload]]
name = "product"
mock = { times = [1000] }
work = { reads = 10, writes = 10, flops = 43000 }
[[workload]]
name = "fill"
mock = { times = [1000] }
work = { writes = 1000 }
[[workload]]
name = "unstated"
mock = { times = [1000] }
[[workload]]
name = "program"
command = ["true"]
processes = 2
work = { reads = 1000 }
"#;

/// A repository with the suites `ceilings` and `memory`.
pub fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ceilings.toml"), format!("{HEAD}{CEILINGS}")).expect("written");
    fs::write(at("memory.toml"), format!("{HEAD}{MEMORY}")).expect("written");
    fs::write(at(".gitignore"), ".warpmark/\n").expect("written");
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "Suites"]);
    folder
}

/// Runs warpmark, expects success, and gives standard output and standard error.
#[track_caller]
pub fn run(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = warpmark();
    let output = command.current_dir(folder).args(arguments).output();
    let output = output.expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {out}{error}");
    (out, error)
}

/// Measures the ceilings and saves them.
pub fn save(folder: &Path) {
    run(folder, &["run", "ceilings.toml", "--quiet"]);
    run(folder, &["baseline", "save", "--suite", "ceilings"]);
    let (shown, _) = run(folder, &["baseline", "show", "ceilings"]);
    let line = "  ceilings     read 4.000 GB/s, copy 2.000 GB/s, fp32 1.000 TFLOP/s\n";
    assert!(shown.contains(line), "{shown}");
}

/// The reviewed file of the saved ceilings, and its text.
fn reviewed(folder: &Path) -> (PathBuf, String) {
    let saved = fs::read_dir(folder.join("baselines/ceilings")).expect("saved");
    let mut saved = saved.map(|entry| entry.expect("an entry").path());
    let file = saved.find(|path| path.extension().is_some_and(|end| end == "toml"));
    let file = file.expect("a reviewed file");
    let text = fs::read_to_string(&file).expect("text");
    (file, text)
}

/// Case, share of the ceiling and the ceiling, of a run's JSON.
fn shares(json: &str) -> Vec<(String, Option<f64>, Option<String>)> {
    let value: Value = serde_json::from_str(json).expect("JSON");
    let cases = value["cases"].as_array().expect("cases").iter();
    let share = |case: &Value| {
        let time = &case["metrics"][0];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (
            text(&case["case"]).expect("an id"),
            time["ceiling_fraction"].as_f64(),
            text(&time["ceiling"]),
        )
    };
    cases.map(share).collect()
}

/// Every case of a run's JSON comes as near to its ceiling as expected, in that order.
#[track_caller]
fn check_shares(json: &str, expected: &[(&str, Option<(f64, &str)>)]) {
    let found = shares(json);
    assert_eq!(found.len(), expected.len());
    for (found, (case, expected)) in found.into_iter().zip(expected) {
        assert_eq!(found.0, *case);
        assert_eq!(found.2.as_deref(), expected.map(|(_, of)| of), "{case}");
        let distance = expected.map(|(share, _)| (found.1.expect("a share") - share).abs());
        assert!(distance.unwrap_or_default() < 1e-9, "{case}: {:?}", found.1);
        assert_eq!(found.1.is_some(), expected.is_some(), "{case}");
    }
}

#[test]
fn results_say_how_near_they_come_to_saved_ceilings() {
    let folder = project();
    let folder = folder.path();
    let memory = ["run", "memory.toml", "--quiet"];
    let (without, _) = run(folder, &memory);
    assert!(!without.contains("of ceiling"), "{without}");
    save(folder);
    let (json, _) = run(folder, &["run", "memory.toml", "--quiet", "--json"]);
    let expected = [
        ("sum", Some((0.71, "read"))),
        ("scale", Some((0.75, "copy"))),
        ("product", Some((0.043, "fp32"))),
        ("fill", None), // no ceiling of writing was measured
        ("unstated", None),
        ("program", None), // a process takes its time, not the memory
    ];
    check_shares(&json, &expected);
    let (table, _) = run(folder, &memory);
    for cell in [
        "of ceiling",
        "71 % of read",
        "75 % of copy",
        "4.3 % of fp32",
    ] {
        assert!(table.contains(cell), "{cell}: {table}");
    }
    let (markdown, _) = run(folder, &[&memory[..], &["--format", "markdown"]].concat());
    assert!(markdown.contains("71 % of read"), "{markdown}");
    // The ceilings' own suite is held against what was saved of it.
    let (own, _) = run(folder, &["run", "ceilings.toml", "--quiet"]);
    assert!(
        own.contains("100 % of read") && own.contains("75 % of read"),
        "{own}"
    );
}

#[test]
fn a_comparison_says_it_too() {
    let folder = project();
    let folder = folder.path();
    // How long a program takes is the machine's own, and could differ from run to run.
    let (scripted, _) = MEMORY
        .split_once("[[workload]]\nname = \"program\"")
        .expect("a command");
    fs::write(folder.join("memory.toml"), format!("{HEAD}{scripted}")).expect("written");
    git(folder, &["commit", "-q", "-a", "-m", "No command"]);
    save(folder);
    run(folder, &["run", "memory.toml", "--quiet"]);
    run(folder, &["run", "memory.toml", "--quiet"]);
    run(folder, &["baseline", "save", "--suite", "memory"]);
    let compare = [
        "compare",
        "latest",
        "--suite",
        "memory",
        "--against",
        "baselines",
    ];
    let (table, _) = run(folder, &compare);
    assert!(table.contains("71 % of read"), "{table}");
    let (json, _) = run(folder, &[&compare[..], &["--json"]].concat());
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let (markdown, _) = run(folder, &[&compare[..], &["--format", "markdown"]].concat());
    assert!(markdown.contains(", 71 % of read |"), "{markdown}");
    let shares = value["ceiling_fractions"].as_array().expect("shares");
    let cases: Vec<&Value> = shares.iter().map(|share| &share["case"]).collect();
    assert_eq!(cases, ["product", "scale", "sum"]);
    assert_eq!(shares[1]["ceiling"], "copy");
}

#[test]
fn ceilings_of_another_environment_and_damaged_ones_say_nothing() {
    let folder = project();
    let folder = folder.path();
    save(folder);
    let (file, text) = reviewed(folder);
    let line = "ceiling = { of = \"read\", work = 4000.0 }";
    assert!(text.contains(line), "{text}");
    assert_eq!(text.matches("ceiling = ").count(), 4, "{text}");

    let other = text.replace("clock-policy = \"observe\"", "clock-policy = \"lock\"");
    assert_ne!(other, text);
    fs::write(&file, other).expect("written");
    let (table, _) = run(folder, &["run", "memory.toml", "--quiet"]);
    assert!(!table.contains("of ceiling"), "{table}");

    fs::write(&file, text.replace("work = 4000.0", "work = -1.0")).expect("written");
    let (table, error) = run(folder, &["run", "memory.toml", "--quiet"]);
    assert!(!table.contains("of ceiling"), "{table}");
    let told = "the ceilings of this machine are left out: ";
    assert!(error.contains(told), "{error}");
    assert!(
        error.contains("the work -1 of a ceiling is not a number above 0"),
        "{error}"
    );
}

/// A suite that called a library has one fact more; what it measured bounds kernels all the same, and the best counts.
#[test]
fn of_ceilings_with_and_without_a_library_the_best_counts() {
    let folder = project();
    let folder = folder.path();
    save(folder);
    let (_, text) = reviewed(folder);
    let key = text
        .lines()
        .find(|line| line.starts_with("key = "))
        .expect("a key");
    let faster = text
        .replace(key, &format!("key = \"{}\"", "a".repeat(64)))
        .replace("clock-policy =", "cublaslt = \"13.1.0\"\nclock-policy =")
        .replace(
            "of = \"read\", work = 4000.0",
            "of = \"read\", work = 8000.0",
        )
        .replace(
            "of = \"copy\", work = 2000.0",
            "of = \"copy\", work = 1000.0",
        );
    let name = format!("baselines/ceilings/mock-{}.toml", "a".repeat(12));
    fs::write(folder.join(name), faster).expect("written");
    let (json, _) = run(folder, &["run", "memory.toml", "--quiet", "--json"]);
    let found = shares(&json);
    // 2.84 of 8 bytes a nanosecond read, 1.5 of 2 copied.
    for (place, expected) in [(0, 0.355), (1, 0.75)] {
        let (id, share, _) = &found[place];
        let share = share.expect("a share");
        assert!((share - expected).abs() < 1e-9, "{id}: {share}");
    }
}

/// Products in several precisions, against ceilings of single precision and of bf16.
#[test]
fn operations_are_held_against_the_ceiling_of_their_precision() {
    const TENSOR: &str = r#"
[[workload]]
name = "bf16"
tags = ["ceiling-bf16"]
mock = { times = [1000] }
work = { flops = 16000000, precision = "bf16" }
"#;
    const PRODUCTS: &str = r#"
[suite]
name = "products"
[[workload]]
name = "product"
axes = { type = ["fp32", "bf16", "fp8"] }
mock = { times = [1000] }
work = { flops = 500000, precision = "{type}" }
"#;
    let folder = project();
    let folder = folder.path();
    let ceilings = format!("{HEAD}{CEILINGS}{TENSOR}");
    fs::write(folder.join("ceilings.toml"), ceilings).expect("written");
    fs::write(folder.join("products.toml"), format!("{HEAD}{PRODUCTS}")).expect("written");
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "Products"]);
    run(folder, &["run", "ceilings.toml", "--quiet"]);
    run(folder, &["baseline", "save", "--suite", "ceilings"]);
    let (json, _) = run(folder, &["run", "products.toml", "--quiet", "--json"]);
    let expected = [
        ("product/type=fp32", Some((0.5, "fp32"))),
        ("product/type=bf16", Some((0.03125, "bf16"))),
        ("product/type=fp8", None), // not measured, and no other bounds it
    ];
    check_shares(&json, &expected);
}

#[test]
fn a_precision_that_is_none_is_shown_with_line_and_caret() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = |precision: &str| {
        format!(
            "{HEAD}[suite]\nname = \"x\"\n[[workload]]\nname = \"product\"\naxes = {{ type = [\"half\"] }}\nmock = {{ times = [1] }}\nwork = {{ flops = 1, precision = \"{precision}\" }}\n"
        )
    };
    let mut all = String::new();
    for precision in ["half", "{type}", "{kind}"] {
        fs::write(folder.path().join("x.toml"), manifest(precision)).expect("written");
        let mut command = warpmark();
        let output = command.current_dir(folder.path()).args(["check", "x.toml"]);
        let output = output.output().expect("it runs");
        assert_eq!(output.status.code(), Some(3), "{precision}");
        all.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    insta::assert_snapshot!(all);
}

/// The shipped suite on the host, at sizes that take a moment, with each of `options`: every kernel runs and is
/// verified.
#[track_caller]
fn runs_on_the_host(suite: &str, options: &[&str], cases: usize) {
    if !has_tool("c++") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for file in [
        format!("suites/{suite}.toml"),
        format!("kernels/{suite}.cu"),
        "kernels/matmul.cu".to_owned(),
    ] {
        let to = folder.path().join(&file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(root().join(&file), to).expect("copied");
    }
    let suite = format!("suites/{suite}.toml");
    for options in options {
        let mut arguments = vec!["run", &suite, "--quiet", "--device", "host", "--json"];
        arguments.extend(["--processes", "1", "--samples", "1"]);
        arguments.extend(options.split(' '));
        let (json, _) = run(folder.path(), &arguments);
        let value: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(value["counts"]["measured"], cases, "{json}");
        assert_eq!(value["counts"]["failed"], 0, "{json}");
    }
}

#[test]
fn the_kernels_of_agreement_are_right() {
    let whole = "--axis n=4096 --axis side=64 --axis depth=64 --axis entries=4096 --axis blocks=2";
    // Parts and blocks that aren't full.
    let odd = "--axis n=20004 --axis side=32 --axis depth=96 --axis entries=5000 --axis blocks=1";
    runs_on_the_host("agreement", &[whole, odd], 9);
}

#[test]
fn the_kernels_of_ceilings_are_right() {
    let options = "--axis mib=1 --axis passes=3 -f loads=2 -f l2-read/* -f shared/* -f fp32/* -f fp64/* -f empty*";
    runs_on_the_host("ceilings", &[options], 9);
}

/// The peer under NVBench has its sizes in its source: they are those of the suite.
#[test]
fn the_peer_measures_the_same_sizes() {
    let peer = fs::read_to_string(root().join("tests/peers/nvbench/agreement.cu")).expect("text");
    let (json, _) = run(&root(), &["list", "suites/agreement.toml", "--json"]);
    let value: Value = serde_json::from_str(&json).expect("JSON");
    let suite = value["suites"].get(0).unwrap_or(&value);
    let cases = suite["cases"].as_array().expect("cases");
    for case in cases {
        let id = case["id"]
            .as_str()
            .or(case["case"].as_str())
            .expect("an id");
        let mut parts = id.split('/');
        let workload = parts.next().unwrap_or_default();
        let start = peer.find(&format!("void {workload}(nvbench::state"));
        let body = &peer[start.expect("a benchmark of that name")..];
        let body = &body[..body.find("NVBENCH_BENCH").expect("its end")];
        for axis in parts.filter(|axis| *axis != "iterations=408") {
            let (_, size) = axis.split_once('=').expect("an axis");
            assert!(body.contains(size), "{workload}: {axis} is not in {body}");
        }
    }
}
