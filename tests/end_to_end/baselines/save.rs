//! What a save takes, what it refuses, and what it leaves alone.

use std::fs;

use super::{Repository, id};
use crate::generated::{Run, environment, three_cases};
use crate::support::git;

#[test]
fn a_save_writes_a_reviewed_file_and_a_line() {
    let repository = Repository::new();
    let mut cases = three_cases();
    cases[0].identity = Some("5c0ffee0".to_owned());
    cases[0].digest = Some("d16e5700".to_owned());
    cases[1].tokens = Some(1000.0);
    let mut run = Run::new(0, cases);
    run.header.environment = environment(&[("gpu \"A\"", "x\ty"), ("driver", "1.0")]);
    repository.record(run);
    let said = repository.said(&["baseline", "save"], 0);
    insta::assert_snapshot!("said", said);
    let reviewed = fs::read_to_string(repository.reviewed()).expect("written");
    insta::assert_snapshot!("reviewed", reviewed);
    assert_eq!(repository.saved_runs(), [id(0)]);
    let attributes = repository.path().join("baselines/.gitattributes");
    let attributes = fs::read_to_string(attributes).expect("written");
    assert_eq!(attributes, "*.jsonl merge=union\n");
    // What was written is read again, facts with quotes and tabs included.
    repository
        .warpmark(&["compare", "--against", "baselines"])
        .code(0);
}

#[test]
fn saving_a_run_again_changes_nothing() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    let said = repository.said(&["baseline", "save"], 0);
    assert!(
        said.starts_with("nothing to save: baselines/memory/mock-"),
        "{said}"
    );
    assert_eq!(git(repository.path(), &["status", "--porcelain"]), "");
}

#[test]
fn a_later_save_takes_every_run_between_and_changes_no_line_of_a_case() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let before = fs::read_to_string(repository.reviewed()).expect("written");
    for minute in 1..=3 {
        repository.record(Run::new(minute, three_cases()));
    }
    let said = repository.said(&["baseline", "save", &id(2)], 0);
    assert!(said.contains("saved 2 runs"), "{said}");
    assert_eq!(repository.saved_runs(), [id(0), id(1), id(2)]);
    repository.said(&["baseline", "save"], 0);
    assert_eq!(repository.saved_runs(), [id(0), id(1), id(2), id(3)]);
    let after = fs::read_to_string(repository.reviewed()).expect("written");
    assert_eq!(before, after);
}

#[test]
fn a_new_case_adds_its_block_alone() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()[..2].to_vec()));
    repository.said(&["baseline", "save"], 0);
    let before = fs::read_to_string(repository.reviewed()).expect("written");
    repository.record(Run::new(1, three_cases()));
    let said = repository.said(&["baseline", "save"], 0);
    assert!(said.ends_with("3 cases, 1 of them new\n"), "{said}");
    let after = fs::read_to_string(repository.reviewed()).expect("written");
    let (kept, added) = after.split_at(before.len());
    assert_eq!(kept, before);
    assert!(added.starts_with("\n[case.\"triad/n=4096\"]\n"), "{added}");
}

#[test]
fn an_older_run_is_refused_once_a_newer_one_is_saved() {
    let repository = Repository::new();
    let mut dirty = Run::new(0, three_cases());
    dirty = dirty.at_commit(&repository.head(), &["kernels/copy.cu"]);
    repository.record_as_is(dirty);
    repository.record(Run::new(1, three_cases()));
    let said = repository.said(&["baseline", "save"], 0);
    insta::assert_snapshot!("a_dirty_run_between", said);
    let said = repository.said(&["baseline", "save", &id(0), "--allow-dirty"], 3);
    insta::assert_snapshot!("out_of_order", said);
}

#[test]
fn what_speaks_against_a_run_is_said_with_what_to_do() {
    let repository = Repository::new();
    let mut cases = three_cases();
    cases[0] = cases[0].clone().failed("wrong");
    let mut run = Run::new(0, cases).at_commit(
        &repository.head(),
        &["suites/memory.toml", "a", "b", "c", "d", "e", "f"],
    );
    run.header.quick = true;
    run.header.overrides = vec!["--samples 20".to_owned()];
    run.header.filters = vec!["copy/*".to_owned(), "tag:nightly".to_owned()];
    repository.record_as_is(run);
    insta::assert_snapshot!("all_objections", repository.said(&["baseline", "save"], 3));
    let allowed = [
        "baseline",
        "save",
        "--allow-dirty",
        "--allow-failed",
        "--allow-overrides",
        "--allow-partial",
    ];
    let said = repository.said(&allowed, 3);
    assert!(said.contains(": it is a --quick run\n"), "{said}");
    assert!(!repository.path().join("baselines").exists());
    let said = repository.said(&[&allowed[..], &["--allow-quick"]].concat(), 0);
    assert!(said.contains("2 cases, 2 of them new"), "{said}");
}

#[test]
fn an_interrupted_run_is_refused() {
    let repository = Repository::new();
    let mut run = Run::new(0, three_cases());
    run.complete = false;
    repository.record(run);
    insta::assert_snapshot!(repository.said(&["baseline", "save"], 3));
}

#[test]
fn runs_of_a_branch_that_was_left_are_left_out() {
    let repository = Repository::new();
    git(repository.path(), &["checkout", "-q", "-b", "trial"]);
    repository.commit("Trial");
    repository.record(Run::new(0, three_cases()));
    git(repository.path(), &["checkout", "-q", "main"]);
    repository.record(Run::new(1, three_cases()));
    let assert = repository.warpmark(&["baseline", "save"]).code(0);
    let error = crate::compare::stderr(&assert, repository.path());
    assert!(error.contains(&format!("the run {} is left out: its commit ", id(0))));
    assert_eq!(repository.saved_runs(), [id(1)]);
}

#[test]
fn another_machine_has_files_of_its_own() {
    let repository = Repository::new();
    let mut other = Run::new(0, three_cases());
    other.header.environment = environment(&[("gpu", "B"), ("driver", "1.0")]);
    repository.record(other);
    repository.said(&["baseline", "save"], 0);
    let of_other = repository.saved_runs();
    repository.record(Run::new(1, three_cases()));
    let said = repository.said(&["compare", "--against", "baselines"], 21);
    assert!(said.contains("gpu: B (base), A (candidate)"), "{said}");
    repository.said(&["baseline", "save"], 0);
    repository
        .warpmark(&["compare", "--against", "baselines"])
        .code(0);
    assert_eq!(of_other, [id(0)]);
    let files = fs::read_dir(repository.path().join("baselines/memory")).expect("saved");
    assert_eq!(files.count(), 4);
}

#[test]
fn a_full_disk_leaves_the_files_as_they_were() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let before = fs::read(repository.runs()).expect("written");
    repository.record(Run::new(1, three_cases()));
    // A limit on the size of files, in KiB, ends a write in its middle as a full disk does.
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" baseline save"])
        .arg(env!("CARGO_BIN_EXE_warpmark"))
        .current_dir(repository.path())
        .output()
        .expect("the tests need bash: install it");
    assert_eq!(output.status.code(), Some(5));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("cannot write baselines/memory/mock-"),
        "{error}"
    );
    assert_eq!(fs::read(repository.runs()).expect("written"), before);
    let entries = fs::read_dir(repository.runs().with_file_name("")).expect("listed");
    assert_eq!(entries.count(), 1, "no temporary file stays");
    repository.said(&["baseline", "save"], 0);
    assert_eq!(repository.saved_runs(), [id(0), id(1)]);
}
