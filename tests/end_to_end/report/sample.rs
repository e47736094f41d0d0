//! A run and a comparison that have something of everything.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use warpmark::finance::Statement;
use warpmark::id::CaseId;
use warpmark::record::{Better, CaseHeader, CaseResult, Header, Summary, Unit};
use warpmark::report::{CaseView, CompareView, Heading, Probes, RunView};
use warpmark::stats::ProcessValues;
use warpmark::verdict::{Comparison, Given, Policy, Side, judge};

pub fn header() -> Header {
    let header = json!({
        "format": 1, "id": "20261122T100057.003Z-3fa2", "suite": "memory", "suite_path": "suites/memory.toml",
        "started": "2026-11-22T10:00:57Z", "device": "host", "processes": 5, "seed": 1, "quick": true,
        "overrides": ["--samples 20"], "filters": ["triad*"],
        "versions": { "warpmark": "0.1.0", "method": "1", "compiler": null },
        "git": { "commit": "0123456789abcdef0123456789abcdef01234567", "branch": "main", "dirty": [] },
        "environment": { "key": "ab".repeat(32), "comparability": { "clock-policy": "observe" }, "context": {} },
        "compare": {}, "removed": {}, "cases": [],
    });
    serde_json::from_value(header).expect("a header")
}

fn summary() -> Summary {
    let summary = json!({
        "format": 1, "ended": "2026-11-22T10:01:57Z", "complete": false, "signal": 2,
        "measured": 4, "failed": 1, "unsupported": 1,
    });
    serde_json::from_value(summary).expect("a summary")
}

pub fn case(id: &str, kind: &str, work: &Value) -> CaseHeader {
    let case = json!({
        "id": id, "workload": "triad", "axes": [], "tags": [], "work": work, "kind": kind, "processes": 5,
        "samples": 20, "identity": null, "definition": "", "deterministic": true, "defined_at": ["suites/memory.toml", 3],
    });
    serde_json::from_value(case).expect("a case")
}

pub fn result(id: &str, process: u32, outcome: &Value, series: &Value) -> CaseResult {
    let result = json!({
        "case": id, "process": process, "position": 0, "outcome": outcome, "series": series, "digest": null,
        "method": { "name": "wall", "executions": 1, "tick_ns": 1.0 }, "warm_up": 5, "stopped_by": null,
        "clock_mhz": null, "started_ns": 0.0, "elapsed_ns": 1e6, "output": {}, "notes": [],
    });
    serde_json::from_value(result).expect("a result")
}

pub fn series(metric: &str, unit: &str, better: &str, samples: &[f64]) -> Value {
    json!({ "metric": metric, "unit": unit, "better": better, "samples": samples })
}

/// 20 samples about `typical` that differ by a few per cent, a little more in each process.
pub fn samples(typical: f64, process: u32) -> Vec<f64> {
    let drift = 1.0 + 0.001 * f64::from(process);
    (0..20_u32)
        .map(|index| typical * drift * (1.0 + 0.002 * f64::from(index)))
        .collect()
}

fn triad() -> CaseView {
    let id = "triad/n=1048576/block=256/unroll=4";
    let work = json!({ "reads": 8_388_608.0, "writes": 4_194_304.0, "flops": 2_097_152.0, "items": 1_048_576.0 });
    let results: Vec<CaseResult> = (0..5)
        .map(|process| {
            let time = series("time", "ns", "lower", &samples(1.2e6, process));
            result(id, process, &json!("measured"), &json!([time]))
        })
        .collect();
    CaseView::of(&case(id, "host", &work), &results)
}

/// A command with metrics of its own, a void sample, and an output that differs between processes.
fn encode() -> CaseView {
    let id = "encode/batch=8/text=grün|`<b>`";
    let results: Vec<CaseResult> = (0..5)
        .map(|process| {
            let mut time = series("time", "ns", "lower", &samples(2.5e9, process)[..1]);
            if process == 3 {
                time["void"] = json!([{ "index": 0, "value": 1.0, "why": "disturbed" }]);
            }
            let tokens = series(
                "tokens",
                "per-second",
                "higher",
                &samples(3.2e4, process)[..3],
            );
            let memory = series("peak-memory", "bytes", "lower", &[1.5e9]);
            let mut result = result(
                id,
                process,
                &json!("measured"),
                &json!([time, tokens, memory]),
            );
            result.digest = Some(format!("{:064}", process / 4));
            result
        })
        .collect();
    CaseView::of(&case(id, "command", &json!({ "items": 8.0 })), &results)
}

