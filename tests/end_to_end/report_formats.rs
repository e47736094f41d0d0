//! `warpmark report --format csv`: rows that another program reads, with their verdicts and values.

use std::fs;

use crate::generated::{Run, three_cases};
use crate::support::{has_tool, warpmark};

/// What `report RECORD --against BASE` and `arguments` write to a file.
fn written(arguments: &[&str]) -> String {
    let root = tempfile::tempdir().expect("a folder");
    let base = Run::new(0, three_cases()).write(root.path());
    let mut slower = three_cases();
    slower[0] = slower[0].clone().times(1.5);
    let run = Run::new(1, slower).write(root.path());
    let out = root.path().join("out");
    let mut command = warpmark();
    command.arg("report").arg(run).arg("--against").arg(base);
    command.args(arguments).arg("--out").arg(&out);
    command.assert().code(20).stdout("");
    fs::read_to_string(out).expect("the report")
}

#[test]
fn rows_are_read_by_another_program() {
    if !has_tool("python3") {
        return;
    }
    let script = "import csv, sys\nrows = list(csv.DictReader(sys.stdin))\nprint(len(rows), sorted({r.get('verdict') or r.get('side') for r in rows}), float(rows[0].get('mean') or rows[0]['value']) > 0)";
    let cases = three_cases().len();
    for (arguments, expected) in [
        (&["--format", "csv"][..], "'regressed'"),
        (&["--format", "csv", "--samples"], "'base', 'candidate'"),
    ] {
        let text = written(arguments);
        let mut python = assert_cmd::Command::new("python3");
        let done = python
            .args(["-c", script])
            .write_stdin(text)
            .assert()
            .success();
        let said = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
        assert!(said.contains(expected), "{said}");
        assert!(said.trim_end().ends_with("True"), "{said}");
        let rows: usize = said
            .split(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        assert!(rows >= cases, "{said}");
    }
}

#[test]
fn samples_belong_to_csv() {
    let mut command = warpmark();
    command.args(["report", "latest", "--format", "junit", "--samples"]);
    command.assert().code(2);
}
