//! `run --compare`: measured and judged in one go.

use super::project::Project;
use crate::support;

/// A repository whose HEAD holds the suite and a baseline of it.
fn with_baseline() -> Project {
    let project = Project::with(&[
        (
            "a",
            "times = [100000.0, 100100.0, 100200.0], process-factors = [1.0, 1.0001, 0.9999]",
        ),
        ("b", "times = [50000.0]"),
    ]);
    project.edit("processes = 2", "processes = 5");
    let git = |arguments: &[&str]| support::git(project.path(), arguments);
    git(&["init"]);
    git(&["add", "."]);
    git(&["commit", "-m", "A suite"]);
    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    let saved = project.run(&["baseline", "save"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    git(&["add", "baselines"]);
    git(&["commit", "-m", "A baseline"]);
    project
}

#[test]
fn what_got_slower_is_named_and_what_did_not_is_not() {
    let project = with_baseline();
    let same = project.run(&["run", "s.toml", "--compare", "HEAD"]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    assert_eq!(
        same.stdout.matches("unchanged").count(),
        3,
        "two cases and a sum: {}",
        same.stdout
    );

    project.edit("[50000.0]", "[100000.0]");
    let slower = project.run(&["run", "s.toml", "--compare", "HEAD", "--json"]);
    assert_eq!(slower.code, 20, "{}{}", slower.stdout, slower.stderr);
    let result: serde_json::Value = serde_json::from_str(&slower.stdout).expect("JSON");
    let judgements = result["comparison"]["judgements"]
        .as_array()
        .expect("judgements");
    let verdicts: Vec<_> = judgements
        .iter()
        .map(|j| (j["case"].as_str(), j["verdict"].as_str()))
        .collect();
    assert_eq!(
        verdicts,
        [
            (Some("a"), Some("unchanged")),
            (Some("b"), Some("regressed"))
        ]
    );
}

#[test]
fn a_known_slowdown_does_not_fail_the_run() {
    let project = with_baseline();
    project.edit("[50000.0]", "[51500.0]");
    assert_eq!(
        project.run(&["run", "s.toml", "--compare", "HEAD"]).code,
        20
    );
    let words = ["ack", "b", "--until", "2999-12-31", "--ticket", "KERN-7"];
    let known = project.run(&[&words[..], &["--reason", "the new allocator"]].concat());
    assert_eq!(known.code, 0, "{}", known.stderr);
    support::git(project.path(), &["add", "baselines"]);
    support::git(project.path(), &["commit", "-m", "Known"]);
    let quiet = project.run(&["run", "s.toml", "--compare", "HEAD"]);
    assert_eq!(quiet.code, 0, "{}{}", quiet.stdout, quiet.stderr);
    let shown = "until 2999-12-31: the new allocator, KERN-7";
    assert!(quiet.stdout.contains(shown), "{}", quiet.stdout);
    // What crashes is no slowdown.
    let suite = std::fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    project.write(
        "s.toml",
        &suite.replace("times = [51500.0]", "fault = \"crash\""),
    );
    let crashed = project.run(&["run", "s.toml", "--compare", "HEAD"]);
    assert_eq!(crashed.code, 10, "{}{}", crashed.stdout, crashed.stderr);
}

#[test]
fn a_base_that_is_not_there_costs_no_run() {
    let project = with_baseline();
    let before = project.records().len();
    for base in ["no-such-revision", "no/such/folder"] {
        let ended = project.run(&["run", "s.toml", "--compare", base]);
        assert_eq!(ended.code, 3, "{base}: {}", ended.stderr);
        assert!(ended.stderr.contains(base), "{}", ended.stderr);
    }
    assert_eq!(project.records().len(), before);
}

#[test]
fn a_failed_case_counts_more_than_a_regression() {
    let project = with_baseline();
    project.edit("[50000.0]", "[100000.0]");
    let text = std::fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    let more = super::project::workload("c", "fault = \"crash\"");
    project.write("s.toml", &(text + &more));
    let ended = project.run(&["run", "s.toml", "--compare", "HEAD"]);
    assert_eq!(ended.code, 10, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("regressed"), "{}", ended.stdout);
}

#[test]
fn a_suite_marks_its_sentinels() {
    let project = Project::with(&[
        (
            "a",
            "times = [100000.0, 100100.0, 100200.0], process-factors = [1.0, 1.0001, 0.9999]",
        ),
        ("watch", "times = [50000.0]"),
    ]);
    project.edit("processes = 2", "processes = 5");
    project.edit("name = \"watch\"", "name = \"watch\"\nsentinel = true");
    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    let record = project.records()[0].clone();
    let record_name = record.display().to_string();
    let header = std::fs::read_to_string(record.join("run.json")).expect("a header");
    assert_eq!(header.matches("\"sentinel\": true").count(), 1, "{header}");
    project.edit("[50000.0]", "[51000.0]");

    // Another script is another code, of which a sentinel says nothing.
    let changed = project.run(&["run", "s.toml", "--compare", &record_name]);
    assert_eq!(changed.code, 20, "{}{}", changed.stdout, changed.stderr);

    // Where the code isn't known, it is the machine.
    let line = |line: &str| {
        if line.trim_start().starts_with("\"identity\"") {
            "      \"identity\": null,".to_owned()
        } else {
            line.to_owned()
        }
    };
    let unknown: Vec<String> = header.lines().map(line).collect();
    std::fs::write(record.join("run.json"), unknown.join("\n")).expect("written");
    let moved = project.run(&["run", "s.toml", "--compare", &record_name]);
    assert_eq!(moved.code, 0, "{}{}", moved.stdout, moved.stderr);
    for expected in ["machine moved +2.000 %", "verdicts: 2 inconclusive"] {
        assert!(moved.stdout.contains(expected), "{}", moved.stdout);
    }
}
