//! What can't come over a bridge, and what makes it no bridge.

use std::fs;

use warpmark::id::CaseId;

use super::{Machine, NOISE, anchor, near};

#[test]
fn what_cannot_come_over_begins_anew_and_says_why() {
    let machine = Machine::bare();
    let failing = machine
        .command("failing", 1.0)
        .replace("case $(", "test $(cat ../ok) && case $(");
    let both = |items: &str, more: &str| {
        let worked = format!(
            "[[workload]]\nname = \"worked\"\nmock = {{ times = [1e5], {NOISE} }}\nwork = {{ items = \"{items}\" }}\n"
        );
        format!("{}{worked}{more}", machine.workloads(1.0))
    };
    fs::write(machine.repository.path().join("ok"), "1").expect("written");
    let gone = "[[workload]]\nname = \"gone\"\nmock = { times = [1e5] }\n";
    machine.suite(&both("10", &format!("{failing}{gone}")));
    machine.repository.commit("More");
    for _ in 0..2 {
        machine.said(&["run", "suites/s.toml", "--quiet"], 0);
    }
    machine.said(&["baseline", "save"], 0);
    let fresh = "[[workload]]\nname = \"fresh\"\nmock = { times = [1e5] }\n";
    machine.suite(&both("20", &format!("{failing}{fresh}")));
    machine.repository.commit("Other work");
    machine.driver("2");
    let json = machine.rebase_json(&[]);
    let anew: Vec<String> = json["anew"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            format!(
                "{}: {}",
                one["case"].as_str().expect("text"),
                one["why"].as_str().expect("text")
            )
        })
        .collect();
    assert_eq!(
        anew,
        [
            "worked: its work is another: work.items: 10 (base), 20 (head)",
            "fresh: the old revision doesn't have it"
        ]
    );
    let new = &machine.baselines()[1];
    let cases: Vec<&str> = new.reviewed.cases.keys().map(CaseId::as_str).collect();
    assert_eq!(cases, ["failing", "fresh", "steady", "versioned", "worked"]);
    assert_eq!(anchor(&new.reviewed, "worked").1, None);
    let (fresh, base) = (CaseId::from_text("fresh"), &new.runs[0].values);
    assert!(new.reviewed.cases[&fresh].ratios.is_empty());
    assert!(
        !base
            .cases
            .keys()
            .any(|id| id.as_str().starts_with("control"))
    );
    machine.said(
        &["run", "suites/s.toml", "--quiet", "--compare", "baselines"],
        0,
    );
}

#[test]
fn a_case_that_fails_here_stops_it_unless_it_is_allowed() {
    let machine = Machine::bare();
    let only_1 = machine
        .command("only-1", 1.0)
        .replace("2) t=", "2) exit 1; t=");
    machine.suite(&format!("{}{only_1}", machine.workloads(1.0)));
    machine.repository.commit("Needs the driver 1");
    for _ in 0..2 {
        machine.said(&["run", "suites/s.toml", "--quiet"], 0);
    }
    machine.said(&["baseline", "save"], 0);
    machine.repository.commit("Baseline");
    machine.driver("2");
    let before = machine.written();
    let said = machine.rebase(&[], 10);
    assert!(
        said.contains("failed in it") && said.contains("--allow-failed"),
        "{said}"
    );
    assert_eq!(machine.written(), before);
    let said = machine.rebase(&["--allow-failed"], 0);
    assert!(said.contains("2 cases, 2 anchors carried over"), "{said}");
}

#[test]
fn a_control_that_differs_saves_nothing() {
    let machine = Machine::new(2);
    // What runs for the head's side takes twice as long, also the base's own code.
    let script = r#"case {out} in */head/*) t=2e5;; *) t=1e5;; esac; printf '{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[%s,%s]}}\n' $t $t"#;
    let workload = format!(
        "[[workload]]\nname = \"a\"\ncommand = [\"sh\", \"-c\", '''{script}''']\nfacts = {{ driver = [\"cat\", \"{}\"] }}\n",
        machine.driver_file().display()
    );
    machine.suite(&workload);
    machine.repository.commit("Unfair");
    machine.said(&["run", "suites/s.toml", "--quiet"], 0);
    machine.said(&["baseline", "save"], 0);
    machine.repository.commit("Baseline");
    machine.driver("2");
    let before = machine.written();
    let said = machine.rebase(&[], 22);
    assert!(said.contains("nothing is saved: a control, "), "{said}");
    assert!(said.contains("a +100.0 %, flagged"), "{said}");
    assert_eq!(machine.written(), before);
}

#[test]
fn a_slower_present_revision_is_named_and_saved_beside_the_old_one() {
    let machine = Machine::new(2);
    machine.suite(&machine.workloads(1.1));
    machine.repository.commit("Slower");
    machine.driver("2");
    let said = machine.rebase(&[], 0);
    assert!(
        said.contains("the present revision against the old one: versioned: regressed (+10.00 %)"),
        "{said}"
    );
    assert!(
        said.contains("+8.000 %"),
        "the ratio is the old revision's: {said}"
    );
    let runs = &machine.baselines()[1].runs;
    assert_ne!(runs[0].values.commit, runs[1].values.commit);
}

#[test]
fn facts_of_another_suite_are_bridged_too() {
    let machine = Machine::new(2);
    // The same driver, and one more workload with a fact: another key.
    let more = machine.command("another", 1.0);
    machine.suite(&format!("{}{more}", machine.workloads(1.0)));
    machine.repository.commit("One more");
    let json = machine.rebase_json(&[]);
    assert_eq!(json["runs"].as_array().map(Vec::len), Some(1));
    assert!(
        json["notes"]
            .to_string()
            .contains("its run here isn't saved")
    );
    assert_eq!(json["anew"][0]["case"], "another");
    let [old, new] = &machine.baselines()[..] else {
        panic!("two baselines")
    };
    let [before, after] = [old, new].map(|one| anchor(&one.reviewed, "versioned").0);
    assert!(near(after, before));
}
