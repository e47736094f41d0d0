//! What stands around the cases of a made-up report: machine, telemetry, money, goals, backlog.

use warpmark::report::document::{
    BacklogEntry, Bound, CeilingEntry, Document, FactEntry, GoalEntry, LabelEntry, LeftOutEntry,
    Place, PriceEntry, Range, ReadingEntry, TelemetryEntry, VoidSpan,
};

use super::many::{name, noise};

/// Adds labels, ceilings, telemetry and an environment.
pub fn add_machine(document: &mut Document) {
    document.labels = vec![LabelEntry {
        name: "clocks-not-pinned",
        text: "clocks were not pinned".to_owned(),
    }];
    let ceiling = |name: &str, of, rate| CeilingEntry {
        name: name.to_owned(),
        of,
        rate,
    };
    document.ceilings = vec![
        ceiling("read", "bytes", 3.1e12),
        ceiling("l2", "bytes", 7.1e12),
        ceiling("fp32", "flops", 6.0e13),
    ];
    document.telemetry = vec![telemetry()];
    let fact = |name: &str, comparability, value: &str, base: &str| FactEntry {
        fact: name.to_owned(),
        comparability,
        value: Some(value.to_owned()),
        base: Some(base.to_owned()),
        differs: value != base,
    };
    document.environment = vec![
        fact("device", true, "mock", "mock"),
        fact("driver", true, "580.159.04", "580.159.04"),
        fact("kernel", false, "6.1.0-40-amd64", "6.1.0-38-amd64"),
    ];
}

fn telemetry() -> TelemetryEntry {
    let reading = |place: usize| ReadingEntry {
        at_s: place as f64 * 0.5,
        sm_mhz: Some(if place % 700 > 640 { 1755 } else { 1980 }),
        memory_mhz: Some(2619),
        temperature_c: Some(if place < 300 { 40 } else { 61 }),
        power_w: Some(380.0 + 240.0 * noise(place)),
        reasons: if place % 700 > 640 {
            vec!["software power cap".to_owned()]
        } else {
            Vec::new()
        },
    };
    TelemetryEntry {
        started: "2026-11-25T02:15:00Z".to_owned(),
        readings: (0..3_000).map(reading).collect(),
        marks: Vec::new(),
        void: vec![VoidSpan {
            from_s: 320.0,
            to_s: 342.0,
            case: name(3),
            samples: 7,
        }],
        unknown: vec!["fan: the GPU has none".to_owned()],
    }
}

/// Adds a price, goals and a backlog.
pub fn add_money(document: &mut Document) {
    document.price = Some(PriceEntry {
        currency: "USD".to_owned(),
        gpu_hour: 2.5,
        energy_kwh: None,
        source: Some("a price list".to_owned()),
        date: Some("2026-11-01".to_owned()),
        inputs: "GPU share 1, PUE 1".to_owned(),
        terms: "2.500 USD a GPU hour (a price list, 2026-11-01), GPU share 1, PUE 1".to_owned(),
    });
    let goal = |title: &str, status, headroom| GoalEntry {
        name: title.to_owned(),
        status,
        case: Some(name(1)),
        metric: "time".to_owned(),
        value: Some("12.35 us".to_owned()),
        bounds: vec![Bound {
            side: "at-most",
            value: "12.00 us".to_owned(),
        }],
        interval: Some("12.30 us to 12.40 us".to_owned()),
        headroom: Some(headroom),
        why: None,
        owner: Some("Kernels team".to_owned()),
        kpi: Some("answers within a second".to_owned()),
        due: Some("2027-01-31".to_owned()),
    };
    document.goals = vec![
        goal("gemm is quick", "missed", -0.029),
        goal("streams come near the ceiling", "at-risk", 0.004),
        goal("reductions cost little", "met", 0.21),
    ];
    document.backlog = (0..10).map(backlogged).collect();
    "Ranked by what closing the gap saves: money a month.".clone_into(&mut document.backlog_ranked);
    document.left_out = vec![LeftOutEntry {
        why: "no ceiling was measured for it".to_owned(),
        cases: vec![name(3), name(4)],
    }];
}

fn backlogged(place: usize) -> BacklogEntry {
    let case = name(place * 7);
    let part = |whole: f64| whole / (place + 1) as f64;
    let around = |value: f64| Range {
        low: 0.98 * value,
        high: 1.02 * value,
    };
    BacklogEntry {
        rank: place + 1,
        title: format!("{case}: 58 % of read"),
        place: Place {
            file: "suites/kernels.toml".to_owned(),
            line: 10 + place,
        },
        reproduce: format!("warpmark run suites/kernels.toml --case '{case}'"),
        case,
        time_ns: 10_000.0,
        ceiling_ns: 10_000.0 - part(4_200.0),
        gap_ns: part(4_200.0),
        gap_interval: Some(around(part(4_200.0))),
        gap: part(0.42),
        of_suite: part(0.08),
        ceiling: Some("read".to_owned()),
        ceiling_fraction: 1.0 - part(0.42),
        ranked_by: "money",
        volume: Some("2e6 / day".to_owned()),
        hours_a_month: Some(part(124.0)),
        hours_interval: Some(around(part(124.0))),
        saves_a_month: Some(part(310.0)),
        saves_interval: Some(around(part(310.0))),
        limits: vec!["memory bound".to_owned()],
        evidence: vec!["58 % of the measured ceiling read".to_owned()],
        note: (place == 0).then(|| "Tensor cores by mma.sync, where wgmma is faster".to_owned()),
    }
}
