//! Costs and goals in each format.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use warpmark::finance::{Basis, Figures, Statement};
use warpmark::record::CaseResult;
use warpmark::report::Format;
use warpmark::stats::Ceilings;

use super::render;
use super::sample::{case, header, result, run, samples, series};

/// What the run `run()` costs, and goals of each status.
fn stated() -> Statement {
    let mut header = header();
    let work = json!({ "items": 1_048_576.0 });
    header.cases = vec![case("triad/n=1048576/block=256/unroll=4", "host", &work)];
    let cost = json!({ "currency": "USD", "gpu_hour": 2.99, "source": "list <price>", "date": "2026-11-01" });
    header.cost = serde_json::from_value(cost).expect("a price");
    let goals = json!([
        { "name": "a million elements for little", "case": "triad/*", "metric": "cost-per-million-items",
          "at_most": 1.5e-6, "owner": "kernels", "kpi": "cost | element", "due": "2027-03-31" },
        { "name": "fast", "case": "triad/*", "metric": "time", "at_most": 1e6, "written": "duration" },
        { "name": "steady", "case": "triad/*", "metric": "p99", "at_least": 1e3, "at_most": 1.246e6 },
        { "name": "nowhere", "case": "scan/*", "metric": "time", "at_most": 1.2, "of": "baseline" },
    ]);
    header.goals = serde_json::from_value(goals).expect("goals");
    let id = header.cases[0].id.clone();
    let results: Vec<CaseResult> = (0..5)
        .map(|process| {
            let time = series("time", "ns", "lower", &samples(1.2e6, process));
            result(id.as_str(), process, &json!("measured"), &json!([time]))
        })
        .collect();
    Statement::of(&Basis {
        header: &header,
        figures: &BTreeMap::from([(id, Figures::of(&results))]),
        ceilings: &Ceilings::default(),
        compared: None,
    })
}

#[test]
fn costs_and_goals() {
    let mut view = run();
    view.cases.truncate(1);
    view.statement = stated();
    for width in [60, 200] {
        let format = Format::Human {
            width: Some(width),
            color: false,
        };
        insta::assert_snapshot!(format!("goals_{width}"), render(&view, format));
    }
    insta::assert_snapshot!("goals_markdown", render(&view, Format::Markdown));
    insta::assert_snapshot!("goals_json", {
        let value: Value = serde_json::from_str(&render(&view, Format::Json)).expect("JSON");
        let parts = json!({ "cost": value["cost"], "goals": value["goals"] });
        serde_json::to_string_pretty(&parts).expect("JSON")
    });
}
