//! A report of many cases, made up: every verdict, samples, nights, telemetry, money, goals and a backlog.

use super::around;
use warpmark::record::{Better, Unit};
use warpmark::report::document::{
    CaseEntry, ChangeEntry, CodeEntry, CostEntry, Document, JudgementEntry, MetricEntry,
    MonthEntry, NightEntry, OccupancyEntry, Place, ProcessEntry, Range, RemarkEntry, SeriesEntry,
    StepEntry, VoidEntry,
};
use warpmark::verdict::Verdict;

/// Processes of a case.
const PROCESSES: u32 = 5;
/// Samples of a process.
const SAMPLES: usize = 100;

/// A number from 0 to 1 that depends on `place` alone.
pub fn noise(place: usize) -> f64 {
    let mixed = (place as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1u64 << 53) as f64
}

/// A report of so many cases.
pub fn document(cases: usize) -> Document {
    let cases: Vec<CaseEntry> = (0..cases).map(case).collect();
    let mut document = Document {
        format: 1,
        kind: "report",
        warpmark: "0.1.0".to_owned(),
        suite: "kernels".to_owned(),
        about: Some("Matrix products, streams and reductions at many sizes".to_owned()),
        run: "20261125T021500Z-1a2b3c".to_owned(),
        started: "2026-11-25T02:15:00Z".to_owned(),
        ended: Some("2026-11-25T02:41:00Z".to_owned()),
        device: "mock".to_owned(),
        environment_key: "0f".repeat(32),
        environment_line: "mock device, observed clocks".to_owned(),
        commit: Some("1a2b3c4d5e6f708192a3b4c5d6e7f80912a3b4c5".to_owned()),
        clean: Some(true),
        record: Some(".warpmark/runs/20261125T021500Z-1a2b3c".to_owned()),
        reproduce: "warpmark run suites/kernels.toml --compare origin/main".to_owned(),
        clock_mhz: Some(1980.0),
        base: Some("baselines of origin/main, 5 runs".to_owned()),
        bound: Some(0.0042),
        ..Document::default()
    };
    for case in &cases {
        match case.outcome {
            "failed" => document.failed += 1,
            "unsupported" => document.unsupported += 1,
            _ => document.measured += 1,
        }
        if let Some(verdict) = case.verdict {
            *document.verdicts.entry(verdict).or_default() += 1;
        }
    }
    document.cases = cases;
    around::add_machine(&mut document);
    around::add_money(&mut document);
    document
}

/// The name of a case, as far as several share it.
pub fn name(place: usize) -> String {
    let kinds = ["gemm", "copy", "reduce", "attention", "softmax"];
    let kind = kinds[place % kinds.len()];
    format!(
        "{kind}/n={},tile={}",
        1 << (8 + place / 5 % 12),
        16 << (place / 60 % 8)
    )
}

fn case(place: usize) -> CaseEntry {
    // Most cases are unchanged, as in a night of a real suite, and each verdict is there.
    let verdict = if place % 20 < 14 {
        Verdict::Unchanged
    } else {
        Verdict::ALL[place / 3 % Verdict::ALL.len()]
    };
    let outcome = match verdict {
        Verdict::Failed => "failed",
        Verdict::Missing => "missing",
        Verdict::Unsupported => "unsupported",
        _ => "measured",
    };
    let name = name(place);
    let workload = name.split('/').next().unwrap_or_default().to_owned();
    let mean = 2e3 * 1.6f64.powf(14.0 * noise(place)) * (1.0 + place as f64 * 1e-6);
    let measured = outcome == "measured";
    CaseEntry {
        id: format!("{name},part={place}"),
        workload,
        tags: vec!["memory".to_owned()],
        note: place
            .is_multiple_of(5)
            .then(|| "Tensor cores by mma.sync, where wgmma is faster".to_owned()),
        place: Some(Place {
            file: "suites/kernels.toml".to_owned(),
            line: 10 + place,
        }),
        outcome,
        elapsed_s: Some(1.5),
        verdict: Some(verdict),
        why: (outcome == "failed").then(|| "the output is wrong at 17 of 4096 places".to_owned()),
        detail: (outcome == "failed").then(|| "at 12: 1.5, expected 1.25\n".repeat(20)),
        nondeterministic: place.is_multiple_of(97),
        digest: Some(format!("{place:064x}")),
        code: CodeEntry {
            identity: Some(format!("{place:016x}")),
            base: Some(format!("{:016x}", place / 2)),
            changed: Some(place % 2 == 1),
        },
        occupancy: Some(occupancy(40)),
        base_occupancy: Some(occupancy(32)),
        metrics: if measured {
            metrics(place, mean)
        } else {
            Vec::new()
        },
        judgements: vec![judgement(place, verdict, mean)],
        processes: if measured {
            processes(place, mean)
        } else {
            Vec::new()
        },
        base_processes: base_processes(place, mean),
        series: Some(series(place, mean)),
        cost: measured.then(|| CostEntry {
            per_item: Some(mean * 1e-15),
            per_million_items: Some(mean * 1e-9),
            per_million_interval: Some(Range {
                low: mean * 0.99e-9,
                high: mean * 1.01e-9,
            }),
            joules_per_item: Some(1e-9),
            items_per_second: Some(1e9),
            item: "items".to_owned(),
        }),
        token_cost: None,
        remarks: vec![RemarkEntry {
            text: "The profile shows bank conflicts".to_owned(),
            author: Some("an engineer".to_owned()),
            at: "2026-11-25T09:00:00Z".to_owned(),
            attachments: vec!["attachments/profile.png".to_owned()],
        }],
        notes: Vec::new(),
    }
}

