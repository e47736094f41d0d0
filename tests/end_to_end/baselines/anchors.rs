//! What creeps, what is accepted, and what moves anchors.

use std::fs;

use serde_json::Value;

use super::{Repository, id};
use crate::compare::{stdout, verdicts};
use crate::generated::{Case, Run, three_cases};

/// Three cases of a night on which the second is 0.3 % a week slower.
fn creeping(night: u32) -> Vec<Case> {
    let mut cases = three_cases();
    cases[1] = cases[1]
        .clone()
        .times(1.003_f64.powf(f64::from(night) / 7.0));
    cases
}

/// A repository with a saved run of each of 4 nights in one save, and of each night up to `night` in a save of its own.
fn nightly(night: u32) -> Repository {
    let repository = Repository::new();
    for day in 1..=night {
        repository.record(Run::new(0, creeping(day - 1)).on_day(day));
        if day >= 4 {
            repository.said(&["baseline", "save"], 0);
        }
    }
    repository
}

fn json(assert: &assert_cmd::assert::Assert) -> Value {
    serde_json::from_str(&stdout(assert)).expect("JSON")
}

#[test]
fn what_creeps_is_found_though_no_night_is_worse_than_those_before() {
    let repository = nightly(27);
    repository.record(Run::new(0, creeping(27)).on_day(28));
    let compare = ["compare", "--against", "baselines"];
    let found = repository
        .warpmark(&[&compare[..], &["--json"]].concat())
        .code(25);
    assert_eq!(
        verdicts(&found),
        [
            "copy/n=1024 time: unchanged",
            "triad/n=1024 time: crept",
            "triad/n=4096 time: unchanged"
        ]
    );
    let drift = &json(&found)["judgements"][1]["drift"];
    assert_eq!(drift["runs"], 7);
    assert_eq!(drift["anchor_runs"], 4);
    assert_eq!(drift["since"], "20260304T100000.000Z-0000");
    let estimate = drift["estimate"].as_f64().expect("a number");
    assert!((estimate - 0.0098).abs() < 0.001, "{estimate}");
    insta::assert_snapshot!("crept", repository.said(&compare, 25));
    let markdown = repository.said(&[&compare[..], &["--format", "markdown"]].concat(), 25);
    let markdown = markdown.replace(&repository.head()[..12], "<commit>");
    insta::assert_snapshot!("crept_markdown", markdown);
    // Anchors are values of their own, and as many runs stay as are looked at.
    repository.said(&["baseline", "prune", "--keep-runs", "10"], 0);
    let pruned = repository.said(&compare, 25);
    assert!(
        pruned.contains("crept (+0.9741 % since 2026-03-04)"),
        "{pruned}"
    );
}

#[test]
fn a_release_moves_anchors_and_says_how_far() {
    let repository = nightly(27);
    let before = fs::read_to_string(repository.reviewed()).expect("written");
    let dry = repository.said(&["baseline", "anchor", "--dry-run", "triad/n=1024"], 0);
    assert_eq!(
        fs::read_to_string(repository.reviewed()).expect("written"),
        before
    );
    let moved = repository.said(&["baseline", "anchor", "n=1024", "!copy*"], 0);
    assert_eq!(moved, dry.replace("would move", "moved"));
    insta::assert_snapshot!("anchored", moved);
    let after = fs::read_to_string(repository.reviewed()).expect("written");
    let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b);
    assert_eq!(changed.count(), 1, "one line of one case");
    repository.record(Run::new(0, creeping(27)).on_day(28));
    repository.said(&["compare", "--against", "baselines"], 0);

    let all = repository.said(&["baseline", "anchor", "--json"], 0);
    let all: Value = serde_json::from_str(&all).expect("JSON");
    assert_eq!(
        all["anchored"][0]["moved"].as_array().map(Vec::len),
        Some(2)
    );
    let none = repository.said(&["baseline", "anchor", "scan/*"], 4);
    assert!(
        none.contains("no case of the baselines matches scan/*"),
        "{none}"
    );
    repository.said(&["baseline", "anchor", "--key", "0123abcd"], 3);
    repository.said(&["baseline", "anchor", "tag:"], 2);
}

