//! Sentinels: what is said when the machine moved.

use super::{Bench, stdout, verdicts};
use crate::baselines::Repository;
use crate::generated::{Case, Run, three_cases};

/// Three cases and two sentinels, all `factor` times as long; the second case besides by `own`.
fn cases(factor: f64, own: f64) -> Vec<Case> {
    let mut cases = three_cases();
    for (id, mean) in [("watch/n=1", 2e5), ("watch/n=2", 4e5)] {
        let mut case = Case::new(id, mean);
        case.sentinel = true;
        cases.push(case);
    }
    let mut cases: Vec<Case> = cases.into_iter().map(|case| case.times(factor)).collect();
    cases[1] = cases[1].clone().times(own);
    cases
}

fn all_inconclusive(said: &[String]) -> bool {
    said.iter()
        .all(|verdict| verdict.ends_with(": inconclusive"))
}

#[test]
fn a_slower_machine_is_no_regression() {
    let assert = Bench::new().compare(
        Run::new(1, cases(1.02, 1.05)),
        Run::new(0, cases(1.0, 1.0)),
        &["--json"],
    );
    let assert = assert.code(0);
    assert!(all_inconclusive(&verdicts(&assert)), "{}", stdout(&assert));
    let json: serde_json::Value = serde_json::from_str(&stdout(&assert)).expect("JSON");
    let machine = &json["machine"][0];
    assert_eq!(machine["kind"], "mock");
    assert_eq!(
        machine["sentinels"],
        serde_json::json!(["watch/n=1", "watch/n=2"])
    );
    let estimate = machine["estimate"].as_f64().expect("a number");
    assert!((estimate - 0.02).abs() < 0.001, "{estimate}");
    let label = json["labels"].as_array().expect("labels").iter();
    assert_eq!(
        label
            .filter(|label| label["name"] == "machine-moved")
            .count(),
        1
    );

    let bench = Bench::new();
    let assert = bench.compare(
        Run::new(1, cases(0.98, 1.05)),
        Run::new(0, cases(1.0, 1.0)),
        &[],
    );
    let said = stdout(&assert.code(0)).replace(&*bench.path().to_string_lossy(), "[FOLDER]");
    insta::assert_snapshot!(said);
}

#[test]
fn a_steady_machine_hides_nothing() {
    let assert = Bench::new().compare(
        Run::new(1, cases(1.0, 1.05)),
        Run::new(0, cases(1.0, 1.0)),
        &["--json"],
    );
    let said = verdicts(&assert.code(20));
    assert_eq!(said[1], "triad/n=1024 time: regressed");
    assert_eq!(said[3], "watch/n=1 time: unchanged");
}

#[test]
fn sentinels_that_part_say_nothing() {
    let mut candidate = cases(1.0, 1.05);
    candidate[3] = candidate[3].clone().times(1.02);
    let assert = Bench::new().compare(
        Run::new(1, candidate),
        Run::new(0, cases(1.0, 1.0)),
        &["--json"],
    );
    let said = verdicts(&assert.code(20));
    assert_eq!(said[3], "watch/n=1 time: regressed");
}

#[test]
fn a_sentinel_with_new_code_is_none() {
    let with_code = |factor: f64, code: &str| {
        let mut all = three_cases();
        all[2].sentinel = true;
        all[2].identity = Some(code.to_owned());
        all[2] = all[2].clone().times(factor);
        all
    };
    for (code, expected) in [("a", 0), ("b", 20)] {
        let candidate = Run::new(1, with_code(1.02, code));
        Bench::new()
            .compare(candidate, Run::new(0, with_code(1.0, "a")), &[])
            .code(expected);
    }
}

#[test]
fn failures_are_not_withdrawn() {
    let mut candidate = cases(1.02, 1.0);
    candidate[0] = candidate[0].clone().failed("wrong");
    candidate.remove(2);
    candidate.push(Case::new("fresh", 1e5));
    let assert = Bench::new().compare(
        Run::new(1, candidate),
        Run::new(0, cases(1.0, 1.0)),
        &["--json"],
    );
    let said = verdicts(&assert.code(10));
    assert_eq!(
        said,
        [
            "copy/n=1024 time: failed",
            "triad/n=1024 time: inconclusive",
            "watch/n=1 time: inconclusive",
            "watch/n=2 time: inconclusive",
            "fresh time: new",
            "triad/n=4096 time: missing",
        ]
    );
}

#[test]
fn saved_runs_know_their_sentinels() {
    let repository = Repository::new();
    repository.record(Run::new(0, cases(1.0, 1.0)));
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    repository.record(Run::new(1, cases(1.02, 1.0)));
    repository.said(&["baseline", "save"], 0);
    let compare = ["compare", "baselines", "--against", "HEAD", "--json"];
    let assert = repository.warpmark(&compare).code(0);
    assert!(all_inconclusive(&verdicts(&assert)), "{}", stdout(&assert));
}
