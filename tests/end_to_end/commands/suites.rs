//! Suites of commands, from the manifest to the record.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{has_tool, root, warpmark};

/// Runs `verb` on a suite of these workloads: the exit code, and standard output and error.
fn run(folder: &Path, workloads: &str, arguments: &[&str]) -> (i32, String, String) {
    let suite = format!("format = 1\n[suite]\nname = \"tools\"\n{workloads}");
    fs::write(folder.join("suite.toml"), suite).expect("written");
    let output = warpmark().current_dir(folder).args(arguments).output();
    let output = output.expect("the built program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("an exit"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The cases of a run with one process, by id.
fn cases(workloads: &str, code: i32) -> (tempfile::TempDir, impl Fn(&str) -> Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["run", "suite.toml", "--processes", "1", "--json"];
    let (exit, text, error) = run(folder.path(), workloads, &arguments);
    assert_eq!(exit, code, "{error}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let find = move |id: &str| {
        let mut cases = value["cases"].as_array().expect("cases").iter();
        cases
            .find(|case| case["case"] == id)
            .unwrap_or_else(|| panic!("no {id}"))
            .clone()
    };
    (folder, find)
}

/// A metric's median.
fn median(case: &Value, metric: &str) -> f64 {
    let mut metrics = case["metrics"].as_array().expect("metrics").iter();
    let found = metrics.find(|one| one["metric"] == metric);
    let found = found.unwrap_or_else(|| panic!("no {metric} in {case}"));
    found["summary"]["median"]
        .as_f64()
        .unwrap_or_else(|| panic!("no median in {found}"))
}

#[test]
fn a_suite_measures_what_it_can_and_names_what_failed() {
    let (folder, case) = cases(
        r#"
[[workload]]
name = "gone"
command = ["no-such-tool"]
[[workload]]
name = "loud"
command = ["sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x"]
[[workload]]
name = "sleepy"
axes = { ms = [10, 60] }
command = ["sh", "-c", "sleep 0.0{ms}; echo slept {ms} > {out}/log"]
[[workload]]
name = "batches"
axes = { size = ["small", "large"], batch = [1, 8] }
inner = ["batch"]
metrics = ["tokens"]
command = ["cat", "{size}.txt"]
"#,
        10,
    );
    assert_eq!(
        case("gone")["failure"]["message"],
        "command \"no-such-tool\" not found"
    );
    let loud = case("loud");
    assert_eq!(loud["outcome"], "measured");
    assert_eq!(
        loud["notes"][0],
        "stdout: 100000000 bytes, the middle 98951488 of which are not kept"
    );
    assert!(median(&case("sleepy/ms=60"), "time") >= 6e7);
    // Without their files, both executions fail, and so do all cases that they should report.
    for id in ["batches/size=small/batch=1", "batches/size=large/batch=8"] {
        assert_eq!(
            case(id)["failure"]["message"],
            "command ended with status 1",
            "{id}"
        );
    }
    let record = folder.path().join(".warpmark/runs/tools");
    let record = fs::read_dir(record)
        .expect("runs")
        .next()
        .expect("one")
        .expect("an entry")
        .path();
    let kept = crate::support::files_below(&record.join("output"));
    let loud = kept
        .iter()
        .find(|path| path.ends_with("stdout"))
        .expect("kept");
    assert!(fs::metadata(loud).expect("a file").len() <= 1 << 20);
    let logs = kept.iter().filter(|path| path.ends_with("log")).count();
    assert_eq!(logs, 2, "{kept:?}");
}

#[test]
fn one_execution_reports_several_cases() {
    let line = |batch: u32, metric: &str, unit: &str, value: u32| {
        format!(
            r#"{{\"warpmark\":1,\"metric\":\"{metric}\",\"unit\":\"{unit}\",\"better\":\"lower\",\"samples\":[{value},{value}],\"case\":{{\"batch\":{batch}}}}}"#
        )
    };
    let lines = [
        line(1, "time", "us", 3),
        line(8, "time", "us", 20),
        line(8, "load", "count", 7),
    ];
    let script = format!("echo $0 $1; echo '{}'", lines.join("'; echo '"));
    let workload = format!(
        "[[workload]]\nname = \"b\"\naxes = {{ batch = [1, 8] }}\ninner = [\"batch\"]\nmetrics = [\"load\"]\ncommand = [\"sh\", \"-c\", \"{script}\", \"x{{batch}}\"]\n"
    );
    // A real brace in a template is written twice.
    let workload = workload
        .replace("{\\\"", "{{\\\"")
        .replace("}'", "}}'")
        .replace("}}}'", "}}}}'");
    let (_folder, case) = cases(&workload, 0);
    assert!((median(&case("b/batch=1"), "time") - 3000.0).abs() < 1e-9);
    assert!((median(&case("b/batch=8"), "time") - 20_000.0).abs() < 1e-9);
    assert!((median(&case("b/batch=8"), "load") - 7.0).abs() < 1e-9);
}

/// The indented blocks of a document that begin with `first`.
fn blocks(document: &str, first: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).expect("a document");
    let mut found: Vec<String> = vec![String::new()];
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(line) => {
                let block = found.last_mut().expect("never empty");
                block.push_str(line);
                block.push('\n');
            }
            None if line.is_empty() => found.last_mut().expect("never empty").push('\n'),
            None => found.push(String::new()),
        }
    }
    let blocks = found.iter().map(|block| block.trim_start());
    blocks
        .filter(|block| block.starts_with(first))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_documented_suites_are_right_and_the_documented_command_runs() {
    let workloads = blocks("docs/commands.md", "[[workload]]");
    assert_eq!(workloads.len(), 2);
    let folder = tempfile::tempdir().expect("a folder");
    let (code, _, error) = run(folder.path(), &workloads.concat(), &["check", "suite.toml"]);
    assert_eq!(code, 0, "{error}");
    if !has_tool("shuf") {
        return;
    }
    let (folder, case) = cases(&workloads[0], 0);
    assert_eq!(case("sort/threads=2")["outcome"], "measured");
    assert!(!folder.path().join("numbers-2.txt").exists(), "cleaned up");
}

#[test]
fn the_documented_script_runs() {
    if !has_tool("python3") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = blocks("docs/commands.md", "import sys\n").concat();
    fs::create_dir(folder.path().join("models")).expect("made");
    fs::write(folder.path().join("models/encoder.py"), script).expect("written");
    // PyTorch's words that the script uses: the document is tested, not PyTorch.
    let torch = "import contextlib, types\n__version__ = 'none'\ncuda = types.SimpleNamespace(is_available=lambda: False)\nclass Layer:\n    def __init__(self, *a, **k): pass\n    def to(self, device): return self\n    def eval(self): return self\n    def __call__(self, tokens): return tokens\nnn = types.SimpleNamespace(TransformerEncoderLayer=Layer)\nrand = lambda *a, **k: None\ninference_mode = contextlib.nullcontext\n";
    fs::write(folder.path().join("models/torch.py"), torch).expect("written");
    let workload = blocks("docs/commands.md", "[[workload]]").swap_remove(1);
    let workload = format!("{workload}environment = {{ PYTHONPATH = \"models\" }}\n");
    let arguments = ["run", "suite.toml", "--processes", "1", "--json"];
    let (code, text, error) = run(folder.path(), &workload, &arguments);
    assert_eq!(code, 0, "{error}");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let case = &value["cases"][2];
    assert_eq!(
        (&case["case"], &case["outcome"]),
        (&"encoder/batch=32".into(), &"measured".into())
    );
    assert!(
        median(case, "tokens") > 0.0 && median(case, "memory") > 1e6,
        "{case}"
    );
}
