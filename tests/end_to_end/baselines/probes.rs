//! What probes of the processor saw is kept with the runs of a baseline, and read from old ones that lack it.

use std::fs;

use super::Repository;
use crate::generated::{Run, three_cases};
use crate::support::warpmark;

fn run(minute: u32, factor: f64, speed: f64) -> Run {
    let cases = three_cases().into_iter().map(|case| {
        let mut case = case.times(factor);
        "host".clone_into(&mut case.kind);
        case
    });
    let mut run = Run::new(minute, cases.collect());
    run.probe_speeds = vec![speed; 3];
    run
}

/// The repository with a saved baseline, and the only file of runs in it.
fn saved() -> (Repository, std::path::PathBuf) {
    let repository = Repository::new();
    repository.record(run(0, 1.0, 1240.0));
    warpmark()
        .current_dir(repository.path())
        .args(["baseline", "save"])
        .assert()
        .code(0);
    let folder = repository.path().join("baselines/memory");
    let entries = fs::read_dir(folder).expect("a baseline");
    let runs = entries
        .map(|entry| entry.expect("an entry").path())
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "runs")
        })
        .expect("the folder of runs");
    (repository, runs.join("2026-03.jsonl"))
}

#[test]
fn a_saved_run_keeps_what_its_probes_saw() {
    let (repository, file) = saved();
    let line: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&file).expect("a file")).expect("JSON");
    let probes = &line["probe_speeds"];
    assert_eq!(probes["count"], 15, "5 processes of 3 probes");
    let median = probes["median"].as_f64().expect("a number");
    assert!((median - 1240.0).abs() < 1e-9, "{median}");
    assert!(probes["deviation"].as_f64().expect("a number") < 1e-9);

    repository.commit("Baseline");
    let compare = |run: Run, code: i32| {
        let record = repository.record(run);
        let assert = warpmark()
            .current_dir(repository.path())
            .args(["compare", "--against", "HEAD", "--json"])
            .arg(record)
            .assert();
        let assert = assert.code(code);
        String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
    };
    let said = compare(run(1, 1.24, 1000.0), 0);
    assert!(said.contains("ran 24 % slower than in the base"), "{said}");
    compare(run(2, 1.24, 1240.0), 20);

    let text = fs::read_to_string(&file).expect("a file");
    let start = text.find("\"probe_speeds\"").expect("the key");
    let end = start + text[start..].find("},").expect("its end") + 2;
    let old = format!("{}{}", &text[..start], &text[end..]);
    fs::write(&file, old).expect("written");
    repository.commit("Baseline of an older warpmark");
    let said = compare(run(3, 1.24, 1000.0), 20);
    assert!(said.contains("run-noise-assumed"), "{said}");

    let wrong = text.replacen("\"count\":15", "\"count\":0", 1);
    fs::write(&file, wrong).expect("written");
    repository.commit("Damaged baseline");
    let record = repository.record(run(4, 1.0, 1000.0));
    let assert = warpmark()
        .current_dir(repository.path())
        .args(["compare", "--against", "HEAD"])
        .arg(record)
        .assert();
    let failed = assert.failure();
    let said = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
    assert!(said.contains("probe_speeds are no speeds"), "{said}");
}
