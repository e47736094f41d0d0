//! The store: what a writer leaves, what a resumed one takes up, and what readers pass over.

use std::fs;
use std::path::{Path, PathBuf};

use warpmark::event::{Event, Subscriber};
use warpmark::record::{ProcessEnd, ProcessStart};
use warpmark::store::{self, Record, StoreError, Writer};

use crate::generated::{Run, three_cases};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// A run whose last of 5 processes was cut short, and the folder that holds it.
fn cut_short() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a folder");
    let mut run = Run::new(0, three_cases());
    run.complete = false;
    let folder = run.write(root.path());
    (root, folder)
}

/// Measures process `number` again, without cases.
fn measure(writer: &mut Writer, number: u32) {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let start = ProcessStart {
        process: number,
        pid: 1,
        started: now,
        order: Vec::new(),
    };
    let end = ProcessEnd {
        process: number,
        ended: now,
        workers: 1,
        ready_ns: 0.0,
        probes_mhz: Vec::new(),
        timer: None,
        probed_ns: 0.0,
        probe_speeds: Vec::new(),
    };
    for event in [Event::ProcessStarted(&start), Event::ProcessFinished(&end)] {
        writer.notice(&event).expect("a writable folder");
    }
}

#[test]
fn a_finished_run_has_each_process_once() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = Run::new(0, three_cases()).write(root.path());
    let processes: Vec<String> = (0..5)
        .map(|number| format!("process-000{number}.jsonl"))
        .collect();
    let mut expected = processes;
    expected.extend(["result.json".to_owned(), "run.json".to_owned()]);
    assert_eq!(names(&folder), expected);
    let ignore = fs::read_to_string(root.path().join(".gitignore")).expect("written");
    assert_eq!(ignore, "*\n");
    let record = Record::open(&folder).expect("a record");
    let mut cases = 0;
    record.each_case(|_| cases += 1).expect("whole processes");
    assert_eq!((cases, record.is_complete()), (15, true));
    assert_eq!(record.warnings(), Vec::<String>::new());
}

#[test]
fn a_process_that_was_cut_short_is_passed_over_and_measured_again() {
    let (_root, folder) = cut_short();
    let record = Record::open(&folder).expect("a record");
    assert_eq!(record.processes().collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(record.unfinished, [4]);
    assert!(record.warnings()[0].contains("process-0004.jsonl was cut short"));

    let before = fs::read(folder.join("process-0004.jsonl")).expect("a file");
    for number in 1..=2 {
        let (_, header, complete) = Writer::resume(&folder).expect("resumed");
        assert_eq!(
            (header.id, complete),
            (record.header.id.clone(), vec![0, 1, 2, 3])
        );
        let aside = folder.join(format!("process-0004.interrupted-{number}.jsonl"));
        assert_eq!(fs::read(aside).expect("kept"), before);
        assert!(!folder.join("process-0004.jsonl").exists());
        fs::write(folder.join("process-0004.jsonl"), &before).expect("written");
    }
    let (mut writer, ..) = Writer::resume(&folder).expect("resumed");
    measure(&mut writer, 4);
    let record = Record::open(&folder).expect("a record");
    assert_eq!(record.processes().count(), 5);
    assert_eq!(record.unfinished, [0; 0]);
}

#[test]
fn half_a_line_at_the_end_is_of_a_process_that_was_cut_short() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = Run::new(0, three_cases()).write(root.path());
    fs::remove_file(folder.join("result.json")).expect("removed");
    let last = folder.join("process-0004.jsonl");
    let text = fs::read_to_string(&last).expect("a text");
    // Every way to cut it, the empty file and the lost line end among them.
    for length in [0, 1, text.len() / 2, text.len() - 20, text.len() - 1] {
        fs::write(&last, &text[..length]).expect("written");
        let record = Record::open(&folder).expect("a record");
        assert_eq!(record.unfinished, [4], "cut after {length} bytes");
        let mut cases = 0;
        record.each_case(|_| cases += 1).expect("whole processes");
        assert_eq!(cases, 12);
    }
}

#[test]
fn a_damaged_process_stops_a_resume() {
    let (_root, folder) = cut_short();
    let damaged = folder.join("process-0001.jsonl");
    let text = fs::read_to_string(&damaged).expect("a text");
    fs::write(&damaged, text.replacen("\"samples\"", "\"smaples\"", 1)).expect("written");
    let error = Writer::resume(&folder).expect_err("damaged");
    let said = error.to_string();
    assert!(
        matches!(error, StoreError::Damaged { line: 2, .. }),
        "{said}"
    );
    assert!(said.contains("missing field `samples`"), "{said}");
}

#[test]
fn no_two_runs_share_a_folder() {
    let root = tempfile::tempdir().expect("a folder");
    Run::new(0, three_cases()).write(root.path());
    let header = Run::new(0, Vec::new()).header;
    let error = Writer::create(root.path(), &header).expect_err("it exists");
    assert!(matches!(error, StoreError::Exists { .. }));
}

#[test]
fn what_can_not_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    // A file where a folder should be refuses even a superuser, as a read-only file system does.
    let root = folder.path().join(".warpmark");
    fs::write(&root, "").expect("written");
    let header = Run::new(0, Vec::new()).header;
    let error = Writer::create(&root, &header).expect_err("no folder can be made");
    let said = error.to_string();
    assert!(said.starts_with("cannot create the folder "), "{said}");
    assert!(said.ends_with(".warpmark"), "{said}");
}

#[test]
fn latest_is_the_newest_whatever_came_first() {
    let root = tempfile::tempdir().expect("a folder");
    let newest = Run::new(7, three_cases()).write(root.path());
    Run::new(3, three_cases()).write(root.path());
    assert_eq!(
        store::find(root.path(), None, "latest").expect("found"),
        newest
    );
}
