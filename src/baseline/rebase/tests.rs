//! Bridges between made-up baselines.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::baseline::{MetricValues, ReviewedCase, Source, load};
use crate::id::Name;
use crate::record::{Better, Environment, FORMAT, Method, Versions};
use crate::stats::ProcessValues;
use crate::verdict::Acknowledgement;

fn environment(key: &str) -> Environment {
    Environment {
        key: key.repeat(32),
        comparability: BTreeMap::new(),
        context: BTreeMap::new(),
    }
}

/// The header of the new machine's run.
fn header() -> Header {
    Header {
        format: FORMAT,
        id: "s2".to_owned(),
        suite: Name::new("memory").expect("a name"),
        suite_path: "suites/memory.toml".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        device: "cuda:0".to_owned(),
        processes: 2,
        seed: 1,
        quick: false,
        overrides: Vec::new(),
        filters: Vec::new(),
        versions: Versions {
            warpmark: "0.1.0".to_owned(),
            method: "1".to_owned(),
            compiler: None,
        },
        git: None,
        environment: environment("bb"),
        compare: BTreeMap::new(),
        removed: BTreeMap::new(),
        about: None,
        renamed: BTreeMap::new(),
        cost: None,
        goals: Vec::new(),
        volumes: BTreeMap::new(),
        notes: BTreeMap::new(),
        cases: Vec::new(),
    }
}

fn case(method: &str, identity: Option<&str>, location: f64) -> CaseValues {
    let process = ProcessValues {
        location,
        body: location,
        upper: location,
        mean: location.exp(),
    };
    let metric = MetricValues {
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        processes: vec![process; 2],
    };
    CaseValues {
        kind: "cuda".to_owned(),
        method: Some(Method {
            name: method.to_owned(),
            executions: 1,
            tick_ns: None,
        }),
        identity: identity.map(str::to_owned),
        digest: None,
        clock_bound: false,
        clock_mhz: None,
        occupancy: None,
        metrics: BTreeMap::from([("time".to_owned(), metric)]),
    }
}

fn run(id: &str, key: &str, clock_mhz: f64, case: CaseValues) -> SavedRun {
    SavedRun {
        values: RunValues {
            id: id.to_owned(),
            started: jiff::Timestamp::UNIX_EPOCH,
            key: key.repeat(32),
            commit: None,
            clock_mhz: Some(clock_mhz),
            card: None,
            speeds: None,
            compare: BTreeMap::new(),
            cases: BTreeMap::from([(copy(), case)]),
        },
        versions: ["0.1.0".to_owned(), "1".to_owned()],
        partial: false,
        unmeasured: BTreeSet::new(),
        sentinels: BTreeSet::new(),
    }
}

fn copy() -> CaseId {
    CaseId::from_text("copy")
}

/// A baseline of these runs, whose anchor was made at `clock_mhz`.
fn baseline(runs: Vec<SavedRun>, clock_mhz: f64, since: Option<&str>) -> Baseline {
    let suite = Name::new("memory").expect("a name");
    let mut reviewed = Reviewed::new(suite, "cuda".to_owned(), &environment("aa"));
    let anchor = AnchoredMetric {
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        anchor: 1000.0,
        runs: 4,
        last: "r1".to_owned(),
        clock_mhz: Some(clock_mhz),
        carried: Some(0.003),
    };
    let case = ReviewedCase {
        reason: since.map(|_| "meant".to_owned()),
        since: since.map(str::to_owned),
        metrics: BTreeMap::from([("time".to_owned(), anchor)]),
        acknowledged: BTreeMap::from([("time".to_owned(), known())]),
        ..ReviewedCase::default()
    };
    reviewed.cases.insert(copy(), case);
    Baseline { reviewed, runs }
}

/// A slowdown that is known.
fn known() -> Acknowledgement {
    Acknowledgement {
        until: jiff::civil::date(2027, 1, 31),
        at_most: 0.05,
        ticket: "https://example.com/7".to_owned(),
        reason: "the new allocator".to_owned(),
        by: None,
    }
}

