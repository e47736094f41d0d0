//! A bridge as it stands in the reviewed file by hand.

use std::fs;

use super::Repository;
use crate::generated::{Run, three_cases};

const BRIDGE: &str = "[bridge]\nfrom = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n\
                      commit = \"c0ffee\"\nrun = \"r\"\nmeasured = \"2026-02-28T09:00:00Z\"\n";
const RATIO: &str = "bridge.time = { ratio = 1.08, low = 1.07, high = 1.09 }\n";

/// A repository with a saved run, to whose reviewed file a table is added, and a line to the last case.
fn with_bridge(table: &str, line: &str) -> Repository {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    let (head, cases) = text.split_once("\n[case").expect("a case");
    let text = format!("{head}\n{table}\n[case{cases}{line}");
    fs::write(repository.reviewed(), text).expect("written");
    repository
}

#[test]
fn a_save_keeps_the_bridge_until_the_method_is_another() {
    let repository = with_bridge(BRIDGE, RATIO);
    repository.record(Run::new(1, three_cases()));
    repository.said(&["baseline", "save"], 0);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    assert!(text.contains(BRIDGE) && text.ends_with(RATIO), "{text}");
    let mut cases = three_cases();
    cases[2].method.executions = 100;
    repository.record(Run::new(2, cases));
    repository.said(&["baseline", "save"], 0);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    assert!(text.contains(BRIDGE) && !text.contains(RATIO), "{text}");
}

#[test]
fn a_bridge_that_can_not_be_is_shown_with_line_and_caret() {
    let mut all = String::new();
    for (from, to) in [
        ("from = \"aaaa", "from = \"xyz"),
        ("2026-02-28T09:00:00Z", "yesterday"),
        ("commit = \"c0ffee\"\n", ""),
        ("run = \"r\"", "run = \"r\"\nto = \"b\""),
        ("ratio = 1.08", "ratio = 1.1"),
        ("low = 1.07", "low = 0.0"),
        ("high = 1.09", "high = inf"),
        ("high = 1.09", "high = nan"),
        (BRIDGE, ""),
    ] {
        let repository = with_bridge(&BRIDGE.replace(from, to), &RATIO.replace(from, to));
        all += &repository.said(&["compare", "--against", "baselines"], 3);
    }
    let repository = with_bridge(BRIDGE, RATIO);
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    let key = text.split("key = \"").nth(1).expect("a key")[..64].to_owned();
    fs::write(repository.reviewed(), text.replace(&"a".repeat(64), &key)).expect("written");
    all += &repository.said(&["baseline", "show"], 3);
    insta::assert_snapshot!(all);
}
