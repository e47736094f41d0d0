//! What limits a case: from what a record holds, and of the kernels that measured a GPU's ceilings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use warpmark::baseline::Reviewed;
use warpmark::id::Name;
use warpmark::limits::{Facts, Limit, find};
use warpmark::record::Work;
use warpmark::stats::{Ceiling, Ceilings};

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

/// The name of a baseline of the ceilings that came with the repository, and the file itself.
fn measured_ceilings() -> Vec<(String, Reviewed)> {
    let folder = fs::read_dir(root().join("baselines/ceilings")).expect("baselines");
    let paths = folder.map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        let text = fs::read_to_string(&path).expect("a baseline");
        let reviewed = Reviewed::parse(&name, &text).expect("a reviewed file");
        (name.into_owned(), reviewed)
    };
    let reviewed = paths.filter(|path| path.extension().is_some_and(|end| end == "toml"));
    reviewed.map(read).collect()
}

/// What is known of a case that does `amount` of what `of` bounds in `time_ns`, and nothing else.
fn facts(of: Ceiling, amount: f64, time_ns: f64, ceilings: &Ceilings) -> Facts {
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
    Facts {
        kind: "cuda".to_owned(),
        bounds: ceilings.bounds(&[tag], &work, time_ns),
        has_ceilings: true,
        time_ns,
        work,
        ..Facts::default()
    }
}

/// Of the cases that measured a ceiling of a GPU (`baselines/ceilings`) the best is at it, bound by it and by nothing
/// else, and none is above it. How far the others stay below is no matter: they are of other instructions.
#[test]
fn measured_ceilings_bind_the_kernels_that_measured_them() {
    let mut everywhere = BTreeSet::new();
    for (file, reviewed) in measured_ceilings() {
        let ceilings = reviewed.ceilings();
        let mut best: BTreeMap<Ceiling, (f64, Vec<Limit>)> = BTreeMap::new();
        for (id, case) in &reviewed.cases {
            let Some((of, amount)) = case.ceiling else {
                continue;
            };
            let facts = facts(of, amount, case.metrics["time"].anchor, &ceilings);
            let [bound] = facts.bounds[..] else {
                panic!("{file}: {id}: {:?}", facts.bounds);
            };
            assert_eq!(bound.of, of, "{file}: {id}");
            let share = bound.fraction;
            assert!(share > 0.0 && share < 1.0 + 1e-9, "{file}: {id}: {share}");
            if best.get(&of).is_none_or(|(known, _)| *known < share) {
                let limits = find(&facts).into_iter().map(|finding| finding.limit);
                best.insert(of, (share, limits.collect()));
            }
        }
        for (of, _) in ceilings.each() {
            let (share, limits) = &best[&of];
            assert!(*share > 1.0 - 1e-9, "{file}: {of}: {share}");
            let expected = if of.is_of_operations() {
                Limit::ComputeBound
            } else {
                Limit::MemoryBound
            };
            assert_eq!(limits, &[expected], "{file}: {of}");
            everywhere.insert(of);
        }
    }
    // An H100 has them all.
    assert_eq!(everywhere, Ceiling::all().collect());
}