/// A repository with four saved runs, and then four of a commit that made a case half as long again.
fn slower_by_a_commit() -> Repository {
    let repository = Repository::new();
    for minute in 0..4 {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.said(&["baseline", "save"], 0);
    repository.commit("Checked arithmetic");
    for minute in 4..8 {
        repository.record(Run::new(minute, slower()));
    }
    repository
}

fn slower() -> Vec<Case> {
    let mut cases = three_cases();
    cases[1] = cases[1].clone().times(1.5);
    cases
}

const ACCEPT: [&str; 6] = [
    "baseline",
    "save",
    "--accept",
    "triad/n=1*",
    "--reason",
    "checked arithmetic, agreed on in the review",
];

#[test]
fn an_accepted_case_starts_anew() {
    let repository = slower_by_a_commit();
    repository.said(&["compare", "--against", "baselines"], 20);
    insta::assert_snapshot!("accepted", repository.said(&ACCEPT, 0));
    let reviewed = fs::read_to_string(repository.reviewed()).expect("written");
    let block = reviewed
        .split("[case.\"triad/n=1024\"]\n")
        .nth(1)
        .expect("the case");
    let block = block.split("\n\n").next().expect("its end");
    insta::assert_snapshot!("accepted_block", block);

    // The next run is judged by the four of the new commit; the other cases by all eight.
    repository.record(Run::new(20, slower()));
    let compare = ["compare", "--against", "baselines"];
    let same = repository
        .warpmark(&[&compare[..], &["--json"]].concat())
        .code(0);
    let same = json(&same);
    assert_eq!(same["judgements"][1]["verdict"], "unchanged");
    assert_eq!(same["judgements"][1]["base"]["runs"], 4);
    assert_eq!(same["judgements"][0]["base"]["runs"], 8);
    assert_eq!(same["judgements"][1]["accepted"]["since"], id(4));
    assert_eq!(same["judgements"][0]["accepted"], Value::Null);
    let said = repository.said(&compare, 0);
    let note = format!(
        "accepted with the run {}: triad/n=1024: checked arithmetic, agreed on in the review",
        id(4)
    );
    assert!(said.contains(&note), "{said}");

    // What is undone later is an improvement on that.
    repository.record(Run::new(21, three_cases()));
    let undone = repository
        .warpmark(&[&compare[..], &["--json"]].concat())
        .code(0);
    assert_eq!(verdicts(&undone)[1], "triad/n=1024 time: improved");
}

#[test]
fn what_is_saved_already_is_accepted_later() {
    let repository = slower_by_a_commit();
    repository.said(&["baseline", "save"], 0);
    let said = repository.said(&ACCEPT, 0);
    assert!(said.starts_with("nothing to save: "), "{said}");
    assert!(
        said.ends_with("accepted how triad/n=1024 is now: its series starts anew\n"),
        "{said}"
    );
    // The run itself is the only one that counts.
    let own = repository
        .warpmark(&["compare", "--against", "baselines", "--json"])
        .code(0);
    assert_eq!(verdicts(&own)[1], "triad/n=1024 time: new");
    repository.record(Run::new(9, slower()));
    let next = repository
        .warpmark(&["compare", "--against", "baselines", "--json"])
        .code(0);
    assert_eq!(json(&next)["judgements"][1]["base"]["runs"], 1);
}

#[test]
fn an_acceptance_needs_cases_and_a_reason() {
    let repository = slower_by_a_commit();
    let save = ["baseline", "save", "--accept"];
    repository
        .warpmark(&[&save[..], &["triad/*"]].concat())
        .code(2);
    repository
        .warpmark(&[&save[..], &["triad/*", "--reason", "  "]].concat())
        .code(2);
    repository
        .warpmark(&["baseline", "save", "--reason", "why"])
        .code(2);
    repository
        .warpmark(&[&save[..], &["tag:", "--reason", "why"]].concat())
        .code(2);
    let none = repository.said(&[&save[..], &["scan*", "--reason", "why"]].concat(), 4);
    insta::assert_snapshot!("nothing_accepted", none);
    assert_eq!(repository.saved_runs().len(), 4, "nothing was saved");
}

#[test]
fn another_way_of_timing_makes_new_anchors() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let mut cases = three_cases();
    "graph".clone_into(&mut cases[1].method.name);
    cases[1].method.executions = 100;
    cases[1] = cases[1].clone().times(0.5);
    repository.record(Run::new(1, cases));
    repository.said(&["baseline", "save"], 0);
    let reviewed = fs::read_to_string(repository.reviewed()).expect("written");
    assert_eq!(
        reviewed.matches(&format!("last = \"{}\"", id(1))).count(),
        1,
        "{reviewed}"
    );
    assert_eq!(
        reviewed.matches(&format!("last = \"{}\"", id(0))).count(),
        2,
        "{reviewed}"
    );
}

#[test]
fn an_anchor_of_another_clock_says_nothing() {
    let repository = Repository::new();
    let at = |mhz: f64, mut run: Run| {
        run.probe_mhz = Some(mhz);
        run
    };
    for minute in 0..4 {
        repository.record(at(1995.0, Run::new(minute, three_cases())));
    }
    repository.said(&["baseline", "save"], 0);
    let slower: Vec<Case> = three_cases()
        .into_iter()
        .map(|case| case.times(1.01))
        .collect();
    for minute in 4..13 {
        repository.record(at(1980.0, Run::new(minute, slower.clone())));
    }
    repository.said(&["baseline", "save"], 0);
    repository.record(at(1980.0, Run::new(13, slower)));
    let found = repository
        .warpmark(&["compare", "--against", "baselines", "--json"])
        .code(0);
    assert_eq!(json(&found)["judgements"][0]["drift"], Value::Null);
}

#[test]
fn improvements_that_nobody_saves_make_a_baseline_stale() {
    let repository = Repository::new();
    for minute in 0..4 {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.said(&["baseline", "save"], 0);
    let mut faster = three_cases();
    faster[0] = faster[0].clone().times(0.9);
    let mut once = faster.clone();
    once[1] = once[1].clone().times(0.9);
    for minute in 4..10 {
        let cases = if minute == 6 {
            faster.clone()
        } else {
            once.clone()
        };
        repository.record(Run::new(minute, cases));
    }
    let compare = ["compare", "--against", "baselines"];
    let six = repository.said(&compare, 0);
    assert!(!six.contains("stale"), "{six}");
    repository.record(Run::new(10, once));
    let seven = repository.said(&compare, 0);
    assert!(seven.contains(", stale baseline\n"), "{seven}");
    assert!(
        seven
            .contains("none of which is saved: copy/n=1024; save them with warpmark baseline save"),
        "{seven}"
    );
    let found = json(
        &repository
            .warpmark(&[&compare[..], &["--json"]].concat())
            .code(0),
    );
    assert_eq!(found["stale"], serde_json::json!(["copy/n=1024"]));
    repository.said(&["baseline", "save"], 0);
    let saved = repository.said(&compare, 0);
    assert!(!saved.contains("stale"), "{saved}");
}
