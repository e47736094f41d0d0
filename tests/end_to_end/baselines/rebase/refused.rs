//! What speaks against a bridge.

use std::fs;

use super::Machine;
use crate::support::git;

#[test]
fn what_speaks_against_it_is_said_with_what_to_do() {
    let machine = Machine::bare();
    let none = machine.rebase(&[], 3);
    assert!(none.contains("no baseline of the suite memory"), "{none}");

    let machine = Machine::new(2);
    let same = machine.rebase(&[], 3);
    assert!(same.contains("nothing to rebase: the suite memory has no baseline of the device mock with another key"), "{same}");
    let key = machine.baselines()[0].reviewed.key.clone();
    let own = machine.rebase(&["--from", &key[..8]], 3);
    assert!(own.contains("nothing to rebase"), "{own}");
    machine.rebase(&["--from", "xyz"], 2);
    let other = machine.rebase(&["--from", "0123abcd"], 3);
    assert!(
        other.contains("no baseline has the key 0123abcd"),
        "{other}"
    );

    machine.driver("2");
    machine.suite(&machine.workloads(1.01));
    let dirty = machine.rebase(&[], 3);
    assert!(
        dirty.contains("the present revision is no commit: ") && dirty.contains("suites/s.toml"),
        "{dirty}"
    );
    assert!(dirty.contains("--allow-dirty"), "{dirty}");
    machine.rebase(&["--allow-dirty"], 0);
    let taken = machine.rebase(&["--allow-dirty"], 3);
    assert!(
        taken.contains("has runs of this machine already") && taken.contains("--again"),
        "{taken}"
    );
    machine.rebase(&["--allow-dirty", "--again"], 0);
    assert_eq!(machine.baselines()[1].runs.len(), 4);
}

#[test]
fn a_revision_that_is_not_there_is_said() {
    let machine = Machine::new(1);
    machine.driver("2");
    // The commit is gone: as where a branch was squashed and its objects collected.
    let runs = machine.repository.runs();
    let text = fs::read_to_string(&runs).expect("runs");
    let commit = machine.baselines()[0].runs[0]
        .values
        .commit
        .clone()
        .expect("a commit");
    fs::write(&runs, text.replace(&commit, &"7".repeat(40))).expect("written");
    machine.repository.commit("Squashed");
    let gone = machine.rebase(&[], 3);
    assert!(
        gone.contains(&format!("the repository has no commit {}", "7".repeat(40))),
        "{gone}"
    );
    fs::write(&runs, text.replace(&format!("\"{commit}\""), "null")).expect("written");
    machine.repository.commit("No commit");
    let unknown = machine.rebase(&[], 3);
    assert!(
        unknown.contains("doesn't say which commit it measured"),
        "{unknown}"
    );
    git(
        machine.repository.path(),
        &["rm", "-qr", "--cached", "baselines"],
    );
    fs::remove_dir_all(runs.parent().expect("a folder")).expect("removed");
    machine.repository.commit("Runs are gone");
    let none = machine.rebase(&[], 3);
    assert!(none.contains("the old baseline has no runs"), "{none}");
}

#[test]
fn a_key_names_which_baseline_it_is() {
    let machine = Machine::new(1);
    machine.driver("2");
    machine.said(&["run", "suites/s.toml", "--quiet"], 0);
    machine.said(&["baseline", "save"], 0);
    machine.repository.commit("Another driver");
    machine.driver("3");
    let keys: Vec<String> = machine
        .baselines()
        .into_iter()
        .map(|one| one.reviewed.key)
        .collect();
    let from = |more: &[&str]| {
        let said = machine.rebase(&[more, &["--dry-run", "--json"]].concat(), 0);
        let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        json["from"]["key"].as_str().expect("a key").to_owned()
    };
    assert_eq!(from(&[]), keys[1], "the newest run decides");
    assert_eq!(from(&["--from", &keys[0][..12]]), keys[0]);
    // One of another device is no other end.
    for (file, text) in machine.written() {
        if text.contains(&keys[0])
            && file
                .extension()
                .is_some_and(|extension| extension == "toml")
        {
            fs::write(
                file,
                text.replace("device = \"mock\"\nkey", "device = \"host\"\nkey"),
            )
            .expect("written");
        }
    }
    let other = machine.rebase(&["--from", &keys[0][..12]], 3);
    assert!(
        other.contains("is of the device host, and the suite runs on mock"),
        "{other}"
    );
}
