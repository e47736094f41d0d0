//! What the words of `compare` name, and the errors where they name nothing.

use super::{Bench, stderr, verdicts};
use crate::generated::{Run, three_cases};
use crate::support::git;

/// Two quiet runs; the folder is no repository.
fn two_runs() -> Bench {
    let bench = Bench::new();
    bench.record(Run::new(0, three_cases()));
    bench.record(Run::new(1, three_cases()));
    bench
}

/// Runs `warpmark ARGUMENTS` in a bench and gives its standard error and code.
fn refused(bench: &Bench, arguments: &[&str]) -> String {
    let assert = bench.warpmark(arguments);
    let code = assert.get_output().status.code().expect("a code");
    format!("exit {code}\n{}", stderr(&assert, bench.path()))
}

#[test]
fn ids_and_latest_are_found_outside_a_repository() {
    let bench = two_runs();
    let old = "20260301T100000.000Z-0000";
    let assert = bench
        .warpmark(&["compare", "--against", old, "--json"])
        .code(0);
    assert_eq!(verdicts(&assert).len(), 3);
    bench
        .warpmark(&["compare", old, "--against", "latest"])
        .code(0);
    let of_other = refused(&bench, &["compare", "--suite", "other", "--against", old]);
    insta::assert_snapshot!(of_other);
}

#[test]
fn a_run_against_itself_says_so() {
    let bench = two_runs();
    let assert = bench.warpmark(&["compare", "--against", "latest"]).code(0);
    insta::assert_snapshot!(stderr(&assert, bench.path()));
}

#[test]
fn a_word_that_names_nothing() {
    let bench = two_runs();
    insta::assert_snapshot!(
        "no_repository",
        refused(&bench, &["compare", "--against", "main"])
    );
    git(bench.path(), &["init", "-q"]);
    insta::assert_snapshot!(
        "no_commits",
        refused(&bench, &["compare", "--against", "HEAD"])
    );
    std::fs::write(bench.path().join("file"), "x").expect("written");
    git(bench.path(), &["add", "file"]);
    git(bench.path(), &["commit", "-qm", "First"]);
    let missing = refused(&bench, &["compare", "--against", "origin/main"]);
    insta::assert_snapshot!("no_revision", missing);
    insta::assert_snapshot!("a_file", refused(&bench, &["compare", "--against", "file"]));
    std::fs::create_dir(bench.path().join("main")).expect("created");
    insta::assert_snapshot!(
        "no_record",
        refused(&bench, &["compare", "--against", "main"])
    );
    // A revision without baselines is no error: nothing can be compared.
    bench.warpmark(&["compare", "--against", "HEAD"]).code(21);
}

#[test]
fn nothing_was_measured_yet() {
    let bench = Bench::new();
    insta::assert_snapshot!(refused(&bench, &["compare", "--against", "HEAD"]));
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let bench = two_runs();
    let origin = bench.path().join("origin");
    std::fs::create_dir(&origin).expect("created");
    git(&origin, &["init", "-q"]);
    for number in ["1", "2"] {
        std::fs::write(origin.join("file"), number).expect("written");
        git(&origin, &["add", "file"]);
        git(&origin, &["commit", "-qm", number]);
    }
    let url = format!("file://{}", origin.display());
    git(
        bench.path(),
        &["clone", "-q", "--depth", "1", &url, "clone"],
    );
    let clone = bench.path().join("clone");
    Run::new(0, three_cases()).write(&clone.join(".warpmark"));
    let assert = crate::support::warpmark()
        .current_dir(&clone)
        .args(["compare", "--against", "HEAD~1"])
        .assert()
        .code(3);
    insta::assert_snapshot!(stderr(&assert, bench.path()));
}

#[test]
fn a_base_is_required() {
    let bench = two_runs();
    bench.warpmark(&["compare"]).code(2);
}
