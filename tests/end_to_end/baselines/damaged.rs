//! Baselines and records that aren't what warpmark wrote: each is named for what it is.

use std::fs;
use std::path::{Path, PathBuf};

use super::Repository;
use crate::generated::{Run, three_cases};

/// A repository with a saved baseline that isn't committed, and a newer run.
fn with_baseline() -> Repository {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&["baseline", "save"], 0);
    repository.record(Run::new(1, three_cases()));
    repository
}

fn edit(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).expect("a text");
    fs::write(path, change(text)).expect("written");
}

/// What `compare` says of the changed reviewed file, in the folder and as committed.
fn both(change: impl FnOnce(String) -> String) -> String {
    let repository = with_baseline();
    edit(&repository.reviewed(), change);
    let folder = repository.said(&["compare", "--against", "baselines"], 3);
    repository.commit("Damaged");
    let revision = repository.said(&["compare", "--against", "HEAD"], 3);
    format!("{folder}\n{revision}")
}

#[test]
fn conflict_markers_are_named() {
    let conflicted = both(|text| {
        text.replacen(
            "[environment]\n",
            "[environment]\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> night\n",
            1,
        )
    });
    insta::assert_snapshot!(conflicted);
}

#[test]
fn conflict_markers_in_runs_are_named() {
    let repository = with_baseline();
    edit(&repository.runs(), |text| {
        format!("<<<<<<< HEAD\n{text}=======\n>>>>>>> night\n")
    });
    insta::assert_snapshot!(repository.said(&["compare", "--against", "baselines"], 3));
    insta::assert_snapshot!(
        "conflict_at_save",
        repository.said(&["baseline", "save"], 3)
    );
}

#[test]
fn an_unknown_format_is_named() {
    insta::assert_snapshot!(both(|text| text.replacen("format = 1", "format = 7", 1)));
}

#[test]
fn an_unknown_format_of_a_run_is_named() {
    let repository = with_baseline();
    edit(&repository.runs(), |text| {
        text.replacen("\"format\":1", "\"format\":9", 1)
    });
    insta::assert_snapshot!(repository.said(&["compare", "--against", "baselines"], 3));
}

#[test]
fn mistakes_have_line_and_caret() {
    insta::assert_snapshot!(
        "broken",
        both(|text| text.replacen("suite = ", "suite = = ", 1))
    );
    insta::assert_snapshot!(
        "unknown_key",
        both(|text| text.replacen("device = ", "devize = ", 1))
    );
    let negative = both(|text| text.replacen("anchor = ", "anchor = -", 1));
    insta::assert_snapshot!("negative_anchor", negative);
    insta::assert_snapshot!("empty", both(|_| String::new()));
}

#[test]
fn a_pointer_of_lfs_is_named() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    insta::assert_snapshot!(both(|_| pointer.to_owned()));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let repository = with_baseline();
    fs::write(repository.reviewed(), b"format = 1 # \xff").expect("written");
    insta::assert_snapshot!(repository.said(&["compare", "--against", "baselines"], 3));
}

#[test]
fn a_damaged_line_of_a_run_is_named() {
    let repository = with_baseline();
    edit(&repository.runs(), |text| text[..text.len() / 2].to_owned());
    insta::assert_snapshot!(repository.said(&["compare", "--against", "baselines"], 3));
}

#[test]
fn no_baseline_to_show() {
    let repository = Repository::new();
    insta::assert_snapshot!(repository.said(&["baseline", "show"], 3));
    insta::assert_snapshot!(
        "no_revision",
        repository.said(&["baseline", "show", "--at", "v1"], 3)
    );
}

/// What `compare` says of the newest run after `change` of its folder.
fn record(change: impl FnOnce(PathBuf)) -> String {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    let newest = repository.record(Run::new(1, three_cases()));
    change(newest);
    let compare = ["compare", "--against", "20260301T100000.000Z-0000"];
    repository.said(&compare, 3)
}

#[test]
fn a_record_of_another_format_is_named() {
    let change = |text: String| text.replacen("\"format\": 1", "\"format\": 7", 1);
    let other = record(|run| edit(&run.join("run.json"), change));
    insta::assert_snapshot!(other);
}

#[test]
fn a_record_without_a_header() {
    let repository = Repository::new();
    let run = repository.record(Run::new(0, three_cases()));
    fs::remove_file(run.join("run.json")).expect("removed");
    let path = run.to_string_lossy().into_owned();
    insta::assert_snapshot!(repository.said(&["baseline", "save", &path], 3));
}

#[test]
fn a_truncated_record_is_refused() {
    let cut = |text: String| text[..text.len() - 40].to_owned();
    insta::assert_snapshot!(
        "cut_short",
        record(|run| edit(&run.join("process-0002.jsonl"), cut))
    );
    let missing = record(|run| fs::remove_file(run.join("process-0004.jsonl")).expect("removed"));
    insta::assert_snapshot!("process_missing", missing);
    let header = record(|run| edit(&run.join("run.json"), |text| text[..300].to_owned()));
    insta::assert_snapshot!("header_cut", header);
    let summary = record(|run| fs::write(run.join("result.json"), "").expect("written"));
    insta::assert_snapshot!("summary_empty", summary);
}

#[test]
fn a_damaged_line_of_a_record_is_named() {
    let damaged = record(|run| {
        edit(&run.join("process-0001.jsonl"), |text| {
            text.replacen("\"time\"", "time", 1)
        });
    });
    insta::assert_snapshot!(damaged);
    let of_other = record(|run| {
        let (from, to) = (
            run.join("process-0003.jsonl"),
            run.join("process-0001.jsonl"),
        );
        let end = fs::read_to_string(&to).expect("a text");
        let end = end.lines().last().expect("a line").to_owned();
        let mut text = fs::read_to_string(from).expect("a text");
        text.push_str(&end);
        text.push('\n');
        fs::write(to, text).expect("written");
    });
    insta::assert_snapshot!("of_another_process", of_other);
}
