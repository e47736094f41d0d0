//! Results on standard output, progress on standard error, each fit for where it goes.

use super::project::Project;

fn project() -> Project {
    Project::with(&[("a", "times = [1.0, 2.0]"), ("b", "times = [3.0]")])
}

#[test]
fn piped_progress_is_one_plain_line_a_process() {
    let project = project();
    let ended = project.run(&["run", "s.toml"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        !ended.stderr.contains(['\u{1b}', '\r']),
        "{:?}",
        ended.stderr
    );
    assert!(
        !ended.stdout.contains(['\u{1b}', '\r']),
        "{:?}",
        ended.stdout
    );
    let processes: Vec<&str> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("process "))
        .collect();
    assert_eq!(processes.len(), 2, "{}", ended.stderr);
    assert!(
        processes[0].starts_with("process 1 of 2: 2 cases in "),
        "{}",
        processes[0]
    );
}

#[test]
fn the_human_output_ends_with_the_record() {
    let project = project();
    let ended = project.run(&["run", "s.toml"]);
    let last = ended.stdout.lines().last().expect("lines");
    let record = project.record();
    let id = record.file_name().expect("a name").to_string_lossy();
    assert!(
        last.contains(&format!(".warpmark/runs/s/{id}")),
        "{}",
        ended.stdout
    );
}

#[test]
fn quiet_says_nothing_on_standard_error() {
    let ended = project().run(&["run", "s.toml", "--quiet"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn json_and_markdown_stand_alone_on_standard_output() {
    let project = project();
    let ended = project.run(&["run", "s.toml", "--json"]);
    let result: serde_json::Value =
        serde_json::from_str(&ended.stdout).expect("JSON and nothing else");
    assert_eq!(result["format"], 1);
    let ended = project.run(&["run", "s.toml", "--format", "markdown"]);
    assert!(
        ended.stdout.contains("| a |") || ended.stdout.contains("| `a` |"),
        "{}",
        ended.stdout
    );
}

#[test]
fn colours_come_when_asked_for() {
    let project = Project::with(&[("a", "fault = \"fail\"")]);
    let ended = project.run(&["run", "s.toml", "--color", "always"]);
    assert!(ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    let ended = project.run(&["run", "s.toml", "--color", "never"]);
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
    let mut command = project.command(&["run", "s.toml"]);
    let output = command.env("NO_COLOR", "1").output().expect("it runs");
    assert!(!output.stdout.contains(&0x1b));
}

#[test]
fn what_a_worker_prints_does_not_reach_the_result() {
    // The crash prints to standard error of its worker; the parent's stays the parent's.
    let project = Project::with(&[("a", "fault = \"crash\"")]);
    let ended = project.run(&["run", "s.toml", "--quiet", "--json"]);
    let result: serde_json::Value =
        serde_json::from_str(&ended.stdout).expect("JSON and nothing else");
    assert!(result.to_string().contains("the script crashes here"));
    assert!(
        !ended.stderr.contains("the script crashes here"),
        "{}",
        ended.stderr
    );
}
