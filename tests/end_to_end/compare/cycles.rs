//! `normalise = "cycles"`: cases whose time follows the clock are judged by their cycles.

use super::{Bench, stdout, verdicts};
use crate::generated::{Case, Run};

/// A case that follows the clock and one that doesn't, both at `mhz` and with `cycles` in thousands, of a suite that
/// compares cycles.
fn run(minute: u32, mhz: f64, cycles: f64) -> Run {
    let ns = cycles * 1e6 / mhz;
    let mut free = Case::new("copy", ns);
    free.clock_mhz = Some(mhz);
    let mut run = Run::new(minute, vec![Case::new("fma", ns).bound_to(mhz), free]);
    run.probe_mhz = Some(mhz);
    let normalise = ("normalise".to_owned(), "cycles".into());
    run.header.compare = [normalise].into();
    run
}

fn compared(candidate: Run, base: Run, code: i32) -> (Vec<String>, String) {
    let assert = Bench::new()
        .compare(candidate, base, &["--json"])
        .code(code);
    (verdicts(&assert), stdout(&assert))
}

#[test]
fn other_clocks_are_comparable_by_cycles() {
    let (found, said) = compared(run(1, 1755.0, 200.0), run(0, 1980.0, 200.0), 21);
    assert_eq!(found, ["fma cycles: unchanged", "copy time: incomparable"]);
    assert!(
        said.contains("1980 MHz (base), 1755 MHz (candidate)"),
        "{said}"
    );
}

#[test]
fn more_cycles_are_a_regression_whatever_the_clock() {
    let (found, _) = compared(run(1, 1755.0, 204.0), run(0, 1980.0, 200.0), 20);
    assert_eq!(found[0], "fma cycles: regressed");
    let (found, _) = compared(run(1, 1980.0, 204.0), run(0, 1980.0, 200.0), 20);
    assert_eq!(found, ["fma cycles: regressed", "copy time: regressed"]);
    // Shorter because the clock is higher, and not better.
    let (found, _) = compared(run(1, 1980.0, 200.0), run(0, 1755.0, 200.0), 21);
    assert_eq!(found[0], "fma cycles: unchanged");
}

#[test]
fn without_the_word_only_time_is_judged() {
    let plain = |minute, mhz, cycles| {
        let mut run = run(minute, mhz, cycles);
        run.header.compare.clear();
        run
    };
    let (found, _) = compared(plain(1, 1980.0, 200.0), plain(0, 1980.0, 200.0), 0);
    assert_eq!(found, ["fma time: unchanged", "copy time: unchanged"]);
    // The clock of the cases sags while the probe's doesn't: their time is worse, and their clock is no excuse.
    let mut sagged = plain(1, 1755.0, 200.0);
    sagged.probe_mhz = Some(1980.0);
    let (found, _) = compared(sagged, plain(0, 1980.0, 200.0), 20);
    assert_eq!(found, ["fma time: regressed", "copy time: regressed"]);
}

#[test]
fn a_base_without_cycles_says_what_to_do() {
    let mut base = run(0, 1980.0, 200.0);
    base.cases[0].clock_mhz = None;
    let (found, said) = compared(run(1, 1980.0, 200.0), base, 21);
    assert_eq!(found, ["fma time: incomparable", "copy time: unchanged"]);
    assert!(
        said.contains("the base has no cycles of it: save a new baseline"),
        "{said}"
    );
}

#[test]
fn a_candidate_without_a_clock_is_judged_by_time_and_says_so() {
    let mut candidate = run(1, 1980.0, 200.0);
    candidate.cases[0].clock_mhz = None;
    let (found, said) = compared(candidate, run(0, 1980.0, 200.0), 0);
    assert_eq!(found, ["fma time: unchanged", "copy time: unchanged"]);
    let note = "1 case is judged by time, not by cycles: its clock is not known";
    assert!(said.contains(note), "{said}");
}

#[test]
fn baselines_keep_cycles_of_what_follows_the_clock() {
    let bench = Bench::new();
    let base = bench.record(run(0, 1980.0, 200.0));
    let save = [
        "baseline",
        "save",
        "--allow-dirty",
        base.to_str().expect("UTF-8"),
        "--baselines",
        "saved",
    ];
    bench.warpmark(&save).success();
    let lines: Vec<_> = glob(bench.path(), "saved/memory");
    let text = lines.concat();
    let line: serde_json::Value =
        serde_json::from_str(text.lines().last().expect("a line")).expect("JSON");
    let metrics = |id: &str| -> Vec<String> {
        let metrics = line["cases"][id]["metrics"].as_object().expect("metrics");
        metrics.keys().cloned().collect()
    };
    assert_eq!(
        (metrics("fma"), metrics("copy")),
        (
            vec!["cycles".to_owned(), "time".to_owned()],
            vec!["time".to_owned()]
        )
    );
    let candidate = bench.record(run(1, 1755.0, 204.0));
    let compare = [
        "compare",
        candidate.to_str().expect("UTF-8"),
        "--against",
        "saved",
        "--json",
    ];
    let assert = bench.warpmark(&compare).code(20);
    let found = verdicts(&assert);
    assert_eq!(found, ["fma cycles: regressed", "copy time: incomparable"]);
}

#[test]
fn anchors_of_cycles_hold_at_every_clock() {
    let bench = Bench::new();
    let bases: Vec<_> = (0..7)
        .map(|minute| bench.record(run(minute, 1980.0, 200.0)))
        .collect();
    let newest = bases.last().expect("seven").to_str().expect("UTF-8");
    let save = [
        "baseline",
        "save",
        "--allow-dirty",
        newest,
        "--baselines",
        "saved",
    ];
    bench.warpmark(&save).success();
    let drift = |minute, mhz| {
        let candidate = bench.record(run(minute, mhz, 200.0));
        let against = [
            "compare",
            candidate.to_str().expect("UTF-8"),
            "--against",
            "saved",
        ];
        let assert = bench.warpmark(&[&against[..], &["--json", "--allow-incomparable"]].concat());
        let json: serde_json::Value = serde_json::from_str(&stdout(&assert)).expect("JSON");
        let judgements = json["judgements"].as_array().expect("judgements").iter();
        let drifts = judgements.map(|judgement| !judgement["drift"].is_null());
        drifts.collect::<Vec<bool>>()
    };
    assert_eq!(
        drift(8, 1980.0),
        [true, true],
        "cycles of fma, time of copy"
    );
    assert_eq!(
        drift(9, 1755.0),
        [true, false],
        "the time is of another clock"
    );
}

/// The texts of the files of runs below `folder`.
fn glob(root: &std::path::Path, folder: &str) -> Vec<String> {
    let folders = std::fs::read_dir(root.join(folder)).expect("baselines");
    let runs = folders
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir());
    let files = runs.flat_map(|runs| std::fs::read_dir(runs).expect("runs"));
    files
        .map(|file| std::fs::read_to_string(file.expect("an entry").path()).expect("read"))
        .collect()
}
