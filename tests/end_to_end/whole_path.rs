//! The whole path as a user walks it: a project, a baseline in git, a regression, its verdict; and kernels that
//! are wrong in each of the ways that must not stop the others.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{git, warpmark};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    warpmark()
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("warpmark starts")
}

fn text(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    format!("exit {:?}\n{out}\n{err}", output.status.code())
}

#[track_caller]
fn expect(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(folder, arguments);
    let text = text(&output);
    assert_eq!(
        output.status.code(),
        Some(code),
        "warpmark {arguments:?}: {text}"
    );
    text
}

/// The body of the first kernel in `source`, repeated `times`.
fn repeat_first_kernel(source: &str, times: u32) -> String {
    let kernel = source.find("__global__").expect("a kernel");
    let open = kernel + source[kernel..].find('{').expect("its body");
    let mut depth = 0;
    let close = source[open..]
        .char_indices()
        .find_map(|(at, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(open + at)
        })
        .expect("the body ends");
    let (head, body, tail) = (&source[..=open], &source[open + 1..close], &source[close..]);
    format!("{head}\nfor (int again = 0; again < {times}; ++again) {{{body}}}\n{tail}")
}

fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", message]);
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    let files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(files.len(), 1, "one file in {}", folder.display());
    files[0].clone()
}

#[test]
fn a_kernel_that_works_four_times_is_a_regression_and_undone_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    git(folder, &["init", "-q"]);
    expect(folder, &["init", "."], 0);
    commit(folder, "A new project");
    expect(folder, &["run"], 0);
    expect(folder, &["baseline", "save"], 0);
    commit(folder, "A baseline");

    let kernel = only_file(&folder.join("kernels"));
    let suite = only_file(&folder.join("suites"));
    let source = fs::read_to_string(&kernel).expect("the kernel");
    fs::write(&kernel, repeat_first_kernel(&source, 4)).expect("written");
    let case = expect(folder, &["list", &suite.to_string_lossy()], 0);
    let slower = expect(folder, &["run", "--compare", "HEAD"], 20);
    let regressed = slower
        .lines()
        .find(|line| line.contains("regressed"))
        .expect("a verdict");
    let id = regressed.split_whitespace().next().expect("an id");
    assert!(case.contains(id), "{id} is a case of\n{case}");

    fs::write(&kernel, source).expect("written");
    let same = expect(folder, &["run", "--compare", "HEAD"], 0);
    assert!(
        same.contains("unchanged") || same.contains("inconclusive"),
        "{same}"
    );
}

const WRONG_KERNELS: &str = r"
extern __device__ void nowhere();
__global__ void fine(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = 2.0f * in[i];
}
__global__ void past(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) out[i] = 2.0f;
}
__global__ void never(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n && i != 17) out[i] = 2.0f * in[i];
}
__global__ void nan_once(const float *in, float *out, unsigned n) {
    unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = i == 5 ? 0.0f / (in[i] - in[i]) : 2.0f * in[i];
}
__global__ void endless(const float *in, volatile float *out, unsigned n) {
    while (out[0] != 12345.0f) { out[0] = 1.0f; }
}
__global__ void crash(const float *in, float *out, unsigned n) {
    *(volatile int *)8 = 1;
}
";

fn wrong_suite() -> String {
    let mut suite = String::from(
        "format = 1\n[suite]\nname = \"wrong\"\n[device]\nkind = \"host\"\n[repetition]\nprocesses = 2\nsamples = 3\n",
    );
    for entry in ["fine", "past", "never", "nan_once", "endless", "crash"] {
        let _ = write!(
            suite,
            r#"
[[workload]]
name = "{entry}"
kernel = {{ source = "wrong.cu", entry = "{entry}" }}
grid = ["5"]
block = ["256"]
args = [{{ in = "f32", len = "1024", fill = "uniform" }}, {{ out = "f32", len = "1024" }}, {{ u32 = "1024" }}]
verify = {{ reference = "fine" }}
"#
        );
    }
    suite.replace("name = \"endless\"", "name = \"endless\"\ntimeout = \"2s\"")
}

#[test]
fn each_wrong_kernel_fails_by_name_and_the_rest_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("wrong.cu"), WRONG_KERNELS).expect("written");
    fs::write(folder.join("wrong.toml"), wrong_suite()).expect("written");
    let report = expect(folder, &["run", "wrong.toml"], 10);
    for (case, words) in [
        ("past", "wrote past args[1]"),
        ("never", "never written"),
        ("nan_once", "NaN"),
        ("endless", "timed out after 2 s"),
        ("crash", "SIGSEGV"),
    ] {
        assert!(
            report
                .lines()
                .any(|line| line.contains(case) && line.contains("failed"))
                && report.contains(words),
            "{case} fails with {words:?} in\n{report}"
        );
    }
    let fine = report
        .lines()
        .find(|line| line.contains("fine"))
        .expect("the sound case");
    assert!(!fine.contains("failed"), "{fine}");
}

#[test]
fn what_a_failed_command_printed_stands_with_its_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let suite = r#"
format = 1
[suite]
name = "fails"
[[workload]]
name = "loud"
command = ["sh", "-c", "echo a word before; echo the reason >&2; exit 3"]
"#;
    fs::write(folder.join("fails.toml"), suite).expect("written");
    expect(folder, &["run", "fails.toml"], 10);
    let runs = folder.join(".warpmark/runs/fails");
    let run = fs::read_dir(runs)
        .expect("runs")
        .next()
        .expect("one")
        .expect("an entry")
        .path();
    let lines = fs::read_to_string(run.join("process-0000.jsonl")).expect("the process' lines");
    let case = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .find_map(|line| line.get("case").cloned())
        .expect("the case's line");
    for (stream, words) in [("stdout", "a word before\n"), ("stderr", "the reason\n")] {
        let file = case["output"][stream]
            .as_str()
            .expect("a file of the record");
        assert_eq!(fs::read_to_string(run.join(file)).expect("kept"), words);
    }
}
