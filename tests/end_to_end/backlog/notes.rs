//! What a suite's author knows of a workload: it stands in the backlog and wherever its cases are shown, and it decides
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{MODEL, measured, run, stays_text};
use crate::ceilings::HEAD;
use crate::support::git;

/// [`MODEL`] with `note` of `attention`, as it stands in TOML.
fn noted(note: &str) -> String {
    let name = "name = \"attention\"\n";
    assert!(MODEL.contains(name));
    format!(
        "{HEAD}{}",
        MODEL.replace(name, &format!("{name}note = {note}\n"))
    )
}

/// What `report latest` of `model` writes in `format`.
fn report(folder: &Path, format: &str) -> String {
    let report = ["report", "latest", "--suite", "model", "--format", format];
    run(folder, &report)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The cells of `column` in `csv`, by row.
fn cells(csv: &str, column: &str) -> Vec<String> {
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let names = rows.headers().expect("a header").clone();
    let place = names.iter().position(|name| name == column).expect(column);
    rows.records()
        .map(|row| row.expect("a row")[place].to_owned())
        .collect()
}

#[test]
fn a_note_stands_wherever_its_case_does() {
    let folder = measured(&noted(
        "\"\"\"\n  Tensor cores by mma.sync:\n\tHopper's full rate takes wgmma.\n\"\"\"",
    ));
    // However it is wrapped in the manifest.
    let said = "Tensor cores by mma.sync: Hopper's full rate takes wgmma.";
    let markdown = report(folder.path(), "backlog");
    let line = format!("\n- Note: {said}\n- Where: model.toml:");
    assert!(markdown.contains(&line), "{markdown}");
    assert_eq!(markdown.matches("- Note: ").count(), 1, "{markdown}");
    let csv = report(folder.path(), "backlog-csv");
    assert_eq!(cells(&csv, "note"), ["", said, ""]);

    let document = json(&report(folder.path(), "json"));
    let notes = |of: &str, key: &str| -> Vec<(String, Value)> {
        let entries = document[of].as_array().expect("a list").iter();
        entries
            .map(|entry| {
                (
                    entry[key].as_str().expect("an id").to_owned(),
                    entry["note"].clone(),
                )
            })
            .filter(|(_, note)| !note.is_null())
            .collect()
    };
    let expected = [("attention".to_owned(), Value::from(said))];
    assert_eq!(notes("backlog", "case"), expected);
    assert_eq!(notes("cases", "id"), expected);

    let page = report(folder.path(), "html");
    let shown =
        "<b>Note</b>: <bdi>Tensor cores by mma.sync: Hopper&#x27;s full rate takes wgmma.</bdi>";
    assert_eq!(page.matches(shown).count(), 1, "{page}");
    let listed = json(&run(folder.path(), &["list", "model.toml", "--json"]));
    let cases = listed["suites"][0]["cases"].as_array().expect("cases");
    let notes: Vec<&Value> = cases.iter().map(|case| &case["note"]).collect();
    assert_eq!(*notes[0], Value::from(said));
    assert!(notes[1..].iter().all(|note| note.is_null()), "{notes:?}");
}

/// Notes that would be markup, a heading, a mention, another cell or a formula.
#[test]
fn hostile_notes_break_no_format() {
    let longest = "x".repeat(1_000);
    for note in [
        "=cmd|' /C calc'!A0",
        "# <script>alert(1)</script> | [x](y) @all `c`",
        "a\u{202e}b {{rank}}\", \"c",
        longest.as_str(),
    ] {
        let folder = measured(&noted(&format!("'''{note}'''")));
        let markdown = report(folder.path(), "backlog");
        stays_text(&markdown);
        let mut lines = markdown.lines().filter(|line| line.starts_with("- Note: "));
        let line = lines.next().expect("a note");
        assert_eq!((lines.next(), line.contains('\u{202e}')), (None, false));
        let csv = report(folder.path(), "backlog-csv");
        let cell = cells(&csv, "note")[1].clone();
        let harmless = note.replace('\u{202e}', "\\u{202e}");
        assert_eq!(cell.trim_start_matches('\''), harmless);
        assert_eq!(cell.starts_with('\''), note.starts_with('='));
        let page = report(folder.path(), "html");
        assert!(!page.contains("<script>alert"), "{page}");
    }
}

/// The only record of `model`.
fn record(folder: &Path) -> PathBuf {
    let runs = fs::read_dir(folder.join(".warpmark/runs/model")).expect("runs");
    let mut runs: Vec<PathBuf> = runs.map(|run| run.expect("an entry").path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// A note is no part of what makes cases comparable: a baseline, and a run that goes on, take it as it is.
#[test]
fn a_note_that_is_edited_changes_no_case() {
    let folder = measured(&noted("\"As it was\""));
    run(folder.path(), &["baseline", "save", "--suite", "model"]);
    let first = record(folder.path());
    let kept = tempfile::tempdir().expect("a folder");
    let moved = kept.path().join("run");
    fs::rename(first, &moved).expect("moved");

    fs::write(
        folder.path().join("model.toml"),
        noted("\"\"\"\nAnother,\nand longer\n\"\"\""),
    )
    .expect("written");
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "Another note"]);
    run(folder.path(), &["run", "model.toml", "--quiet"]);
    let compare = [
        "compare",
        "--suite",
        "model",
        "--against",
        "baselines",
        "--json",
    ];
    let compared = json(&run(folder.path(), &compare));
    let judgements = compared["judgements"].as_array().expect("judgements");
    assert_eq!(judgements.len(), 5, "{compared}");
    for judgement in judgements {
        assert_eq!(judgement["verdict"], "unchanged", "{judgement}");
    }

    let header = |record: &Path| json(&fs::read_to_string(record.join("run.json")).expect("text"));
    let (before, after) = (header(&moved), header(&record(folder.path())));
    assert_eq!(
        before["notes"],
        serde_json::json!({ "attention": "As it was" })
    );
    assert_eq!(after["notes"]["attention"], "Another, and longer");
    assert_eq!(before["environment"]["key"], after["environment"]["key"]);
    let cases = |header: &Value| -> Vec<Value> {
        let mut cases = header["cases"].as_array().expect("cases").clone();
        for case in &mut cases {
            // The workloads below moved by the lines of the note.
            case["defined_at"] = Value::Null;
        }
        cases
    };
    assert_eq!(cases(&before), cases(&after));
    assert!(
        cases(&after)
            .iter()
            .all(|case| case["definition"].is_string())
    );
}
