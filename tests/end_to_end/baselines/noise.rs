//! The noise model of a device, as it stands in the reviewed file by hand.

use std::fs;

use super::Repository;
use crate::compare::verdicts;
use crate::generated::{Run, three_cases};

/// A repository with a saved baseline to whose reviewed file `table` is added.
fn with_model(table: &str) -> Repository {
    let repository = Repository::new();
    for minute in 0..4 {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.said(&["baseline", "save"], 0);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    let (head, cases) = text.split_once("\n[case").expect("a case");
    fs::write(
        repository.reviewed(),
        format!("{head}\n{table}\n[case{cases}"),
    )
    .expect("written");
    repository
}

fn model(additive: &str, relative: &str) -> String {
    format!(
        "[noise]\nadditive-ns = {additive}\nrelative = {relative}\nfreedom = 20.0\n\
         measured = \"2026-02-28T09:00:00Z\"\nprocesses = 24\ncards = 2\n"
    )
}

#[test]
fn verdicts_rest_on_the_stored_model() {
    // Quiet processes of 50 us, 0.8 % slower.
    let verdict = |repository: &Repository| {
        let mut cases = three_cases();
        cases[2] = cases[2].clone().times(1.008);
        repository.record(Run::new(9, cases));
        let assert = repository.warpmark(&["compare", "--against", "baselines", "--json"]);
        verdicts(&assert).remove(2)
    };
    let quiet = with_model(&model("70.0", "0.0006"));
    assert_eq!(verdict(&quiet), "triad/n=4096 time: regressed");
    let noisy = with_model(&model("800.0", "0.01"));
    assert_eq!(verdict(&noisy), "triad/n=4096 time: inconclusive");
}

#[test]
fn a_save_keeps_the_model_and_show_prints_it() {
    let table = model("70.0", "0.0006");
    let repository = with_model(&table);
    repository.record(Run::new(5, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    assert!(text.contains(&table), "{text}");
    let shown = repository.said(&["baseline", "show"], 0);
    let line = "  noise        70.00 ns + 0.06000 % (20.00 degrees of freedom; 24 processes on 2 cards, 2026-02-28)\n";
    assert!(shown.contains(line), "{shown}");
    let json = repository.said(&["baseline", "show", "--json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["baselines"][0]["noise"]["additive_ns"], 70.0);
    assert_eq!(json["baselines"][0]["noise"]["cards"], 2);
}

#[test]
fn a_model_that_can_not_be_is_shown_with_line_and_caret() {
    let mut all = String::new();
    let good = model("70.0", "0.0006");
    for (from, to) in [
        ("70.0", "-70.0"),
        ("0.0006", "nan"),
        ("freedom = 20.0", "freedom = 0.0"),
        ("2026-02-28T09:00:00Z", "yesterday"),
        ("processes = 24", "processes = 1"),
        ("cards = 2", "cards = 0"),
        ("cards = 2\n", ""),
        ("cards = 2", "cards = 2\nfloor = 1.0"),
    ] {
        let repository = with_model(&good.replace(from, to));
        all += &repository.said(&["compare", "--against", "baselines"], 3);
    }
    insta::assert_snapshot!(all);
    let host = with_model(&good);
    let text = fs::read_to_string(host.reviewed()).expect("written");
    let text = text.replace("device = \"mock\"", "device = \"host\"");
    fs::write(host.reviewed(), text).expect("written");
    let said = host.said(&["compare", "--against", "baselines"], 3);
    assert!(
        said.contains("the device host has no noise model"),
        "{said}"
    );
}
