//! `--confirm`: a second look at what was flagged.

use std::fs;

use serde_json::Value;

use super::{DEVICE, Repository};
use crate::support::files_below;

/// Noise by process, so that a script has no identity, and no two processes agree.
const NOISE: &str =
    "process-factors = [1.0, 1.0005, 0.9995, 1.0002, 0.9998, 1.0004, 0.9996, 1.0001, 0.9999, 1.0]";

fn noisy(name: &str, time: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nmock = {{ times = [{time}], {NOISE} }}\n")
}

#[test]
fn confirm_takes_a_second_look_in_turns_with_the_base() {
    let suite = |a: &str, b: &str| format!("{DEVICE}{}{}", noisy("a", a), noisy("b", b));
    let repository = Repository::new(&suite("1e5", "1e5"));
    repository.said(&["run", "suites/s.toml", "--processes", "5"], 0);
    repository.said(&["baseline", "save", "--allow-overrides"], 0);
    repository.commit("a baseline");
    repository.suite(&suite("1e5", "1.1e5"));
    let arguments = [
        "run",
        "suites/s.toml",
        "--processes",
        "5",
        "--compare",
        "HEAD",
        "--confirm",
        "--quiet",
    ];
    let (out, _) = repository.said(&arguments, 20);
    assert!(
        out.contains("1 case measured again, in turns with the base"),
        "{out}"
    );
    assert!(out.contains("at first: regressed, +10.00 %"), "{out}");
    let notes: Vec<_> = files_below(repository.path())
        .into_iter()
        .filter(|path| path.ends_with("confirm.json"))
        .collect();
    assert_eq!(notes.len(), 1);
    let note: Value =
        serde_json::from_str(&fs::read_to_string(&notes[0]).expect("a note")).expect("JSON");
    assert_eq!(
        (note["how"].as_str(), note["first"].as_array().map(Vec::len)),
        (Some("in-turns"), Some(1))
    );
    // Nothing flagged: nothing is measured again.
    repository.suite(&suite("1e5", "1e5"));
    let (out, _) = repository.said(&arguments, 0);
    assert!(!out.contains("measured again"), "{out}");
}

#[test]
fn what_was_flagged_and_is_not_seen_again_is_withdrawn() {
    let repository = Repository::new(&format!("{DEVICE}{}", noisy("a", "1e5")));
    repository.said(&["run", "suites/s.toml", "--processes", "5"], 0);
    repository.said(&["baseline", "save", "--allow-overrides"], 0);
    repository.commit("a baseline");
    // The run was disturbed, the code is what it was.
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1.02e5")));
    repository.said(
        &[
            "run",
            "suites/s.toml",
            "--processes",
            "5",
            "--compare",
            "HEAD",
        ],
        20,
    );
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1e5")));
    let (out, err) = repository.said(&["compare", "--against", "HEAD", "--confirm"], 0);
    assert!(
        out.contains("at first: regressed, +2.000 %") || out.contains("1 case measured again"),
        "{out}"
    );
    assert!(err.contains("measuring 1 case again"), "{err}");
    assert!(out.contains("verdicts: 1 unchanged"), "{out}");
}

#[test]
fn without_a_base_that_builds_it_is_confirmed_in_this_run_only() {
    let repository = Repository::new("this is no TOML");
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1e5")));
    let run = ["run", "suites/s.toml", "--processes", "5"];
    repository.said(&run, 0);
    repository.said(
        &["baseline", "save", "--allow-overrides", "--allow-dirty"],
        0,
    );
    repository.commit("a baseline");
    repository.suite(&format!("{DEVICE}{}", noisy("a", "1.1e5")));
    let (out, err) = repository.said(
        &[&run[..], &["--compare", "HEAD", "--confirm"]].concat(),
        20,
    );
    assert!(out.contains("confirmed in this run only"), "{out}");
    assert!(err.contains("s.toml"), "{err}");
    let (_, err) = repository.said(
        &["compare", "baselines", "--against", "HEAD", "--confirm"],
        2,
    );
    assert!(err.contains("the candidate is a baseline"), "{err}");
}
