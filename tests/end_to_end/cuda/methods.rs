//! Method and number of executions hold for a whole run, and for the runs after it.

use std::fs;
use std::path::PathBuf;

use super::graphs::{method, of, with};
use super::{INCREMENT, Place, told};

/// A number of executions that no pilot chooses.
const OTHER: u64 = 70;

fn graphs() -> Option<Place> {
    Place::new(&[&with(INCREMENT, "timing = \"auto\"")])
}

/// The newest record.
fn record(place: &Place) -> PathBuf {
    let runs = fs::read_dir(place.at(".warpmark/runs/fake")).expect("runs");
    let mut found: Vec<PathBuf> = runs.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found.pop().expect("a record")
}

/// Replaces the number of executions in a file.
fn replace(file: &std::path::Path, executions: u64) {
    let text = fs::read_to_string(file).expect("read");
    let (old, new) = ("\"executions\":100", format!("\"executions\":{executions}"));
    assert!(text.contains(old), "{text}");
    fs::write(file, text.replace(old, &new)).expect("written");
}

fn run(place: &Place, more: &[&str]) -> (i32, String, String) {
    let arguments = [&["run", "fake.toml", "--quiet"], more].concat();
    told(&place.warpmark(&arguments).output().expect("it runs"))
}

/// A run that was stopped after its first process.
fn cut_short(place: &Place) -> PathBuf {
    assert_eq!(place.run("").0, 0);
    let record = record(place);
    fs::remove_file(record.join("process-0001.jsonl")).expect("removed");
    fs::remove_file(record.join("result.json")).expect("removed");
    record
}

fn resume(place: &Place, fault: &str) -> (i32, String, String) {
    let mut command = place.warpmark(&["run", "--resume", "--quiet"]);
    command.env("FAKE_CUDA_FAULT", fault);
    told(&command.output().expect("it runs"))
}

fn executions(place: &Place) -> Vec<(String, u64)> {
    of(place, "increment").iter().map(method).collect()
}

#[test]
fn a_run_that_goes_on_times_as_it_began() {
    let Some(place) = graphs() else {
        return;
    };
    let record = cut_short(&place);
    replace(&record.join("process-0000.jsonl"), OTHER);
    let (code, _, error) = resume(&place, "");
    assert_eq!(code, 0, "{error}");
    assert_eq!(
        executions(&place),
        vec![("graph-cold".to_owned(), OTHER); 2]
    );
}

#[test]
fn processes_that_are_timed_otherwise_fail_the_case() {
    let Some(place) = graphs() else {
        return;
    };
    cut_short(&place);
    let (code, output, _) = resume(&place, "capture-fails:increment");
    assert_eq!(code, 10, "{output}");
    let why = "timed by events, and by graph-cold of 100 executions in an earlier process";
    assert!(output.contains(why), "{output}");
}

#[test]
fn the_baseline_says_how_a_case_is_timed() {
    let Some(place) = graphs() else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let baselines = place.at("baselines");
    let folder = baselines.to_str().expect("UTF-8");
    let save = ["baseline", "save", "--allow-dirty", "--baselines", folder];
    let saved = place.warpmark(&save).output().expect("it runs");
    assert_eq!(told(&saved).0, 0, "{}", told(&saved).2);
    let runs = crate::support::files_below(&baselines);
    let line = runs
        .iter()
        .find(|file| file.extension().is_some_and(|kind| kind == "jsonl"));
    let line = line.expect("a month");
    replace(line, OTHER);
    // Of the baseline beside the suite, asked for or not.
    let (code, output, error) = run(&place, &[]);
    assert_eq!(code, 0, "{output}{error}");
    assert_eq!(
        executions(&place),
        vec![("graph-cold".to_owned(), OTHER); 2]
    );
    let (code, output, error) = run(&place, &["--compare", "baselines"]);
    assert_eq!(code, 0, "{output}{error}");
    assert_eq!(
        executions(&place),
        vec![("graph-cold".to_owned(), OTHER); 2]
    );
    // Not of one that can't be read: that is said, and the pilot chooses.
    fs::write(line, "{\n").expect("written");
    let (code, output, error) = run(&place, &[]);
    assert_eq!(code, 0, "{output}{error}");
    let warning = "warning: how cases are timed is chosen anew: ";
    assert!(error.starts_with(warning), "{error}");
    assert_eq!(executions(&place)[0].1, 100);
}

#[test]
fn the_suite_s_own_word_counts_before_the_base_s_and_the_base_is_then_incomparable() {
    let Some(place) = graphs() else {
        return;
    };
    assert_eq!(place.run("").0, 0);
    let base = record(&place);
    replace(&base.join("process-0000.jsonl"), OTHER);
    replace(&base.join("process-0001.jsonl"), OTHER);
    let base = base.to_str().expect("UTF-8").to_owned();
    let (code, output, error) = run(&place, &["--compare", &base]);
    assert_eq!(code, 0, "{output}{error}");
    assert_eq!(
        executions(&place),
        vec![("graph-cold".to_owned(), OTHER); 2]
    );
    let suite = fs::read_to_string(place.at("fake.toml")).expect("read");
    let suite = suite.replace("timing = \"auto\"", "timing = \"events\"");
    fs::write(place.at("fake.toml"), suite).expect("written");
    let (code, output, error) = run(&place, &["--compare", &base]);
    assert_eq!(code, 21, "{output}{error}");
    let why = "timing method: graph-cold of 70 executions (base), events (candidate)";
    assert!(output.contains(why), "{output}");
    assert_eq!(executions(&place), vec![("events".to_owned(), 1); 2]);
}
