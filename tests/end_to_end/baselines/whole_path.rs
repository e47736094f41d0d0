//! From a suite to a verdict: `run`, `baseline save`, and `run --compare`, as a project uses them.

use std::fs;
use std::path::PathBuf;

use super::Repository;
use crate::support::git;

/// A repository whose suite isn't committed yet.
fn project() -> Repository {
    let repository = Repository::new();
    fs::create_dir(repository.path().join("suites")).expect("created");
    fs::write(repository.path().join("README"), "A project\n").expect("written");
    suite(
        &repository,
        "[1000000.0, 1000400.0, 999800.0]",
        "[1.0, 1.0005, 0.9996]",
    );
    repository
}

/// Writes the suite: a case of these times, and one that stays.
fn suite(repository: &Repository, times: &str, factors: &str) {
    let text = format!(
        "format = 1\n\
         [suite]\nname = \"memory\"\n\
         [device]\nkind = \"mock\"\n\
         [repetition]\nprocesses = 3\nsamples = 20\n\
         [[workload]]\nname = \"copy\"\nmock = {{ times = {times}, process-factors = {factors} }}\n\
         [[workload]]\nname = \"triad\"\nmock = {{ times = [50000.0, 50010.0] }}\n"
    );
    fs::write(repository.path().join("suites/memory.toml"), text).expect("written");
}

/// Runs the suite with `options` and gives what it printed.
#[track_caller]
fn run(repository: &Repository, options: &[&str], code: i32) -> String {
    let arguments = [&["run", "suites/memory.toml", "--quiet"], options].concat();
    repository.said(&arguments, code)
}

#[test]
fn only_a_tree_that_head_stands_for_is_saved() {
    let repository = project();
    run(&repository, &[], 0);
    let untracked = repository.said(&["baseline", "save"], 3);
    assert!(untracked.contains("HEAD doesn't hold what it measured: suites/memory.toml\n"));

    repository.commit("The suite");
    fs::write(repository.path().join("README"), "Changed\n").expect("written");
    run(&repository, &[], 0);
    let changed = repository.said(&["baseline", "save"], 3);
    assert!(
        changed.contains("HEAD doesn't hold what it measured: README\n"),
        "{changed}"
    );

    git(repository.path(), &["checkout", "-q", "README"]);
    run(&repository, &[], 0);
    let saved = repository.said(&["baseline", "save"], 0);
    assert!(
        saved.contains("saved 1 run to baselines/memory/mock-"),
        "{saved}"
    );
    assert_eq!(repository.saved_runs().len(), 1);

    // A baseline that isn't committed yet doesn't make a tree dirty, even once it is tracked and differs.
    run(&repository, &[], 0);
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    run(&repository, &[], 0);
    repository.said(&["baseline", "save"], 0);
    run(&repository, &[], 0);
    repository.said(&["baseline", "save"], 0);
    assert_eq!(repository.saved_runs().len(), 4);
}

#[test]
fn a_slower_case_is_found_and_its_repair_too() {
    let repository = project();
    repository.commit("The suite");
    run(&repository, &[], 0);
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");

    suite(
        &repository,
        "[4000000.0, 4000400.0]",
        "[1.0, 1.0005, 0.9996]",
    );
    let slower = run(&repository, &["--compare", "HEAD"], 20);
    let verdict = |case: &str, said: &str| {
        let line = said.lines().find(|line| line.starts_with(case));
        line.map(str::to_owned).unwrap_or_default()
    };
    assert!(verdict("copy", &slower).contains("regressed"), "{slower}");
    assert!(verdict("triad", &slower).contains("unchanged"), "{slower}");

    git(repository.path(), &["checkout", "-q", "suites"]);
    let undone = run(&repository, &["--compare", "HEAD"], 0);
    assert!(verdict("copy", &undone).contains("unchanged"), "{undone}");
    assert!(undone.contains("verdicts: 2 unchanged"), "{undone}");
}

#[test]
fn a_base_that_is_not_there_is_found_before_anything_is_measured() {
    let repository = project();
    let said = run(&repository, &["--compare", "origin/main"], 3);
    assert!(said.contains("no revision \"origin/main\""), "{said}");
    assert!(!repository.path().join(".warpmark/runs").exists());
}

/// The folder of the only run.
fn only_run(repository: &Repository) -> PathBuf {
    let runs = repository.path().join(".warpmark/runs/memory");
    let mut entries = fs::read_dir(runs).expect("a run");
    entries.next().expect("a run").expect("an entry").path()
}

#[test]
fn a_full_disk_leaves_whole_lines_and_a_run_that_goes_on() {
    let repository = project();
    // A limit on the size of files, in KiB, ends a write in its middle as a full disk does.
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 3; exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_warpmark"))
        .args(["run", "suites/memory.toml", "--quiet", "--samples", "1000"])
        .current_dir(repository.path())
        .output()
        .expect("the tests need bash: install it");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{error}");
    assert!(
        error.contains("process-0000.jsonl: File too large"),
        "{error}"
    );
    let folder = only_run(&repository);
    let process = fs::read_to_string(folder.join("process-0000.jsonl")).expect("a text");
    assert!(process.ends_with('\n'), "no half line stays");
    for line in process.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("a whole line");
    }
    repository.said(&["run", "--resume", "--quiet"], 0);
    assert!(folder.join("result.json").exists());
    let id = folder
        .file_name()
        .expect("an id")
        .to_string_lossy()
        .into_owned();
    repository.said(&["compare", &id, "--against", &id], 0);
}