/// A failure in two processes, with a detail that would steer a terminal.
fn failed() -> CaseView {
    let failure = json!({ "failed": {
        "kind": "guard", "message": "wrote past args[2]",
        "detail": "first at element 1048576\n\u{1b}[31mred\u{1b}[0m\ttail",
    } });
    let id = "histogram/n=4096";
    let outcome = |process: u32| {
        if process < 2 {
            failure.clone()
        } else {
            json!("measured")
        }
    };
    let results: Vec<CaseResult> = (0..5)
        .map(|process| result(id, process, &outcome(process), &json!([])))
        .collect();
    CaseView::of(&case(id, "host", &json!({})), &results)
}

fn unsupported() -> CaseView {
    let id = "mma/tile=16";
    let outcome = json!({ "unsupported": "mma_sync: the host has no tensor cores" });
    CaseView::of(
        &case(id, "host", &json!({})),
        &[result(id, 0, &outcome, &json!([]))],
    )
}

/// The last case of a run that was stopped: one without results, after one with results of two processes.
fn cut_short() -> [CaseView; 2] {
    let id = "copy/n=65536";
    let results: Vec<CaseResult> = (0..2)
        .map(|process| {
            let time = series("time", "ns", "lower", &samples(41_000.0, process));
            result(id, process, &json!("measured"), &json!([time]))
        })
        .collect();
    let started = CaseView::of(&case(id, "host", &json!({ "reads": 262_144.0 })), &results);
    [
        started,
        CaseView::of(&case("scan/n=65536", "host", &json!({})), &[]),
    ]
}

fn heading() -> Heading {
    Heading::of(
        &header(),
        Some(&summary()),
        Some(".warpmark/runs/memory/20261122T100057.003Z-3fa2".into()),
    )
}

pub fn run() -> RunView {
    let mut cases = vec![triad(), encode(), failed(), unsupported()];
    cases.extend(cut_short());
    RunView {
        heading: heading(),
        probes: Probes::default(),
        cases,
        comparison: None,
        statement: Statement::default(),
    }
}

fn side(means: &[f64]) -> Side {
    let of = |mean: &f64| ProcessValues::of(&[*mean], Better::Lower).expect("positive");
    Side {
        runs: vec![means.iter().map(of).collect()],
    }
}

/// Five processes around `typical` that differ by up to `spread` of it.
fn around(typical: f64, spread: f64) -> Side {
    side(&[0.0, 1.0, -1.0, 0.5, -0.5].map(|step| typical * (1.0 + spread * step)))
}

fn comparison(id: &str, base: Side, candidate: Side) -> Comparison {
    Comparison {
        id: CaseId::from_text(id),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        timed_ns: base.typical(),
        base,
        candidate,
        tick_ns: Some(1.0),
        policy: Policy::for_kind("cuda", &BTreeMap::new()).expect("defaults"),
        design: warpmark::verdict::Design::Apart,
        given: None,
    }
}

pub fn compared() -> CompareView {
    let quiet = || around(1e5, 0.0005);
    let given = |id: &str, given| Comparison {
        design: warpmark::verdict::Design::Apart,
        given: Some(given),
        ..comparison(id, quiet(), Side::default())
    };
    let facts = || {
        Given::Incomparable(vec![
            "driver: 580.159.04 (base), 590.1 (candidate)".to_owned(),
        ])
    };
    let mut tokens = comparison(
        "encode/batch=8/text=grün|`<b>`",
        around(3e4, 0.001),
        around(3e4, 0.001),
    );
    (tokens.metric, tokens.unit, tokens.better) =
        ("tokens".to_owned(), Unit::PerSecond, Better::Higher);
    tokens.policy = Policy::for_kind("command", &BTreeMap::new()).expect("defaults");
    tokens.timed_ns = None;
    let comparisons = [
        comparison(
            "triad/n=1048576/block=256/unroll=4",
            quiet(),
            around(1.02e5, 0.0005),
        ),
        comparison(
            "triad/n=4194304/block=256/unroll=4",
            quiet(),
            around(0.97e5, 0.0005),
        ),
        comparison("copy/n=65536", quiet(), quiet()),
        comparison("near/n=65536", quiet(), around(1.0045e5, 0.0005)),
        comparison("scan/n=65536", quiet(), around(1e5, 0.008)),
        comparison(
            "sort/n=65536",
            quiet(),
            side(&[1e5, 1e5, 1e5, 1.03e5, 1.03e5]),
        ),
        comparison("fast/n=1", quiet(), side(&[1e5])),
        tokens,
        given("mma/tile=16", facts()),
        given("mma/tile=32", facts()),
        given(
            "histogram/n=4096",
            Given::Failed("wrote past args[2]".to_owned()),
        ),
        given("fresh/n=1", Given::New),
        given("gone/n=1", Given::Missing(None)),
    ];
    let base = "HEAD (baselines/memory/host-abababababab.toml, 3 runs)".to_owned();
    let mut view = CompareView::new(heading(), base, judge(&comparisons, 0.01));
    view.notes = vec!["the output differs from the base's: copy/n=65536".to_owned()];
    view
}
