//! What limits a case: from what a record holds, and of the kernels that measured an H100's ceilings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use warpmark::baseline::Reviewed;
use warpmark::id::Name;
use warpmark::limits::{Facts, Limit, find};
use warpmark::record::Work;
use warpmark::stats::Ceiling;

use super::{MODEL, measured, run};
use crate::ceilings::HEAD;
use crate::support::root;

/// Adds to the results of `attention` a look at the GPU and its occupancy, and to `product` and the ends of processes
/// what a GPU's timer says: what the mock device doesn't measure.
fn seen_by_a_gpu(line: &mut Value) {
    if let Some(end) = line.get_mut("end") {
        end["timer"] = json!({ "tick_ns": 32.0, "empty_pair_ns": 1e6, "empty_kernel_ns": 2.5e6 });
    }
    let Some(result) = line.get_mut("case") else {
        return;
    };
    if result["case"] == "product/n=64" {
        result["method"] = json!({ "name": "events", "executions": 1, "tick_ns": 32.0 });
    }
    if result["case"] != "attention" {
        return;
    }
    result["occupancy"] = json!({
        "registers": 255, "static_shared": 0, "dynamic_shared": 0, "local": 96, "blocks_per_sm": 1,
        "theoretical": 0.125, "limited_by": ["registers"], "waves": 2.06, "tail": 0.333,
    });
    let series = result["series"].as_array_mut().expect("series");
    for (metric, share) in [
        ("sm-activity", 0.97),
        ("sm-occupancy", 0.11),
        ("tensor-activity", 0.0),
        ("dram-activity", 0.45),
    ] {
        series.push(
            json!({ "metric": metric, "unit": "ratio", "better": "higher", "samples": [share] }),
        );
    }
}

#[test]
fn what_a_record_holds_says_what_limits() {
    let folder = measured(&format!("{HEAD}{MODEL}"));
    let runs = folder.path().join(".warpmark/runs/model");
    let record = fs::read_dir(runs).expect("runs").next().expect("a run");
    let record = record.expect("an entry").path();
    for process in ["process-0000.jsonl", "process-0001.jsonl"] {
        let path = record.join(process);
        let mut text = String::new();
        for line in fs::read_to_string(&path).expect("a process").lines() {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            seen_by_a_gpu(&mut line);
            writeln!(text, "{line}").expect("written");
        }
        fs::write(&path, text).expect("written");
    }
    let json = run(folder.path(), &["report", "latest", "--suite", "model"]);
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let limits = |place: usize| document["backlog"][place]["limits"].clone();
    assert_eq!(limits(0), json!(["memory bound"]));
    let all = ["latency bound", "occupancy", "tail", "spills"];
    assert_eq!(limits(1), json!(all), "{}", document["backlog"][1]);
    assert_eq!(limits(2), json!(["launch bound"]));
    let evidence = document["backlog"][1]["evidence"].as_array();
    assert_eq!(evidence.map(Vec::len), Some(all.len()));
}

/// The kernels that measured the ceilings of an H100 (`baselines/ceilings`) are bound by what they measure.
#[test]
fn measured_ceilings_bind_the_kernels_that_measured_them() {
    let path = root().join("baselines/ceilings/cuda-d28114fa7ee9.toml");
    let text = fs::read_to_string(&path).expect("a baseline");
    let reviewed = Reviewed::parse("cuda-d28114fa7ee9.toml", &text).expect("a reviewed file");
    let ceilings = reviewed.ceilings();
    let mut seen = BTreeSet::new();
    for (id, case) in &reviewed.cases {
        let time_ns = case.metrics["time"].anchor;
        let Some((of, amount)) = case.ceiling else {
            continue;
        };
        let (reads, flops) = if of.is_of_operations() {
            (None, Some(amount))
        } else {
            (Some(amount), None)
        };
        let work = Work {
            reads,
            flops,
            ..Work::default()
        };
        let tag = Name::new(&format!("ceiling-{of}")).expect("a name");
        let found = find(&Facts {
            kind: "cuda".to_owned(),
            bounds: ceilings.bounds(&[tag], &work, time_ns),
            has_ceilings: true,
            time_ns,
            work,
            ..Facts::default()
        });
        let expected = if of.is_of_operations() {
            Limit::ComputeBound
        } else {
            Limit::MemoryBound
        };
        let limits: Vec<Limit> = found.iter().map(|finding| finding.limit).collect();
        assert_eq!(limits, [expected], "{id}: {found:?}");
        seen.insert(of);
    }
    assert_eq!(seen, BTreeSet::from(Ceiling::ALL));
}
