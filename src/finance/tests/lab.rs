//! Runs that tests make up.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::finance::{Basis, Estimate, Figures, Statement};
use crate::id::CaseId;
use crate::record::{Better, CaseHeader, CaseResult, Header, Series, Unit};
use crate::stats::{Ceiling, Ceilings, Interval};
use crate::verdict::{Change, Judgement, SideFacts, Verdict};

/// A run of cases, each with its results.
pub struct Lab {
    pub header: Header,
    pub results: BTreeMap<CaseId, Vec<CaseResult>>,
    pub ceilings: Ceilings,
    pub judgements: Option<Vec<Judgement>>,
}

impl Lab {
    /// A run of no case, at 3.6 USD an hour.
    pub fn new() -> Self {
        let header = json!({
            "format": 1, "id": "r", "suite": "s", "suite_path": "s.toml", "started": "2026-11-22T10:00:57Z",
            "device": "mock", "processes": 3, "seed": 1, "quick": false, "overrides": [], "filters": [],
            "versions": { "warpmark": "0.1.0", "method": "1", "compiler": null }, "git": null,
            "environment": { "key": "k", "comparability": {}, "context": {} },
            "compare": {}, "removed": {}, "cases": [],
            "cost": { "currency": "USD", "gpu_hour": 3.6 },
        });
        let mut ceilings = Ceilings::default();
        ceilings.take(Ceiling::Read, 4000.0, 1000.0);
        Self {
            header: serde_json::from_value(header).expect("a header"),
            results: BTreeMap::new(),
            ceilings,
            judgements: None,
        }
    }

    /// The same with a case that does this work, whose processes have these series.
    pub fn case(mut self, id: &str, work: &Value, processes: &[Vec<Series>]) -> Self {
        let workload = id.split('/').next().expect("a workload");
        let case = json!({
            "id": id, "workload": workload, "axes": [], "tags": [], "work": work, "kind": "mock", "processes": 3,
            "samples": 1, "identity": null, "definition": "", "deterministic": true, "defined_at": ["s.toml", 3],
        });
        let case: CaseHeader = serde_json::from_value(case).expect("a case");
        let id = case.id.clone();
        self.header.cases.push(case);
        let results = processes.iter().enumerate();
        let results = results.map(|(process, series)| {
            let process = u32::try_from(process).expect("few processes");
            let mut result =
                CaseResult::new(id.clone(), process, 0, crate::record::Outcome::Measured);
            result.series.clone_from(series);
            result
        });
        self.results.insert(id.clone(), results.collect());
        self
    }

    /// The same with a goal, given as the record has it.
    pub fn goal(mut self, goal: &Value) -> Self {
        self.header
            .goals
            .push(serde_json::from_value(goal.clone()).expect("a goal"));
        self
    }

    /// What it costs, and whether it reaches its goals.
    pub fn statement(&self) -> Statement {
        let figures = self.results.iter();
        let figures = figures
            .map(|(id, results)| (id.clone(), Figures::of(results)))
            .collect();
        Statement::of(&Basis {
            header: &self.header,
            figures: &figures,
            ceilings: &self.ceilings,
            compared: self.judgements.as_deref(),
        })
    }
}

/// A series of one process.
pub fn series(metric: &str, unit: Unit, samples: &[f64]) -> Series {
    Series {
        metric: metric.to_owned(),
        unit,
        better: Better::Lower,
        samples: samples.to_vec(),
        void: Vec::new(),
    }
}

/// Three processes with the time 1 ms, give or take 1 %.
pub fn a_millisecond() -> Vec<Vec<Series>> {
    [0.99e6, 1e6, 1.01e6]
        .iter()
        .map(|&ns| vec![Series::time(vec![ns])])
        .collect()
}

/// Three processes with the time 1 ms, give or take 1 %, and another metric that is the same in each.
pub fn a_millisecond_and(metric: &str, unit: Unit, value: f64) -> Vec<Vec<Series>> {
    let mut processes = a_millisecond();
    for process in &mut processes {
        process.push(series(metric, unit, &[value]));
    }
    processes
}

/// What was decided of a metric that was `base` and changed by `estimate`, give or take 1 %.
pub fn judgement(id: &str, (metric, unit): (&str, Unit), base: f64, estimate: f64) -> Judgement {
    let facts = |mean| SideFacts {
        runs: 1,
        processes: 3,
        mean: Some(mean),
    };
    Judgement {
        id: CaseId::from_text(id),
        metric: metric.to_owned(),
        unit,
        better: Better::Lower,
        verdict: Verdict::Regressed,
        change: Some(Change {
            estimate,
            interval: Interval {
                low: estimate - 0.01,
                high: estimate + 0.01,
            },
            p_worse: 0.0,
            p_better: 1.0,
            freedom: 4.0,
        }),
        bound: None,
        spread: None,
        margin: 0.01,
        planning: None,
        run_noise_assumed: false,
        run_noise_probed: None,
        run_noise_own: None,
        expected: false,
        base: facts(base),
        candidate: facts(base * (1.0 + estimate)),
        drift: None,
        accepted: None,
        acknowledged: None,
        reasons: vec!["a reason".to_owned()],
        first_look: None,
    }
}

/// Asserts a value to 10 digits.
#[track_caller]
pub fn is(found: Option<Estimate>, expected: f64) {
    let found = found.expect("a value").value;
    let off = (found - expected).abs();
    assert!(off <= 1e-10 * expected.abs(), "{found} is not {expected}");
}

/// Half the width of an interval as a share of the value.
pub fn half(found: Option<Estimate>) -> f64 {
    let found = found.expect("a value");
    let interval = found.interval.expect("an interval");
    (interval.high - interval.low) / 2.0 / found.value
}
