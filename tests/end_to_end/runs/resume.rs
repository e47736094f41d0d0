//! `--resume`: what is measured stays, what is missing is measured, and nothing is mixed.

use std::fs;

use super::project::{Project, end, gated, json, send, workload};

/// Three processes of two cases, the last of which is held up from the second process on.
fn slow() -> Project {
    let project = Project::new(&(workload("a", "times = [1.0], sleep-ms = 1") + &gated("b")));
    project.edit("processes = 2", "processes = 3");
    project.edit("samples = 3", "samples = 5\norder = \"declared\"");
    project
}

/// Kills a run in its second process.
fn killed() -> Project {
    let project = slow();
    let run = project.start(&[]);
    project.until_lines(1, 2);
    send(run.id(), "KILL");
    end(run);
    project.is_quiet_soon();
    assert!(!project.record().join("result.json").exists());
    project.open_gate();
    project
}

#[test]
fn a_killed_run_goes_on_where_it_stopped() {
    let project = killed();
    let first = fs::read(project.record().join("process-0000.jsonl")).expect("process 0");
    let ended = project.run(&["run", "--resume"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(project.records().len(), 1);
    let again = fs::read(project.record().join("process-0000.jsonl")).expect("process 0");
    assert_eq!(first, again, "what was measured stays");
    for process in 0..3 {
        for case in ["a", "b"] {
            assert_eq!(
                project.outcome(process, case),
                Some("measured".into()),
                "{case} in {process}"
            );
        }
    }
    assert!(
        project
            .record()
            .join("process-0001.interrupted-1.jsonl")
            .exists(),
        "nothing is lost"
    );
    let summary = project.summary();
    assert_eq!(
        (&summary["complete"], &summary["measured"]),
        (&true.into(), &2.into())
    );
    assert!(
        ended.stderr.contains("of which 1 are done"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stdout.contains("3 x 5"),
        "all processes are shown: {}",
        ended.stdout
    );
}

#[test]
fn a_complete_run_has_nothing_left_to_do() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    let before = fs::read(project.record().join("result.json")).expect("a result");
    for arguments in [
        &["run", "--resume"][..],
        &["run", "--resume", "s.toml"],
        &["run", "s.toml", "--resume"],
    ] {
        let ended = project.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("is complete"),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    assert_eq!(
        fs::read(project.record().join("result.json")).expect("a result"),
        before
    );
}

#[test]
fn a_run_is_named_by_its_id_or_folder() {
    let project = killed();
    let record = project.record();
    let id = record.file_name().expect("a name").to_str().expect("plain");
    let other = project.run(&["run", "s.toml", "--processes", "1"]);
    assert_eq!(other.code, 0, "{}", other.stderr);
    let ended = project.run(&["run", "--resume", id]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(json(&record.join("result.json"))["complete"], true);
}

#[test]
fn overrides_of_the_run_hold_when_it_goes_on() {
    let project = slow();
    let run = project.start(&["--processes", "2", "--seed", "5", "-f", "b"]);
    project.until_lines(0, 1);
    send(run.id(), "KILL");
    end(run);
    project.open_gate();
    let ended = project.run(&["run", "--resume"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(project.order(1), ["b"]);
    assert!(project.lines(2).is_empty());
    let refused = project.run(&["run", "--resume", "--samples", "3"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
}

#[test]
fn what_changed_since_is_named_and_refused() {
    let changes = [
        (
            "times = [1.0], sleep-ms = 1",
            "times = [1.5], sleep-ms = 1",
            "case a is defined otherwise",
        ),
        ("; do sleep", "; do  sleep", "case b is defined otherwise"),
        ("name = \"b\"", "name = \"c\"", "case b is gone"),
        ("samples = 5", "samples = 6", "case a is defined otherwise"),
        (
            "samples = 5",
            "samples = 5\nseed = 3",
            "the suite's seed is 3, and was 1",
        ),
    ];
    let project = killed();
    let suite = fs::read_to_string(project.path().join("s.toml")).expect("the suite");
    for (from, to, message) in changes {
        project.edit(from, to);
        let ended = project.run(&["run", "--resume"]);
        assert_eq!(ended.code, 3, "{message}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(message),
            "{message}: {}",
            ended.stderr
        );
        project.write("s.toml", &suite);
    }
    assert!(
        project.record().join("process-0001.jsonl").exists(),
        "nothing was touched"
    );
    project.write(
        "s.toml",
        &format!("# A remark moves every line and changes nothing.\n{suite}"),
    );
    assert_eq!(project.run(&["run", "--resume"]).code, 0);
}

#[test]
fn a_failed_case_stays_failed() {
    let project = slow();
    project.edit("times = [1.0], sleep-ms = 1", "fault = \"fail\"");
    let run = project.start(&[]);
    project.until_lines(1, 1);
    send(run.id(), "KILL");
    end(run);
    project.open_gate();
    let ended = project.run(&["run", "--resume"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    assert_eq!(project.outcome(1, "a"), None);
    assert_eq!(project.outcome(2, "b"), Some("measured".into()));
}

#[test]
fn without_a_run_there_is_nothing_to_resume() {
    let project = Project::with(&[("a", "times = [1.0]")]);
    let ended = project.run(&["run", "--resume"]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stderr.contains("no run"), "{}", ended.stderr);
}

#[test]
fn a_run_does_not_go_on_in_another_environment() {
    let project = Project::new(
        "[[workload]]\nname = \"wait\"\ncommand = [\"sleep\", \"1000\"]\ntimeout = \"900s\"\nfacts = { model = [\"cat\", \"model\"] }\n",
    );
    project.write("model", "small");
    let run = project.start(&[]);
    project.until_lines(0, 1);
    send(run.id(), "KILL");
    end(run);
    project.write("model", "large");
    let refused = project.run(&["run", "--resume"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("is \"large\", and was \"small\""),
        "{}",
        refused.stderr
    );
}
