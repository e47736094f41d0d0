//! Cases that fail, each in its way: named, without a time, and harmless to the others.

use super::project::{Project, workload};

/// Runs a suite with a faulty case between two good ones; its failure in process 0.
fn failure_of(script: &str) -> (Project, serde_json::Value) {
    let good = "times = [1000.0]";
    let project = Project::with(&[("a", good), ("bad", script), ("c", good)]);
    // The others have all the time that a busy machine may need.
    project.edit("name = \"bad\"", "name = \"bad\"\ntimeout = \"0.5s\"");
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    for process in 0..2 {
        for case in ["a", "c"] {
            let outcome = project.outcome(process, case);
            assert_eq!(outcome, Some("measured".into()), "{case} in {process}");
        }
    }
    assert_eq!(
        project.outcome(1, "bad"),
        None,
        "a failed case is not tried again"
    );
    let summary = project.summary();
    assert_eq!(
        (&summary["measured"], &summary["failed"]),
        (&2.into(), &1.into())
    );
    assert_eq!(summary["complete"], true);
    project.is_quiet_soon();
    let outcome = project.outcome(0, "bad").expect("it is in the record");
    (project, outcome["failed"].clone())
}

#[test]
fn a_case_that_fails_says_why() {
    let (_project, failure) = failure_of("fault = \"fail\"");
    assert_eq!(failure["kind"], "device");
    assert_eq!(failure["message"], "failed, as the script says");
}

#[test]
fn a_wrong_output_has_no_time() {
    let (project, failure) = failure_of("times = [5.0], fault = \"wrong\"");
    assert_eq!(failure["kind"], "wrong");
    let lines = project.lines(0);
    let bad = lines
        .iter()
        .find(|line| line["case"]["case"] == "bad")
        .expect("a line");
    assert_eq!(bad["case"]["series"], serde_json::json!([]));
}

#[test]
fn a_disturbed_case_fails() {
    let (_project, failure) = failure_of("times = [5.0], fault = \"disturbed\"");
    assert_eq!(failure["kind"], "disturbed");
    assert_eq!(
        failure["message"],
        "2 of 2 samples are void: disturbed, as the script says"
    );
}

#[test]
fn a_crash_names_its_signal_and_keeps_what_was_printed_last() {
    let (project, failure) = failure_of("fault = \"crash\"");
    assert_eq!(failure["kind"], "crash");
    assert_eq!(failure["message"], "crashed: SIGABRT");
    assert_eq!(failure["detail"], "the script crashes here");
    let last = project.lines(0).pop().expect("lines");
    assert_eq!(last["end"]["workers"], 2, "one for the rest");
}

#[test]
fn a_hanging_case_is_ended_after_its_time() {
    let (project, failure) = failure_of("fault = \"hang\"");
    assert_eq!(failure["kind"], "timeout");
    assert_eq!(failure["message"], "timed out after 0.5 s");
    let line = project
        .lines(0)
        .into_iter()
        .find(|line| line["case"]["case"] == "bad");
    let elapsed = line.expect("a line")["case"]["elapsed_ns"]
        .as_f64()
        .expect("a time");
    // Without an end it would hang for an hour.
    assert!((0.5e9..300e9).contains(&elapsed), "{elapsed}");
}

#[test]
fn a_fault_in_a_later_process_keeps_what_was_measured() {
    let script = "times = [7.0], fault = \"crash\", fault-processes = [1]";
    let project = Project::with(&[("a", script), ("b", "times = [1.0]")]);
    project.edit("processes = 2", "processes = 3");
    assert_eq!(project.run(&["run", "s.toml"]).code, 10);
    assert_eq!(project.outcome(0, "a"), Some("measured".into()));
    let failed = project.outcome(1, "a").expect("a failure");
    assert_eq!(failed["failed"]["message"], "crashed: SIGABRT");
    assert_eq!(project.outcome(2, "a"), None);
    assert_eq!(project.outcome(2, "b"), Some("measured".into()));
}

#[test]
fn unsupported_cases_are_no_failure_unless_there_is_nothing_else() {
    let unsupported = workload("u", "fault = \"unsupported\"");
    let project = Project::new(&unsupported);
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    let outcome = project.outcome(0, "u").expect("it is in the record");
    assert_eq!(
        outcome["unsupported"],
        "the script says so: it can't run on this device"
    );
    let project = Project::new(&(unsupported + &workload("a", "times = [1.0]")));
    assert_eq!(project.run(&["run", "s.toml"]).code, 0);
    assert_eq!(project.summary()["unsupported"], 1);
}

#[test]
fn a_run_of_failures_alone_has_every_process_once() {
    let project = Project::with(&[("a", "fault = \"fail\"")]);
    assert_eq!(project.run(&["run", "s.toml"]).code, 10);
    assert_eq!(project.lines(0).len(), 3);
    assert_eq!(project.lines(1).len(), 2, "a start and an end");
    assert_eq!(
        project.run(&["run", "--resume"]).code,
        0,
        "the run is complete"
    );
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let project = Project::with(&[("a", "fault = \"fail\""), ("b", "times = [1.0]")]);
    project.edit("warmup = 0", "warmup = 0\norder = \"declared\"");
    let ended = project.run(&["run", "s.toml", "--fail-fast"]);
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("failed: a: failed, as the script says"),
        "{}",
        ended.stderr
    );
    assert_eq!(project.outcome(0, "b"), None);
    assert_eq!(project.summary()["complete"], false);
    assert!(ended.stdout.contains("failed"), "{}", ended.stdout);
}
