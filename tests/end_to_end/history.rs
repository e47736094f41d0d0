//! `warpmark history` on git repositories of their own, with nights that a test makes up.

use std::fs;
use std::process::Command;

use serde_json::Value;
use warpmark::id::Name;

use crate::baselines::Repository;
use crate::generated::{Case, Run};
use crate::support::{git, warpmark};

const NIGHTS: u32 = 30;
/// The night whose commit makes `copy` slower.
const SLOWER: u32 = 17;
/// The night whose commit renames `copy`.
const RENAMED: u32 = 25;

const SUITE: &str = "format = 1\n[suite]\nname = \"memory\"\n[device]\nkind = \"mock\"\n\
    [[workload]]\nname = \"stream\"\nrenamed-from = \"copy\"\ntags = [\"fast\"]\nmock = { times = [1.0] }\n\
    [[workload]]\nname = \"triad\"\nmock = { times = [1.0] }\n";

/// A run of a night in March; `copy` is called `stream` from a night on.
fn run(night: u32) -> Run {
    let name = if night < RENAMED {
        "copy/n=1024"
    } else {
        "stream/n=1024"
    };
    let factor = if night < SLOWER { 1.0 } else { 1.06 };
    let cases = vec![
        Case::new(name, 1e6).times(factor),
        Case::new("triad/n=1024", 1e5),
    ];
    let mut run = Run::new(0, cases).on_day(night);
    if night >= RENAMED {
        let stream = Name::new("stream").expect("a name");
        run.header.renamed.insert("copy".to_owned(), stream);
    }
    run
}

/// A repository with a commit and a saved run each night, and its suite.
fn repository() -> Repository {
    let repository = Repository::new();
    fs::create_dir(repository.path().join("suites")).expect("created");
    for night in 1..=NIGHTS {
        fs::write(repository.path().join("kernel.cu"), format!("// {night}\n")).expect("written");
        if night == RENAMED {
            fs::write(repository.path().join("suites/memory.toml"), SUITE).expect("written");
        }
        repository.commit(&match night {
            SLOWER => "Make the copy kernel wider".to_owned(),
            night => format!("Change of night {night}"),
        });
        repository.record(run(night));
        // Saves stand between the nights' commits, as in a nightly job.
        if night % 10 == 0 {
            repository.said(&["baseline", "save"], 0);
            repository.commit("Nightly runs");
        }
    }
    repository
}

fn json(repository: &Repository, arguments: &[&str]) -> Value {
    let assert = repository.warpmark(&[&["history"], arguments, &["--json"]].concat());
    let output = assert.success();
    serde_json::from_slice(&output.get_output().stdout).expect("JSON")
}

/// The series of a case.
fn series<'a>(view: &'a Value, case: &str) -> &'a Value {
    let all = view["machines"][0]["series"].as_array().expect("series");
    let found = all.iter().find(|series| series["case"] == case);
    found.unwrap_or_else(|| panic!("no {case} in {view:#}"))
}

/// The subjects of the commits in a range.
fn subjects(between: &Value) -> Vec<&str> {
    let commits = between["commits"].as_array().expect("commits");
    let subject = |commit: &Value| commit["subject"].as_str().map(str::len);
    assert!(commits.iter().all(|commit| subject(commit).is_some()));
    commits
        .iter()
        .filter_map(|commit| commit["subject"].as_str())
        .collect()
}

