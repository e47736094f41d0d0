//! `init`: a new project that passes `check` and `run` at once.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{files_below, git, has_tool, warpmark};

fn init(folder: &Path, target: &str) -> (i32, String, String) {
    let output = warpmark()
        .current_dir(folder)
        .args(["init", target])
        .output()
        .expect("the built program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("an exit"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The files below `folder`, by name.
fn files(folder: &Path) -> Vec<String> {
    let found = files_below(folder).into_iter();
    let name = |path: PathBuf| {
        path.strip_prefix(folder)
            .expect("below")
            .display()
            .to_string()
    };
    found.map(name).collect()
}

const WRITTEN: [&str; 4] = [
    ".github/workflows/warpmark.yml",
    "README.md",
    "kernels/matmul.cu",
    "suites/matmul.toml",
];

#[test]
fn a_new_project_has_one_suite_and_one_kernel_and_passes_check() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, text, _) = init(folder.path(), "bench");
    assert_eq!(code, 0);
    insta::assert_snapshot!("init", text);
    let bench = folder.path().join("bench");
    assert_eq!(files(&bench), WRITTEN);
    let kernel = fs::read_to_string(bench.join("kernels/matmul.cu")).expect("a kernel");
    let first = kernel.split("__global__ void ").nth(1).expect("a kernel");
    assert!(
        first.starts_with("matmul("),
        "the first kernel is the measured one"
    );
    let readme = fs::read_to_string(bench.join("README.md")).expect("a README");
    assert!(readme.starts_with("# bench\n\n## Benchmarks\n"), "{readme}");
    warpmark()
        .current_dir(&bench)
        .arg("check")
        .assert()
        .success();
    let listed = warpmark()
        .current_dir(&bench)
        .arg("list")
        .output()
        .expect("listed");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    assert!(
        listed.contains("matmul/n=128") && listed.contains("matmul/n=256"),
        "{listed}"
    );
}

#[test]
fn in_a_repository_it_adds_and_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "-q"]);
    fs::create_dir(folder.path().join("suites")).expect("made");
    fs::write(
        folder.path().join("README.md"),
        "# Mine\n\nText without an end",
    )
    .expect("written");
    fs::write(folder.path().join("suites/own.toml"), "mine").expect("written");
    let (code, text, error) = init(folder.path(), ".");
    assert_eq!(code, 0, "{error}");
    assert!(text.ends_with("\nnext: warpmark run\n"), "{text}");
    let readme = fs::read_to_string(folder.path().join("README.md")).expect("a README");
    assert!(
        readme.starts_with("# Mine\n\nText without an end\n\n## Benchmarks\n"),
        "{readme}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("suites/own.toml")).expect("there"),
        "mine"
    );
    // Again: everything is there, and stays.
    let before = git(folder.path(), &["status", "--porcelain", "-uall"]);
    fs::remove_file(folder.path().join("suites/matmul.toml")).expect("removed");
    let (code, text, error) = init(folder.path(), ".");
    assert_eq!((code, text.as_str()), (3, ""));
    let named = "2 files are already there: ./kernels/matmul.cu, ./.github/workflows/warpmark.yml";
    assert!(
        error.contains(named) && error.contains("hint: nothing was written"),
        "{error}"
    );
    let after = git(folder.path(), &["status", "--porcelain", "-uall"]);
    assert_eq!(before.replace("?? suites/matmul.toml\n", ""), after);
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("kernels"), "a file").expect("written");
    let (code, _, error) = init(folder.path(), ".");
    assert_eq!(code, 5, "{error}");
    assert!(
        error.contains("cannot create the folder ./kernels"),
        "{error}"
    );
    assert_eq!(files(folder.path()), ["kernels"]);
}
#[test]
fn a_new_project_runs_at_once() {
    if !has_tool("c++") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(init(folder.path(), ".").0, 0);
    let output = warpmark()
        .current_dir(folder.path())
        .args(["run", "--quick", "--json"])
        .output()
        .expect("the built program");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("matmul/n=256"), "{text}");
}