#[test]
fn only_runs_like_the_newest_stand_for_the_old_revision() {
    let a = Some("a");
    let at = |id, clock, case| run(id, "aa", clock, case);
    let runs = vec![
        at("r1", 1980.0, case("graph", a, 1.0)),
        at("r2", 1980.0, case("events", a, 2.0)),
        at("r3", 1980.0, case("graph", Some("b"), 3.0)),
        at("r4", 1995.0, case("graph", a, 4.0)),
        at("r5", 1980.0, case("graph", a, 5.0)),
    ];
    let of = |since| {
        let baseline = baseline(runs.clone(), 1980.0, since);
        let alike = baseline.like_newest(&copy());
        let location = |case: &&CaseValues| case.metrics["time"].location().expect("processes");
        alike.iter().map(location).collect::<Vec<f64>>()
    };
    assert_eq!(of(None), [1.0, 5.0]);
    assert_eq!(of(Some("r2")), [5.0]);
    assert_eq!(of(Some("r6")), [0.0; 0]);
    let unknown = CaseId::from_text("triad");
    assert!(
        baseline(runs.clone(), 1980.0, None)
            .like_newest(&unknown)
            .is_empty()
    );
}

/// What a rebase to the machine `bb` does with `old`, which the old revision's `base` run there bridges.
fn rebased(folder: &Path, old: &Baseline, base: SavedRun) -> Rebased {
    let bridged = Bridged {
        case: copy(),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        old: 1000.0,
        here: 1250.0,
        ratio: Ratio {
            value: 1.25,
            low: 1.2,
            high: 1.3,
        },
        error: 0.004,
    };
    let rebasing = Rebasing {
        bridge: Bridge {
            from: "aa".repeat(32),
            commit: "c0ffee".to_owned(),
            run: "s1".to_owned(),
            measured: jiff::Timestamp::UNIX_EPOCH,
        },
        old,
        header: &header(),
        base,
        head: run("s2", "bb", 1755.0, case("graph", None, 7.2)),
        carrying: Carrying {
            bridged: vec![bridged],
            anew: Vec::new(),
        },
    };
    rebase(folder, rebasing).expect("rebased")
}

/// The new machine's baseline.
fn written(folder: &Path) -> Baseline {
    let source = Source::Folder(folder.to_owned());
    let suite = Name::new("memory").expect("a name");
    let reviewed = load(&source, &suite).expect("files").remove(0);
    Baseline::load(&source, reviewed, usize::MAX).expect("runs")
}

#[test]
fn an_anchor_comes_over_with_its_error_its_reason_and_the_clock_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let there = run("r1", "aa", 1980.0, case("graph", None, 6.9));
    let old = baseline(vec![there], 1980.0, Some("r0"));
    let here = run("s1", "bb", 1755.0, case("graph", None, 7.1));
    let done = rebased(folder.path(), &old, here);
    assert_eq!(done.runs, ["s1", "s2"]);
    assert_eq!((done.anchors.len(), done.carrying.anew.len()), (1, 0));
    let new = written(folder.path());
    let case = &new.reviewed.cases[&copy()];
    let anchor = &case.metrics["time"];
    assert_eq!(
        (anchor.anchor, anchor.runs, anchor.last.as_str()),
        (1250.0, 4, "r1")
    );
    // 0.3 % and 0.4 % are 0.5 %.
    assert_eq!(
        (anchor.carried, anchor.clock_mhz),
        (Some(0.005), Some(1755.0))
    );
    assert_eq!(case.reason.as_deref(), Some("meant"));
    let ratio = Ratio {
        value: 1.25,
        low: 1.2,
        high: 1.3,
    };
    assert_eq!(case.ratios["time"], ratio);
    assert_eq!(case.acknowledged["time"], known());
    assert_eq!(
        new.reviewed.bridge.map(|bridge| bridge.from),
        Some("aa".repeat(32))
    );
}

#[test]
fn an_anchor_of_another_clock_stays_behind_and_the_ratio_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let there = run("r1", "aa", 1980.0, case("graph", None, 6.9));
    let old = baseline(vec![there], 1995.0, None);
    // The old revision's suite has other facts: its run is no run of this machine.
    let here = run("s1", "cc", 1755.0, case("graph", None, 7.1));
    let done = rebased(folder.path(), &old, here);
    assert_eq!(done.runs, ["s2"]);
    assert_eq!(done.anchors, []);
    let why = "its anchor was made at another clock than its recent runs";
    assert_eq!(done.carrying.anew, [("copy".to_owned(), why.to_owned())]);
    let new = written(folder.path());
    let case = &new.reviewed.cases[&copy()];
    assert_eq!((case.metrics["time"].carried, case.ratios.len()), (None, 1));
    assert_eq!(case.metrics["time"].last, "s2");
    assert_eq!(case.acknowledged.len(), 0, "it was said of the old anchor");
}
