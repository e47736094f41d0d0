//! What is dropped from baselines.

use std::fs;

use super::{Repository, id};
use crate::generated::{Run, environment, three_cases};
use crate::support::git;

/// A repository with 12 saved runs; the newest has lost a case.
fn with_old_runs() -> Repository {
    let repository = Repository::new();
    for minute in 0..11 {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.record(Run::new(11, three_cases()[1..].to_vec()));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    repository
}

#[test]
fn lost_cases_and_old_runs_go() {
    let repository = with_old_runs();
    let dry = repository.said(&["baseline", "prune", "--keep-runs", "10", "--dry-run"], 0);
    insta::assert_snapshot!(dry);
    assert_eq!(git(repository.path(), &["status", "--porcelain"]), "");
    let wet = repository.said(&["baseline", "prune", "--keep-runs", "10"], 0);
    assert_eq!(wet, dry.replace("would drop", "dropped"));
    assert_eq!(repository.saved_runs().len(), 10);
    assert_eq!(repository.saved_runs()[0], id(2));
    let reviewed = fs::read_to_string(repository.reviewed()).expect("written");
    assert!(!reviewed.contains("copy/n=1024"), "{reviewed}");
    let again = repository.said(&["baseline", "prune", "--keep-runs", "10"], 0);
    assert_eq!(again, "nothing to drop\n");
}

#[test]
fn runs_stay_unless_asked_and_ten_always() {
    let repository = with_old_runs();
    repository.said(&["baseline", "prune"], 0);
    assert_eq!(repository.saved_runs().len(), 12);
    repository
        .warpmark(&["baseline", "prune", "--keep-runs", "9"])
        .code(2);
}

#[test]
fn a_case_that_failed_is_not_lost() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    let mut cases = three_cases();
    cases[0] = cases[0].clone().failed("crashed");
    repository.record(Run::new(1, cases));
    repository.said(&["baseline", "save", "--allow-failed"], 0);
    let said = repository.said(&["baseline", "prune"], 0);
    assert_eq!(said, "nothing to drop\n");
}

#[test]
fn a_part_of_the_suite_loses_no_case() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    let mut part = Run::new(1, three_cases()[1..].to_vec());
    part.header.filters = vec!["triad/*".to_owned()];
    repository.record(part);
    repository.said(&["baseline", "save", "--allow-partial"], 0);
    let said = repository.said(&["baseline", "prune"], 0);
    assert_eq!(said, "nothing to drop\n");
}

#[test]
fn a_key_goes_as_a_whole() {
    let repository = Repository::new();
    let mut other = Run::new(0, three_cases());
    other.header.environment = environment(&[("gpu", "B")]);
    let key = other.header.environment.key[..8].to_owned();
    repository.record(other);
    repository.said(&["baseline", "save"], 0);
    repository.record(Run::new(1, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let said = repository.said(&["baseline", "prune", "--key", "0123abcd"], 3);
    insta::assert_snapshot!("no_such_key", said);
    let json = repository.said(&["baseline", "prune", "--key", &key, "--json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let whole = json["pruned"].as_array().expect("a list").iter();
    assert_eq!(whole.filter(|pruned| pruned["whole"] == true).count(), 1);
    let left = fs::read_dir(repository.path().join("baselines/memory")).expect("listed");
    assert_eq!(left.count(), 2);
    repository
        .warpmark(&["baseline", "prune", "--key", "ab"])
        .code(2);
}
