//! Each verdict and its exit code, on records that are made up.

use super::{Bench, stdout, verdicts};
use crate::generated::{Case, Run, three_cases};
use warpmark::record::Outcome;

/// Compares three cases, of which `change` changes the candidate's, and gives the verdicts.
fn changed(change: impl FnOnce(&mut Vec<Case>), options: &[&str], code: i32) -> Vec<String> {
    let mut cases = three_cases();
    change(&mut cases);
    let mut all = vec!["--json"];
    all.extend(options);
    let assert = Bench::new().compare(Run::new(1, cases), Run::new(0, three_cases()), &all);
    verdicts(&assert.code(code))
}

#[test]
fn nothing_changed() {
    let verdicts = changed(|_| {}, &[], 0);
    assert_eq!(
        verdicts,
        [
            "copy/n=1024 time: unchanged",
            "triad/n=1024 time: unchanged",
            "triad/n=4096 time: unchanged"
        ]
    );
}

#[test]
fn slower_is_regressed() {
    let verdicts = changed(|cases| cases[1] = cases[1].clone().times(1.05), &[], 20);
    assert_eq!(verdicts[1], "triad/n=1024 time: regressed");
    assert_eq!(verdicts[0], "copy/n=1024 time: unchanged");
}

#[test]
fn a_quarter_of_slow_samples_is_a_spread() {
    let verdicts = changed(|cases| cases[0].tail = 0.25, &[], 20);
    assert_eq!(verdicts[0], "copy/n=1024 time: regressed-spread");
}

#[test]
fn two_slow_processes_are_suspect() {
    let verdicts = changed(|cases| cases[0].factors = vec![1.02, 1.02], &[], 22);
    assert_eq!(verdicts[0], "copy/n=1024 time: suspect");
}

#[test]
fn faster_is_improved() {
    let verdicts = changed(|cases| cases[0] = cases[0].clone().times(0.9), &[], 0);
    assert_eq!(verdicts[0], "copy/n=1024 time: improved");
}

/// A command's times scatter by a quarter: nothing can be said of them.
fn noisy(cases: &mut [Case]) {
    "command".clone_into(&mut cases[0].kind);
    cases[0].factors = vec![0.7, 1.4, 1.0, 0.6, 1.5];
}

#[test]
fn noise_is_inconclusive_and_fails_on_demand() {
    let verdicts = changed(|cases| noisy(cases), &[], 0);
    assert_eq!(verdicts[0], "copy/n=1024 time: inconclusive");
    changed(|cases| noisy(cases), &["--fail-on", "inconclusive"], 22);
    changed(|cases| noisy(cases), &["--fail-on", "suspect"], 0);
}

#[test]
fn a_failed_case_comes_before_a_regression() {
    let verdicts = changed(
        |cases| {
            cases[0] = cases[0]
                .clone()
                .failed("wrong at element 3: 1 instead of 2");
            cases[1] = cases[1].clone().times(1.05);
        },
        &[],
        10,
    );
    assert_eq!(verdicts[0], "copy/n=1024 time: failed");
    assert_eq!(verdicts[1], "triad/n=1024 time: regressed");
}

#[test]
fn a_regression_comes_before_a_suspect_and_a_missing_case() {
    changed(
        |cases| {
            cases[0].factors = vec![1.02, 1.02];
            cases[1] = cases[1].clone().times(1.05);
            cases.pop();
        },
        &[],
        20,
    );
    changed(
        |cases| {
            cases[0].factors = vec![1.02, 1.02];
            cases.pop();
        },
        &[],
        22,
    );
}

#[test]
fn an_unsupported_case_is_no_failure_unless_there_is_no_other() {
    let unsupported = |case: &mut Case| {
        case.outcome = Outcome::Unsupported("inline PTX: only a GPU has it".to_owned());
    };
    let verdicts = changed(|cases| unsupported(&mut cases[0]), &[], 0);
    assert_eq!(verdicts[0], "copy/n=1024 time: unsupported");
    changed(|cases| cases.iter_mut().for_each(unsupported), &[], 5);
}

#[test]
fn a_case_on_one_side_is_new_or_missing() {
    let verdicts = changed(|cases| cases.push(Case::new("gather", 1e6)), &[], 0);
    assert_eq!(verdicts[3], "gather time: new");
    let verdicts = changed(
        |cases| {
            cases.pop();
        },
        &[],
        24,
    );
    assert_eq!(verdicts[2], "triad/n=4096 time: missing");
}

#[test]
fn a_missing_case_is_expected_where_the_suite_says_so_and_under_a_filter() {
    let bench = Bench::new();
    let mut removed = Run::new(1, three_cases()[1..].to_vec());
    let reason = "replaced by triad".to_owned();
    removed.header.removed.insert("copy".to_owned(), reason);
    let assert = bench.compare(removed, Run::new(0, three_cases()), &["--json"]);
    let assert = assert.code(0);
    assert_eq!(verdicts(&assert)[2], "copy/n=1024 time: missing");
    assert!(stdout(&assert).contains("replaced by triad"));

    let mut filtered = Run::new(2, three_cases()[1..].to_vec());
    filtered.header.filters = vec!["triad/*".to_owned()];
    let base = Run::new(3, three_cases());
    let assert = bench.compare(filtered, base, &["--json"]).code(0);
    assert_eq!(verdicts(&assert).len(), 2);
}

#[test]
fn further_metrics_are_judged_by_their_direction() {
    let with_tokens = |tokens: f64| {
        let mut cases = three_cases();
        cases[0].tokens = Some(tokens);
        cases
    };
    let compare = |candidate: Vec<Case>, base: Vec<Case>, code: i32| {
        let (candidate, base) = (Run::new(1, candidate), Run::new(0, base));
        let assert = Bench::new().compare(candidate, base, &["--json"]);
        verdicts(&assert.code(code))[1].clone()
    };
    let (slow, fast) = (with_tokens(900.0), with_tokens(1000.0));
    let worse = compare(slow.clone(), fast.clone(), 20);
    assert_eq!(worse, "copy/n=1024 tokens: regressed");
    let better = compare(fast.clone(), slow, 0);
    assert_eq!(better, "copy/n=1024 tokens: improved");
    let new = compare(fast.clone(), three_cases(), 0);
    assert_eq!(new, "copy/n=1024 tokens: new");
    let lost = compare(three_cases(), fast, 24);
    assert_eq!(lost, "copy/n=1024 tokens: missing");
}

#[test]
fn the_suite_sets_the_limits() {
    let bench = Bench::new();
    let slower: Vec<Case> = three_cases()
        .into_iter()
        .map(|case| case.times(1.05))
        .collect();
    let mut candidate = Run::new(1, slower);
    for (key, value) in [("min-effect", 0.2), ("margin", 0.3)] {
        candidate
            .header
            .compare
            .insert(key.to_owned(), value.into());
    }
    let assert = bench.compare(candidate, Run::new(0, three_cases()), &["--json"]);
    for verdict in verdicts(&assert.code(0)) {
        assert!(verdict.ends_with(": unchanged"), "{verdict}");
    }
}

#[test]
fn a_comparison_reads_well() {
    let mut cases = three_cases();
    cases[1] = cases[1].clone().times(1.05);
    cases[0].digest = Some("aa".to_owned());
    let mut base = three_cases();
    base[0].digest = Some("bb".to_owned());
    let assert = Bench::new().compare(Run::new(1, cases), Run::new(0, base), &[]);
    insta::assert_snapshot!(stdout(&assert.code(20)));
}
