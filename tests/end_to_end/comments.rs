//! Comments of whole records through the program: how long they are, and what they name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::generated::{Case, Run};
use crate::support::warpmark;

/// GitHub takes no comment with more characters.
const GITHUB: usize = 65_536;

/// 5,000 cases of which every `step`th is slower by a fifth in the candidate: its text, and its JSON.
fn compared(step: usize) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let case = |place: usize| Case::new(&format!("triad/n=1048576/case={place}"), 1e5);
    let base: Vec<Case> = (0..5_000).map(case).collect();
    let slower = base.iter().enumerate().map(|(place, case)| {
        let factor = if place % step == 0 { 1.2 } else { 1.0 };
        case.clone().times(factor)
    });
    let slower = slower.collect();
    let [base, candidate] = [(0, base), (1, slower)].map(|(minute, cases)| {
        let mut run = Run::new(minute, cases);
        run.header.processes = 2;
        let folder = run.write(&folder.path().join(".warpmark"));
        folder.to_str().expect("UTF-8").to_owned()
    });
    let report = |format: &str| {
        let arguments = ["report", &candidate, "--against", &base, "--format", format];
        let mut command = warpmark();
        command.current_dir(folder.path()).args(arguments);
        let assert = command.assert().code(20);
        String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8")
    };
    let json = serde_json::from_str(&report("json")).expect("JSON");
    (report("markdown"), json)
}

/// The cases that the JSON calls regressed.
fn regressed(json: &Value) -> BTreeSet<&str> {
    let cases = json["cases"].as_array().expect("cases");
    cases
        .iter()
        .filter(|case| case["verdict"] == "regressed")
        .map(|case| case["id"].as_str().expect("an id"))
        .collect()
}

/// The cases whose row says so.
fn named(text: &str) -> BTreeSet<&str> {
    let rows = text
        .lines()
        .filter(|line| line.ends_with("**regressed** |"));
    rows.map(|row| row.split('`').nth(1).expect("a name"))
        .collect()
}

#[test]
fn of_five_thousand_cases_with_too_many_regressions_the_rest_is_counted() {
    let (text, json) = compared(2);
    assert!(text.len() < GITHUB, "{} bytes", text.len());
    let (regressed, named) = (regressed(&json), named(&text));
    assert_eq!(regressed.len(), 2_500);
    assert!(
        named.len() > 300 && named.is_subset(&regressed),
        "{}",
        named.len()
    );
    let heading = "## memory on mock: 2500 regressed\n";
    assert!(text.contains(heading), "{text:.300}");
    let left_out = regressed.len() - named.len();
    let told = format!("and {left_out} more regressed, in the record of run ");
    assert!(text.contains(&told), "{told}");
}