#[test]
fn a_step_is_found_with_its_commit_across_a_rename() {
    let repository = repository();
    let view = json(&repository, &["memory"]);
    assert_eq!(
        (&view["format"], &view["kind"]),
        (&Value::from(1), &Value::from("history"))
    );
    let machine = &view["machines"][0];
    assert_eq!(machine["nights"].as_array().map(Vec::len), Some(30));
    let stream = series(&view, "stream/n=1024");
    assert_eq!(
        stream["nights"].as_array().map(Vec::len),
        Some(30),
        "{stream:#}"
    );
    let [step] = stream["steps"].as_array().expect("steps").as_slice() else {
        panic!("{stream:#}");
    };
    assert_eq!(step["status"], "established");
    assert_eq!(step["worse"], true);
    assert_eq!(step["first_after"], SLOWER - 1);
    let change = step["change"].as_f64().expect("a number");
    assert!((change - 0.06).abs() < 0.002, "{change}");
    assert_eq!(subjects(&step["near"]), ["Make the copy kernel wider"]);
    assert_eq!(subjects(&step["earlier"]), ["Change of night 16"]);
    assert_eq!(subjects(&step["later"]), ["Change of night 18"]);
    let triad = series(&view, "triad/n=1024");
    assert_eq!(triad["steps"], Value::Array(Vec::new()));

    // The suite's name, its manifest and its baselines at a revision say the same.
    assert_eq!(
        view,
        json(&repository, &["suites/memory.toml", "--at", "HEAD"])
    );
    let said = repository.said(&["history", "memory"], 0);
    for expected in [
        "memory on mock-",
        ": 30 nights, 2026-03-01 to 2026-03-30\n",
        "slower  stream/n=1024\n    +",
        " % from 2026-03-17 on (",
        ", established\n",
        "Make the copy kernel wider\n",
        "2 series: 1 stepped, 0 drifted, 1 level\n",
    ] {
        assert!(said.contains(expected), "{expected:?} is not in\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn a_renamed_case_keeps_its_baseline() {
    let repository = repository();
    let reviewed = fs::read_to_string(repository.reviewed()).expect("a baseline");
    assert!(reviewed.contains("[case.\"stream/n=1024\"]"), "{reviewed}");
    assert!(!reviewed.contains("[case.\"copy/n=1024\"]"), "{reviewed}");
    // Its anchor is that of the first save, before it was slower.
    let block = reviewed.split("[case.\"stream").nth(1).expect("a block");
    let anchor = block.split("anchor = ").nth(1).expect("an anchor");
    assert!(
        anchor.starts_with("10") || anchor.starts_with("99"),
        "{anchor}"
    );

    // Recent runs and anchor are both those of `copy`: no slower than of late, but than it was.
    let newest = repository.record(run(31));
    let newest = newest.to_string_lossy();
    let said = repository.said(&["compare", &newest, "--against", "baselines"], 25);
    assert!(said.contains("verdicts: 1 crept, 1 unchanged"), "{said}");
    assert!(said.contains("since 2026-03-10)"), "{said}");
    assert!(!said.contains("missing") && !said.contains("new"), "{said}");
}

#[test]
fn records_and_filters_and_days() {
    let repository = repository();
    let all = json(&repository, &["memory"]);
    fs::rename(
        repository.path().join("baselines"),
        repository.path().join("away"),
    )
    .expect("moved");
    let of_records = json(&repository, &["memory", "--records", ".warpmark"]);
    assert_eq!(
        all["machines"][0]["series"][0]["steps"],
        of_records["machines"][0]["series"][0]["steps"]
    );
    assert_eq!(
        all["machines"][0]["nights"],
        of_records["machines"][0]["nights"]
    );
    // A run that stands in both counts once.
    let both = json(
        &repository,
        &["memory", "--at", "away", "--records", ".warpmark/runs"],
    );
    assert_eq!(all["machines"], both["machines"]);

    let late = json(
        &repository,
        &["memory", "--at", "away", "--since", "2026-03-20"],
    );
    assert_eq!(
        late["machines"][0]["nights"].as_array().map(Vec::len),
        Some(11)
    );
    for (filter, count) in [
        ("tag:fast", 1),
        ("n=1024", 2),
        ("triad*", 1),
        ("!triad*", 1),
    ] {
        let view = json(&repository, &["memory", "--at", "away", "-f", filter]);
        let found = view["machines"][0]["series"].as_array().map(Vec::len);
        assert_eq!(found, Some(count), "{filter}");
    }
    repository.said(&["history", "memory", "--at", "away", "-f", "gather*"], 4);
    let later = ["history", "memory", "--at", "away", "--since", "2027-01-01"];
    assert!(
        repository
            .said(&later, 3)
            .contains("no run of the suite memory since then")
    );
}

#[test]
fn wrong_input_is_named() {
    let repository = Repository::new();
    for (arguments, code, expected) in [
        (&["nothing"][..], 3, "no baseline of the suite nothing"),
        (&["a b"], 3, "\"a b\" is neither a file nor a suite's name"),
        (
            &["memory", "--records", "nowhere"],
            3,
            "nowhere is no folder of records",
        ),
        (&["memory", "--at", "v9"], 3, "no revision \"v9\""),
        (
            &["memory", "--since", "yesterday"],
            2,
            "write a day, 2026-09-01",
        ),
        (
            &["memory", "--alarm", "2"],
            2,
            "write a probability above 0",
        ),
        (&["memory", "-f", "tag:"], 2, "names no tag"),
    ] {
        let said = repository.said(&[&["history"], arguments].concat(), code);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn what_git_lacks_is_said() {
    let repository = repository();
    // A shallow clone has the baselines, but not the commits.
    let folder = tempfile::tempdir().expect("a folder");
    let origin = format!("file://{}", repository.path().display());
    git(
        folder.path(),
        &["clone", "-q", "--depth", "1", &origin, "clone"],
    );
    let clone = folder.path().join("clone");
    let output = warpmark()
        .current_dir(&clone)
        .args(["history", "memory"])
        .assert()
        .success();
    let said = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(
        said.contains("near commit: not known (the clone is shallow and lacks "),
        "{said}"
    );
    assert!(said.contains("git fetch --unshallow"), "{said}");

    // Without a repository there are no commits, and still a history.
    fs::remove_dir_all(clone.join(".git")).expect("removed");
    let output = warpmark()
        .current_dir(&clone)
        .args(["history", "memory", "--at", "baselines"])
        .assert()
        .success();
    let said = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(
        said.contains("near commit: not known (the current folder is in no git repository)"),
        "{said}"
    );
}

/// A small year: the script that times the large one runs, and finds what it put there.
#[test]
fn the_script_of_a_year_runs() {
    if !crate::support::has_tool("python3") {
        return;
    }
    let script = crate::support::root().join("tests/history/year.py");
    let output = Command::new("python3")
        .arg(script)
        .args([env!("CARGO_BIN_EXE_warpmark"), "40", "20"])
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{error}");
    assert!(said.contains("established: 1 steps"), "{said}");
}
