//! What comes over a bridge.

use serde_json::Value;
use warpmark::baseline::{Bridges, Reviewed};
use warpmark::id::CaseId;

use super::{Machine, anchor, near};

#[test]
fn a_new_driver_goes_on_where_the_old_one_led_and_creeping_is_still_seen() {
    let machine = Machine::new(4);
    machine.driver("2");
    let run = ["run", "suites/s.toml", "--quiet", "--compare", "baselines"];
    let said = machine.said(&run, 21);
    assert!(said.contains("warpmark baseline rebase goes on"), "{said}");
    let before = machine.written();
    let dry = machine.rebase(&["--dry-run"], 0);
    assert!(dry.contains("would measure 2 cases at "), "{dry}");
    assert!(
        dry.contains("fact.versioned.driver: 1 (old), 2 (here)"),
        "{dry}"
    );
    assert_eq!(machine.written(), before, "a dry run writes nothing");

    let said = machine.rebase(&[], 0);
    for words in [
        "fact.versioned.driver: 1 (old), 2 (here)",
        "+8.000 %",
        "100.0 us to 108.0 us",
        "saved 2 runs to baselines/memory/mock-",
        "2 cases, 2 anchors carried over",
        "3 blocks of 4 processes",
        "controls, the base against itself: ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let all = machine.baselines();
    let [old, new] = all.as_slice() else {
        panic!("two baselines")
    };
    let bridge = new.reviewed.bridge.as_ref().expect("a bridge");
    assert_eq!(bridge.from, old.reviewed.key);
    let commits: Vec<_> = new
        .runs
        .iter()
        .map(|run| run.values.commit.clone())
        .collect();
    assert_eq!(
        commits,
        [Some(bridge.commit.clone()), Some(machine.repository.head())]
    );
    assert_eq!(bridge.run, new.runs[0].values.id);
    let (before, carried) = anchor(&old.reviewed, "versioned");
    assert_eq!(carried, None);
    let (after, carried) = anchor(&new.reviewed, "versioned");
    assert!(near(after, 1.08 * before), "{after}");
    assert!(carried.expect("carried") > 0.001, "{carried:?}");
    let (after, carried) = anchor(&new.reviewed, "steady");
    assert!(near(after, anchor(&old.reviewed, "steady").0), "{after}");
    // Runs differ by 0.1 % in logs, 4 there and 1 here, and their processes by a little.
    let least = 0.001 * (1.0 / 4.0 + 1.0_f64).sqrt();
    let carried = carried.expect("carried");
    assert!((least..1.1 * least).contains(&carried), "{carried}");

    // The next run has a base again.
    machine.said(&run, 0);
    // 0.3 % more with each commit is never a regression, and is seen by the anchor of the old driver.
    for step in 1..=9 {
        machine.suite(&machine.creeping(1.0 + 0.003 * f64::from(step)));
        machine.repository.commit("A little slower");
        machine.said(&["run", "suites/s.toml", "--quiet"], 0);
        if step < 9 {
            machine.said(&["baseline", "save"], 0);
        }
    }
    let crept = machine.said(&["compare", "--against", "baselines"], 25);
    assert!(crept.contains("crept  steady"), "{crept}");
    let since = old.runs[3].values.id.get(..8).expect("a day");
    assert!(
        crept.contains(&format!(
            "since {}-{}-{}",
            &since[..4],
            &since[4..6],
            &since[6..]
        )),
        "{crept}"
    );
    let shown = machine.said(&["baseline", "show"], 0);
    assert!(shown.contains("  bridge       from "), "{shown}");
    assert!(
        shown.contains("  versioned: +8.000 % over the bridge (99 % interval "),
        "{shown}"
    );
}

#[test]
fn bridges_over_two_drivers_multiply() {
    let machine = Machine::new(2);
    machine.driver("2");
    let first = machine.rebase_json(&[]);
    machine.repository.commit("Driver 2");
    machine.driver("3");
    let second = machine.rebase_json(&[]);
    assert_eq!(first["key"], second["from"]["key"]);
    assert_eq!(second["runs"].as_array().map(Vec::len), Some(2));
    let files: Vec<Reviewed> = machine
        .baselines()
        .into_iter()
        .map(|one| one.reviewed)
        .collect();
    let keys: Vec<&str> = files.iter().map(|one| one.key.as_str()).collect();
    let bridges = Bridges::of(&files);
    assert_eq!(bridges.lineage(keys[2]), keys);
    let case = CaseId::from_text("versioned");
    let factor = bridges.factor([keys[0], keys[2]], &case, "time");
    let factor = factor.expect("two bridges").value;
    assert!(near(factor, 0.5), "{factor}");
    let anchors = [0, 1, 2].map(|place: usize| anchor(&files[place], "versioned"));
    assert!(near(anchors[2].0, 0.5 * anchors[0].0), "{anchors:?}");
    assert!(
        anchors[2].1 > anchors[1].1,
        "the errors add up: {anchors:?}"
    );
    let json = machine.said(&["baseline", "show", "--json"], 0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let shown = json["baselines"].as_array().expect("baselines");
    let own = |key: &str| shown.iter().find(|one| one["key"] == key).expect("the key");
    assert_eq!(own(keys[2])["bridge"]["from"], keys[1]);
    assert_eq!(own(keys[0])["bridge"], Value::Null);
    assert!(own(keys[2])["cases"]["versioned"]["bridge"]["time"]["ratio"].is_number());
}