fn occupancy(registers: u32) -> OccupancyEntry {
    OccupancyEntry {
        registers,
        shared_bytes: 16_384,
        local_bytes: 0,
        blocks_per_sm: 6,
        theoretical: 0.75,
        limited_by: "registers".to_owned(),
        waves: 3.2,
        tail: 0.06,
    }
}

fn metrics(place: usize, mean: f64) -> Vec<MetricEntry> {
    let time = MetricEntry {
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        count: SAMPLES * PROCESSES as usize,
        void: 0,
        mean: Some(mean),
        interval: Some(Range {
            low: mean * 0.995,
            high: mean * 1.005,
        }),
        median: Some(mean * 0.999),
        p5: Some(mean * 0.98),
        p95: Some(mean * 1.03),
        p99: Some(mean * 1.06),
        min: Some(mean * 0.97),
        max: Some(mean * 1.3),
        processes: PROCESSES as usize,
        bytes_per_second: Some(2.9e12 * (0.3 + 0.7 * noise(place + 7))),
        flops_per_second: (!place.is_multiple_of(3))
            .then(|| 5e13 * 10f64.powf(-2.5 * noise(place + 9))),
        items_per_second: Some(1e9),
        ceiling_fraction: Some(0.3 + 0.65 * noise(place + 7)),
        ceiling: Some("read".to_owned()),
        intensity: (!place.is_multiple_of(3)).then(|| 10f64.powf(3.0 * noise(place + 11) - 1.0)),
    };
    let energy = MetricEntry {
        metric: "energy".to_owned(),
        unit: Unit::Joules,
        mean: Some(mean * 5e-7),
        interval: None,
        bytes_per_second: None,
        flops_per_second: None,
        ceiling_fraction: None,
        ceiling: None,
        intensity: None,
        ..time.clone()
    };
    vec![time, energy]
}

fn judgement(place: usize, verdict: Verdict, mean: f64) -> JudgementEntry {
    let estimate = match verdict {
        Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept | Verdict::Suspect => {
            0.02 + 0.1 * noise(place)
        }
        Verdict::Improved => -0.05 - 0.1 * noise(place),
        _ => 0.004 * (noise(place) - 0.5),
    };
    let interval = Range {
        low: estimate - 0.006,
        high: estimate + 0.006,
    };
    let money = |share: f64| 4_000.0 * share;
    JudgementEntry {
        acknowledged: None,
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        verdict,
        headline: verdict.name().to_owned(),
        base_mean: Some(mean / (1.0 + estimate)),
        mean: Some(mean),
        change: Some(ChangeEntry {
            estimate,
            interval,
            p: 0.0005,
        }),
        bound: (verdict == Verdict::Unchanged).then_some(0.004),
        reasons: vec!["the change is larger than the noise of 5 runs".to_owned()],
        month: (place % 40 == 15).then(|| MonthEntry {
            estimate: money(estimate),
            interval: Range {
                low: money(interval.low),
                high: money(interval.high),
            },
            volume: "2e6 / day".to_owned(),
        }),
        accepted: None,
        expected: false,
    }
}

fn processes(place: usize, mean: f64) -> Vec<ProcessEntry> {
    let sample = |process: u32, at: usize| {
        let noise = noise(place * 1_000 + process as usize * SAMPLES + at);
        mean * (0.985 + 0.02 * noise + if noise > 0.98 { 0.2 * noise } else { 0.0 })
    };
    let process = |process: u32| ProcessEntry {
        run: None,
        process,
        samples: (0..SAMPLES).map(|at| sample(process, at)).collect(),
        void: (process == 2)
            .then(|| VoidEntry {
                index: 5,
                value: mean * 1.02,
                why: "the SM clock fell".to_owned(),
            })
            .into_iter()
            .collect(),
        middle: mean * (0.994 + 0.004 * f64::from(process) / 5.0),
        clock_mhz: Some(1980.0),
    };
    (0..PROCESSES).map(process).collect()
}

fn base_processes(place: usize, mean: f64) -> Vec<ProcessEntry> {
    let middle = |run: u32, process: u32| ProcessEntry {
        run: Some(format!("202611{:02}T021500Z-base", 20 + run)),
        process,
        samples: Vec::new(),
        void: Vec::new(),
        middle: mean * (0.985 + 0.01 * noise(place + (run * 5 + process) as usize)),
        clock_mhz: None,
    };
    (0..5)
        .flat_map(|run| (0..PROCESSES).map(move |process| middle(run, process)))
        .collect()
}

fn series(place: usize, mean: f64) -> SeriesEntry {
    let night = |night: usize| NightEntry {
        started: format!(
            "2026-{:02}-{:02}T02:15:00Z",
            10 + night / 25,
            1 + night % 25
        ),
        commit: Some(format!("{night:040x}")),
        value: mean * (0.97 + if night >= 20 { 0.03 } else { 0.0 } + 0.004 * noise(place + night)),
    };
    SeriesEntry {
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        nights: (0..30).map(night).collect(),
        steps: vec![StepEntry {
            first_after: 20,
            change: 0.031,
            worse: true,
            status: "established".to_owned(),
            near: "between 13 and 14".to_owned(),
        }],
    }
}
