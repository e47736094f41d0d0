//! Comparisons with what git holds: revisions, bare repositories, work trees, merged branches.

use std::fs;

use super::{Repository, id};
use crate::compare::verdicts;
use crate::generated::{Run, environment, three_cases};
use crate::support::{git, warpmark};

/// A repository with a committed baseline of `runs` runs, one a minute.
fn with_baseline(runs: u32) -> Repository {
    let repository = Repository::new();
    for minute in 0..runs {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    repository
}

#[test]
fn a_revision_is_read_without_a_checkout() {
    let repository = with_baseline(3);
    fs::remove_dir_all(repository.path().join("baselines")).expect("removed");
    let mut cases = three_cases();
    cases[2] = cases[2].clone().times(1.1);
    repository.record(Run::new(5, cases));
    let assert = repository
        .warpmark(&["compare", "--against", "HEAD", "--json"])
        .code(20);
    let all = verdicts(&assert);
    assert_eq!(all[0], "copy/n=1024 time: unchanged");
    assert_eq!(all[2], "triad/n=4096 time: regressed");
    let said = crate::compare::stdout(&assert);
    assert!(said.contains(" at HEAD (3 runs)"), "{said}");
    repository
        .warpmark(&["compare", "--against", "main~1"])
        .code(21);
    insta::assert_snapshot!(repository.said(&["compare", "--against", "main~1"], 21));
}

#[test]
fn the_ten_newest_runs_are_the_base() {
    let repository = with_baseline(12);
    repository.record(Run::new(20, three_cases()));
    let said = repository.said(&["compare", "--against", "HEAD"], 0);
    assert!(said.contains("(10 runs)"), "{said}");
}

#[test]
fn a_run_is_not_its_own_base_where_there_are_others() {
    let repository = with_baseline(2);
    let said = repository.said(&["compare", "--against", "HEAD"], 0);
    assert!(said.contains("(1 run)"), "{said}");
    let alone = with_baseline(1);
    let said = alone.said(&["compare", "--against", "HEAD"], 0);
    assert!(said.contains("is compared with itself"), "{said}");
}

#[test]
fn the_spread_between_runs_is_measured_by_eight_runs_on_three_days() {
    let repository = Repository::new();
    for day in 1..=8 {
        repository.record(Run::new(0, three_cases()).on_day(day));
    }
    repository.said(&["baseline", "save"], 0);
    repository.record(Run::new(0, three_cases()).on_day(9));
    let said = repository.said(&["compare", "--against", "baselines"], 0);
    assert!(!said.contains("run noise assumed"), "{said}");
    let few = with_baseline(8);
    few.record(Run::new(20, three_cases()));
    let said = few.said(&["compare", "--against", "baselines"], 0);
    assert!(said.contains("run noise assumed"), "{said}");
}

#[test]
fn a_bare_repository_and_a_linked_work_tree_will_do() {
    let repository = with_baseline(1);
    repository.record(Run::new(5, three_cases()));
    let record = repository.path().join(".warpmark/runs/memory").join(id(5));
    let others = tempfile::tempdir().expect("a folder");
    let bare = others.path().join("bare.git");
    let tree = others.path().join("tree");
    git(
        repository.path(),
        &["clone", "-q", "--bare", ".", &bare.to_string_lossy()],
    );
    git(
        repository.path(),
        &[
            "worktree",
            "add",
            "-q",
            &tree.to_string_lossy(),
            "-b",
            "other",
        ],
    );
    for folder in [&bare, &tree] {
        warpmark()
            .current_dir(folder)
            .arg("compare")
            .arg(&record)
            .args(["--against", "main"])
            .assert()
            .code(0);
    }
}

#[test]
fn two_branches_save_runs_and_merge_without_a_conflict() {
    let repository = with_baseline(1);
    git(repository.path(), &["checkout", "-q", "-b", "night"]);
    repository.record(Run::new(1, three_cases()));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Night one");
    git(repository.path(), &["checkout", "-q", "main"]);
    let apart = repository.path().join(".warpmark/runs/memory").join(id(1));
    fs::remove_dir_all(apart).expect("removed: the other machine has it");
    repository.record(Run::new(2, three_cases()));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Night two");
    git(repository.path(), &["merge", "-q", "--no-edit", "night"]);
    let mut saved = repository.saved_runs();
    saved.sort();
    assert_eq!(saved, [id(0), id(1), id(2)]);
    repository.record(Run::new(9, three_cases()));
    let said = repository.said(&["compare", "--against", "HEAD"], 0);
    assert!(said.contains("(3 runs)"), "{said}");
}

#[test]
fn a_case_of_the_baseline_is_missing_until_it_is_pruned() {
    let repository = with_baseline(1);
    let fewer = || three_cases()[..2].to_vec();
    repository.record(Run::new(1, fewer()));
    let missing = repository.said(&["compare", "--against", "HEAD"], 24);
    assert!(missing.contains("triad/n=4096"), "{missing}");
    repository.said(&["baseline", "save"], 0);
    repository.said(&["baseline", "prune"], 0);
    repository.record(Run::new(2, fewer()));
    repository.said(&["compare", "--against", "baselines"], 0);
}

#[test]
fn a_baseline_is_a_candidate_by_its_newest_run() {
    let repository = with_baseline(2);
    let mut cases = three_cases();
    cases[0] = cases[0].clone().times(1.2);
    repository.record(Run::new(5, cases));
    repository.said(&["baseline", "save"], 0);
    let compare = ["compare", "baselines", "--against", "HEAD", "--json"];
    let assert = repository.warpmark(&compare).code(20);
    assert_eq!(verdicts(&assert)[0], "copy/n=1024 time: regressed");
    let suite = repository.path().join("baselines/memory");
    repository
        .warpmark(&["compare", &suite.to_string_lossy(), "--against", "HEAD"])
        .code(20);
}

#[test]
fn several_suites_need_a_name() {
    let repository = with_baseline(1);
    let mut other = Run::new(1, three_cases());
    other.header.suite = warpmark::id::Name::new("compute").expect("a name");
    repository.record(other);
    repository.said(&["baseline", "save"], 0);
    let said = repository.said(&["compare", "baselines", "--against", "HEAD"], 2);
    insta::assert_snapshot!(said);
    let compare = [
        "compare",
        "baselines",
        "--suite",
        "memory",
        "--against",
        "HEAD",
    ];
    repository.said(&compare, 0);
}

#[test]
fn what_is_shown_of_a_baseline() {
    let repository = with_baseline(2);
    let mut other = Run::new(3, three_cases());
    other.header.environment = environment(&[("gpu", "B")]);
    repository.record(other);
    repository.said(&["baseline", "save"], 0);
    let commit = &repository.head()[..12];
    let before = git(repository.path(), &["rev-parse", "HEAD~1"]);
    let said = repository.said(&["baseline", "show"], 0);
    let said = said
        .replace(commit, "[HEAD]")
        .replace(&before[..12], "[BEFORE]");
    insta::assert_snapshot!(said);
    let json = repository.said(&["baseline", "show", "memory", "--at", "HEAD", "--json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["format"], 1);
    assert_eq!(json["baselines"].as_array().map(Vec::len), Some(1));
    let metric = &json["baselines"][0]["cases"]["copy/n=1024"]["metrics"]["time"];
    assert_eq!(metric["anchor_runs"], 2);
    assert_eq!(metric["recent_runs"], 2);
    let said = repository.said(&["baseline", "show", "compute"], 3);
    insta::assert_snapshot!("no_such_suite", said);
}
