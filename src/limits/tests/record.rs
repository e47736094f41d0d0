//! Facts as they are read from a record.

use std::collections::BTreeMap;

use serde_json::json;

use crate::limits::{Facts, Machine};
use crate::record::{
    Better, CaseHeader, CaseResult, FailureKind, Group, GroupVoid, Header, Method, Outcome,
    Precision, ProcessEnd, Series, Unit,
};
use crate::stats::{Ceiling, Ceilings};

fn header() -> Header {
    let header = json!({
        "format": 1, "id": "r", "suite": "s", "suite_path": "s.toml", "started": "2026-11-22T10:00:57Z",
        "device": "cuda:0", "processes": 2, "seed": 1, "quick": false, "overrides": [], "filters": [],
        "versions": { "warpmark": "0.1.0", "method": "1", "compiler": null }, "git": null,
        "environment": { "key": "k", "comparability": { "max-sm-mhz": 1980, "clock-policy": "lock" }, "context": {} },
        "compare": {}, "removed": {}, "cases": [],
    });
    serde_json::from_value(header).expect("a header")
}

fn end(empty_kernel_ns: Option<f64>) -> ProcessEnd {
    let end = json!({
        "process": 0, "ended": "2026-11-22T10:00:57Z", "workers": 1,
        "timer": { "tick_ns": 32.0, "empty_pair_ns": 1300.0, "empty_kernel_ns": empty_kernel_ns },
    });
    serde_json::from_value(end).expect("an end")
}

fn case(kind: &str) -> CaseHeader {
    let case = json!({
        "id": "a", "workload": "a", "axes": [], "tags": [], "work": { "reads": 1000.0, "writes": 1000.0, "flops": 10.0 },
        "kind": kind, "processes": 2, "samples": 1, "identity": null, "definition": "", "deterministic": true,
        "defined_at": ["s.toml", 3],
    });
    serde_json::from_value(case).expect("a case")
}

fn group(clock_mhz: f64, void: bool, grown: u64) -> Group {
    Group {
        samples: 1,
        clock_mhz: Some(clock_mhz),
        void: void.then(|| GroupVoid {
            kind: FailureKind::Clocks,
            why: "it sagged".to_owned(),
        }),
        events_ns: BTreeMap::from([("sw-power-cap".to_owned(), grown)]),
    }
}

fn result(process: u32, method: &str, dram: f64) -> CaseResult {
    let mut result = CaseResult::new(case("cuda").id, process, 0, Outcome::Measured);
    let series = |metric: &str, unit, value| Series {
        metric: metric.to_owned(),
        unit,
        better: Better::Higher,
        samples: vec![value],
        void: Vec::new(),
    };
    result.series = vec![
        Series::time(vec![1e3]),
        series("dram-activity", Unit::Ratio, dram),
        series("sm-activity", Unit::Count, 0.5), // not the unit that warpmark writes
    ];
    result.method = Some(Method {
        name: method.to_owned(),
        executions: 1,
        tick_ns: None,
    });
    result.groups = vec![
        group(1900.0, false, 5),
        group(300.0, true, 5),
        group(1902.0, false, 0),
    ];
    result
}

fn ceilings() -> Ceilings {
    let mut ceilings = Ceilings::default();
    ceilings.take(Ceiling::Copy, 4000.0, 1000.0);
    ceilings.take(Ceiling::Operations(Precision::Fp32), 100.0, 1000.0);
    ceilings
}

#[test]
fn a_record_gives_its_facts() {
    let (header, ceilings) = (header(), ceilings());
    let ends = [
        end(Some(3000.0)),
        end(None),
        end(Some(0.0)),
        end(Some(3100.0)),
    ];
    let machine = Machine::of(&header, &ends, &ceilings);
    assert_eq!(machine.empty_kernel_ns, Some(3050.0));
    assert!(machine.pinned);
    let results = [result(0, "events", 0.4), result(1, "events", 0.6)];
    let facts = Facts::of(&machine, &case("cuda"), &results, 1e3);
    let shares: Vec<(Ceiling, f64)> = facts.bounds.iter().map(|b| (b.of, b.fraction)).collect();
    assert_eq!(shares.len(), 2);
    assert_eq!(
        (shares[0].0, shares[1].0),
        (Ceiling::Copy, Ceiling::Operations(Precision::Fp32))
    );
    assert!((shares[0].1 - 0.5).abs() < 1e-9 && (shares[1].1 - 0.1).abs() < 1e-9);
    assert_eq!((facts.activity.dram, facts.activity.sm), (Some(0.5), None));
    assert_eq!(facts.empty_kernel_ns, Some(3050.0));
    let clock = facts.clock.expect("a clock");
    // The void groups count for nothing.
    assert!((clock.mhz - 1901.0).abs() < 1e-9, "{}", clock.mhz);
    assert_eq!((clock.groups, clock.held["sw-power-cap"]), (4, 2));
}

#[test]
fn what_a_record_does_not_hold_is_not_made_up() {
    let (mut header, ceilings) = (header(), ceilings());
    header.environment.comparability.clear();
    let machine = Machine::of(&header, &[], &ceilings);
    let mixed = [result(0, "events", f64::NAN), result(1, "graph", 0.5)];
    let facts = Facts::of(&machine, &case("command"), &mixed, 1e3);
    assert!(facts.bounds.is_empty() && facts.clock.is_none());
    assert_eq!((facts.empty_kernel_ns, facts.activity.dram), (None, None));
    // Times of graphs hold no launch.
    let known = Machine {
        empty_kernel_ns: Some(3000.0),
        ..machine
    };
    for (results, expected) in [
        (&mixed[..1], Some(3000.0)),
        (&mixed[..], None),
        (&mixed[1..], None),
        (&[], None),
    ] {
        let facts = Facts::of(&known, &case("cuda"), results, 1e3);
        assert_eq!(facts.empty_kernel_ns, expected);
    }
}
