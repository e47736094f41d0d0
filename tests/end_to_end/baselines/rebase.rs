//! `warpmark baseline rebase`: a new driver is another fact of a command workload, and makes it slower.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use warpmark::baseline::{self, Baseline, Bridges, Reviewed, Source};
use warpmark::id::{CaseId, Name};

use super::Repository;
use crate::support::{files_below, git};

/// Noise by process, so that no two agree.
const NOISE: &str =
    "process-factors = [1.0, 1.0005, 0.9995, 1.0002, 0.9998, 1.0004, 0.9996, 1.0001, 0.9999, 1.0]";

const HEAD: &str = r#"
format = 1
[suite]
name = "memory"
[device]
kind = "mock"
[repetition]
processes = 3
samples = 3
warmup = 0
[compare]
min-effect = 0.02
margin = 0.02
between-run = 0.001
"#;

/// A repository with a suite of two cases and a machine whose driver can be changed.
struct Machine {
    repository: Repository,
    outside: tempfile::TempDir,
}

impl Machine {
    /// With the driver `1` and a committed suite without a baseline.
    fn bare() -> Self {
        let machine = Self {
            repository: Repository::new(),
            outside: tempfile::tempdir().expect("a folder"),
        };
        machine.driver("1");
        machine.suite(&machine.workloads(1.0));
        machine.repository.commit("A suite");
        machine
    }

    /// With a committed baseline of `runs` runs.
    fn new(runs: u32) -> Self {
        let machine = Self::bare();
        for _ in 0..runs {
            machine.said(&["run", "suites/s.toml", "--quiet"], 0);
        }
        machine.said(&["baseline", "save"], 0);
        machine.repository.commit("Baseline");
        machine
    }

    fn said(&self, arguments: &[&str], code: i32) -> String {
        self.repository.said(arguments, code)
    }

    /// What `baseline rebase` says, in three blocks.
    fn rebase(&self, more: &[&str], code: i32) -> String {
        let arguments = [
            "baseline",
            "rebase",
            "suites/s.toml",
            "--quiet",
            "--blocks",
            "3",
        ];
        self.said(&[&arguments[..], more].concat(), code)
    }

    fn rebase_json(&self, more: &[&str]) -> Value {
        let said = self.rebase(&[more, &["--json"]].concat(), 0);
        serde_json::from_str(&said).expect("JSON")
    }

    fn driver_file(&self) -> PathBuf {
        self.outside.path().join("driver")
    }

    /// Installs another driver: version 2 takes 8 % longer, version 3 half as long as 1.
    fn driver(&self, version: &str) {
        fs::write(self.driver_file(), version).expect("written");
    }

    fn suite(&self, workloads: &str) {
        let folder = self.repository.path().join("suites");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("s.toml"), format!("{HEAD}{workloads}")).expect("written");
    }

    /// A mock that knows no driver, and a command that does and takes `slower` times 100 us.
    fn workloads(&self, slower: f64) -> String {
        format!(
            "[[workload]]\nname = \"steady\"\nmock = {{ times = [1e5, 1.0002e5], {NOISE} }}\n{}",
            self.command("versioned", slower)
        )
    }

    /// The same, of which the mock takes `slower` times as long.
    fn creeping(&self, slower: f64) -> String {
        let times = format!("[{}, {}]", 1e5 * slower, 1.0002e5 * slower);
        self.workloads(1.0).replace("[1e5, 1.0002e5]", &times)
    }

    fn command(&self, name: &str, slower: f64) -> String {
        let driver = self.driver_file();
        let driver = driver.display();
        let time = |factor: f64| 1e5 * slower * factor;
        let script = format!(
            r#"case $(cat {driver}) in 1) t={};; 2) t={};; *) t={};; esac; printf '{{{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[%s,%s]}}}}\n' $t $t"#,
            time(1.0),
            time(1.08),
            time(0.5),
        );
        format!(
            "[[workload]]\nname = \"{name}\"\ncommand = [\"sh\", \"-c\", '''{script}''']\n\
             facts = {{ driver = [\"cat\", \"{driver}\"] }}\n"
        )
    }

    /// All baselines, by what the newest run's commit and the bridge tell: the oldest first.
    fn baselines(&self) -> Vec<Baseline> {
        let source = Source::Folder(self.repository.path().join("baselines"));
        let suite = Name::new("memory").expect("a name");
        let all = baseline::load(&source, &suite).expect("baselines");
        let mut all: Vec<Baseline> = all
            .into_iter()
            .map(|one| Baseline::load(&source, one, usize::MAX).expect("runs"))
            .collect();
        all.sort_by_key(|one| one.runs.first().map(|run| run.values.id.clone()));
        all
    }

    /// All that lies in the folder of baselines, as text.
    fn written(&self) -> Vec<(PathBuf, String)> {
        let files = files_below(&self.repository.path().join("baselines"));
        let text = |path: &PathBuf| fs::read_to_string(path).expect("a text");
        files
            .iter()
            .map(|path| (path.clone(), text(path)))
            .collect()
    }
}

fn anchor(reviewed: &Reviewed, case: &str) -> (f64, Option<f64>) {
    let case = &reviewed.cases[&CaseId::from_text(case)];
    let metric = &case.metrics["time"];
    (metric.anchor, metric.carried)
}

fn near(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 0.002
}

#[test]
fn a_new_driver_goes_on_where_the_old_one_led_and_creeping_is_still_seen() {
    let machine = Machine::new(4);
    machine.driver("2");
    let run = ["run", "suites/s.toml", "--quiet", "--compare", "baselines"];
    machine.said(&run, 21);
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
