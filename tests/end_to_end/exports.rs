//! `warpmark export prometheus`: what promtool says of the text, and the values in it.

use std::fs;

use crate::generated::{Run, three_cases};
use crate::support::{has_tool, warpmark};

/// The text of a made-up run, written with `--out`.
fn exported(run: Run) -> String {
    let root = tempfile::tempdir().expect("a folder");
    let folder = run.write(root.path());
    let out = root.path().join("w.prom");
    let mut command = warpmark();
    command.args(["export", "prometheus"]).arg(folder);
    command.arg("--out").arg(&out).assert().success();
    fs::read_to_string(&out).expect("the file")
}

#[test]
fn promtool_accepts_the_gauges_of_a_run() {
    if !has_tool("promtool") {
        return;
    }
    let mut run = Run::new(0, three_cases());
    run.header.device = "a\\b\"c\nd".to_owned();
    let text = exported(run);
    assert!(text.contains(r#"device="a\\b\"c\nd""#), "{text}");
    let mut promtool = assert_cmd::Command::new("promtool");
    let checked = promtool.args(["check", "metrics"]).write_stdin(text);
    checked.assert().success().stdout("").stderr("");
}

#[test]
fn a_mean_is_in_seconds_and_a_run_cut_short_is_no_success() {
    let text = exported(Run::new(0, three_cases()));
    let mean = text
        .lines()
        .find(|line| line.starts_with("warpmark_case_time_seconds{"))
        .and_then(|line| line.rsplit_once(' '))
        .and_then(|(_, value)| value.parse::<f64>().ok());
    assert!(
        mean.is_some_and(|mean| (1e-8..1e-1).contains(&mean)),
        "{text}"
    );
    assert!(
        text.contains("\nwarpmark_last_success_timestamp_seconds{"),
        "{text}"
    );
    let mut run = Run::new(0, three_cases());
    run.complete = false;
    assert!(!exported(run).contains("warpmark_last_success"));
}
