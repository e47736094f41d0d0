//! `warpmark report annotate`: remarks stand with the record, and reports show them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::generated::{Run, three_cases};
use crate::support::warpmark;

/// A folder with a record in it, and the id of its first case.
fn recorded() -> (tempfile::TempDir, PathBuf, String) {
    let root = tempfile::tempdir().expect("a folder");
    let run = Run::new(0, three_cases());
    let case = run.cases[0].id.clone();
    let folder = run.write(root.path());
    (root, folder, case)
}

/// What the program says on standard error to `report annotate RECORD` and `arguments`, which end with `code`.
fn annotate(record: &Path, arguments: &[&str], code: i32) -> String {
    let mut command = warpmark();
    command.args(["report", "annotate"]).arg(record);
    let done = command.args(arguments).assert().code(code);
    String::from_utf8_lossy(&done.get_output().stderr).into_owned()
}

/// The remarks of a case in the report, and what was said on standard error.
fn remarks(record: &Path, case: &str) -> (Value, String) {
    let mut command = warpmark();
    let done = command.arg("report").arg(record).assert().success();
    let output = done.get_output();
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cases = report["cases"].as_array().expect("cases").clone();
    let found = cases.into_iter().find(|other| other["id"] == case);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (found.expect("the case")["remarks"].clone(), said)
}

#[test]
fn a_remark_and_its_file_are_in_the_report() {
    let (root, record, case) = recorded();
    assert_eq!(remarks(&record, &case).0, json!([]));
    let picture = root.path().join("n cu.png");
    fs::write(&picture, b"a picture").expect("written");
    let file = picture.to_string_lossy();
    let hostile = "<script>alert(1)</script> | {{x}}\n\u{202e}=cmd";
    annotate(
        &record,
        &[&case, "spills", "--author", "kernels", "--attach", &file],
        0,
    );
    annotate(&record, &[&case, hostile], 0);
    let (found, _) = remarks(&record, &case);
    assert_eq!(found[0]["text"], "spills");
    assert_eq!(found[0]["author"], "kernels");
    assert_eq!(found[1]["text"], hostile);
    assert_eq!(found[1]["attachments"], json!([]));
    let kept = found[0]["attachments"][0].as_str().expect("a path");
    assert!(kept.ends_with("-n_cu.png"), "{kept}");
    assert_eq!(fs::read(record.join(kept)).expect("a copy"), b"a picture");
}

#[test]
fn what_can_not_be_kept_is_refused_and_leaves_nothing() {
    let (root, record, case) = recorded();
    let wrong = format!("{case}x");
    let said = annotate(&record, &[&wrong, "text"], 4);
    assert!(said.contains(&format!("did you mean {case}?")), "{said}");
    let long = "x".repeat(10_001);
    for text in ["", " ", &long] {
        let said = annotate(&record, &[&case, text], 2);
        assert!(said.contains("1 to 10000 characters"), "{said}");
    }
    let absent = root.path().join("absent").to_string_lossy().into_owned();
    let said = annotate(&record, &[&case, "text", "--attach", &absent], 3);
    assert!(said.contains("cannot read"), "{said}");
    assert!(!record.join("annotations.jsonl").exists());
    assert!(!record.join("attachments").exists());
}

#[test]
fn a_damaged_line_is_named_and_costs_no_report() {
    let (_root, record, case) = recorded();
    annotate(&record, &[&case, "first"], 0);
    let path = record.join("annotations.jsonl");
    let mut text = fs::read_to_string(&path).expect("remarks");
    text.push_str("nonsense\n");
    fs::write(&path, text).expect("written");
    annotate(&record, &[&case, "second"], 0);
    let (found, said) = remarks(&record, &case);
    assert_eq!(found.as_array().map(Vec::len), Some(2));
    assert!(
        said.contains("annotations.jsonl, line 2: left out"),
        "{said}"
    );
}
