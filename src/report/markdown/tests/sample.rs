//! Documents that tests make comments of.

use std::collections::BTreeMap;

use super::super::Document;
use crate::record::{Better, Unit};
use crate::report::document::{
    Bound, CaseEntry, ChangeEntry, CodeEntry, CostEntry, FactEntry, GoalEntry, JudgementEntry,
    LabelEntry, MetricEntry, MonthEntry, OccupancyEntry, PriceEntry, Range, RemarkEntry,
};
use crate::verdict::Verdict;

/// What others may write into a name, a reason, a note.
pub(super) const HOSTILE: [&str; 38] = [
    "<script>alert(1)</script>",
    "a|b",
    "|",
    "a\\|b",
    "\\",
    "`x`",
    "``` ``",
    "```\nrm -rf\n```",
    "~~~",
    "@everyone",
    "(@everyone)",
    "#123",
    "org/repo#1",
    "GH-7",
    "429ebfd5c2aebc7debe32347cb7b19869fa4dd29",
    "https://a.example/?b=c",
    "www.a.example",
    "someone@a.example",
    "[a](javascript:alert(1))",
    "![a](http://a.example/b.png)",
    "-->",
    "<!--",
    "</details>",
    "=cmd|' /C calc'!A0",
    "\u{202e}fdp.exe\u{2066}",
    "\u{1}\u{1b}[31mred\u{7f}",
    "# heading",
    "- item",
    "1. item",
    "---",
    "===",
    "    indented",
    "a\n\nb\r\nc",
    "$x$ :tada: ~~a~~ **b** _c_",
    "&lt;b&gt; &#64;",
    "| --- | --- |",
    "שלום עולם مرحبا",
    " ",
];

/// A case that was compared, called `id`, whose words are all `word`.
pub(super) fn case(id: &str, verdict: Verdict, word: &str) -> CaseEntry {
    let metric = MetricEntry {
        processes: 5,
        min: Some(1.0),
        max: Some(2.0),
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        count: 100,
        void: 0,
        mean: Some(1.02e5),
        interval: Some(Range {
            low: 1e5,
            high: 1.04e5,
        }),
        median: Some(1.02e5),
        p5: Some(1e5),
        p95: Some(1.05e5),
        p99: None,
        bytes_per_second: Some(1e12),
        flops_per_second: None,
        items_per_second: None,
        ceiling_fraction: Some(0.8),
        ceiling: Some("read".to_owned()),
        intensity: None,
    };
    let judgement = JudgementEntry {
        expected: false,
        metric: "time".to_owned(),
        unit: Unit::Nanoseconds,
        better: Better::Lower,
        verdict,
        headline: verdict.to_string(),
        base_mean: Some(1e5),
        mean: Some(1.02e5),
        change: Some(ChangeEntry {
            estimate: 0.02,
            interval: Range {
                low: 0.01,
                high: 0.03,
            },
            p: 0.001,
        }),
        bound: (verdict == Verdict::Unchanged).then_some(0.007),
        reasons: vec![word.to_owned()],
        month: None,
        accepted: None,
        acknowledged: None,
    };
    let failed = verdict == Verdict::Failed;
    CaseEntry {
        elapsed_s: Some(1.0),
        id: id.to_owned(),
        workload: "copy".to_owned(),
        tags: Vec::new(),
        note: None,
        place: None,
        outcome: if failed { "failed" } else { "measured" },
        verdict: Some(verdict),
        why: failed.then(|| word.to_owned()),
        detail: failed.then(|| word.to_owned()),
        nondeterministic: false,
        digest: None,
        code: CodeEntry::default(),
        occupancy: None,
        base_occupancy: None,
        metrics: vec![metric],
        judgements: vec![judgement],
        processes: Vec::new(),
        base_processes: Vec::new(),
        series: None,
        cost: None,
        token_cost: None,
        remarks: Vec::new(),
        notes: Vec::new(),
    }
}

pub(super) fn document(cases: Vec<CaseEntry>) -> Document {
    let mut verdicts = BTreeMap::new();
    for verdict in cases.iter().filter_map(|case| case.verdict) {
        *verdicts.entry(verdict).or_default() += 1;
    }
    Document {
        suite: "memory".to_owned(),
        device: "cuda:0".to_owned(),
        run: "20261122T100057.003Z-3fa2".to_owned(),
        environment_line: "NVIDIA H100, driver 580, observed clocks".to_owned(),
        base: Some("origin/main (3 runs)".to_owned()),
        reproduce: "warpmark run suites/memory.toml && warpmark report latest".to_owned(),
        verdicts,
        cases,
        ..Document::default()
    }
}

fn occupancy(registers: u32, local_bytes: u64) -> OccupancyEntry {
    OccupancyEntry {
        registers,
        shared_bytes: 2048,
        local_bytes,
        blocks_per_sm: 4,
        theoretical: 0.5,
        limited_by: "registers".to_owned(),
        waves: 2.0,
        tail: 0.0,
    }
}

/// A document that has something in every part.
pub(super) fn rich() -> Document {
    let mut cases = vec![
        case("copy/n=1", Verdict::Unchanged, "no change"),
        case("scan/n=1", Verdict::Improved, "faster"),
        case("sort/n=1", Verdict::Failed, "wrote past args[2]"),
        case("fft/n=1", Verdict::Crept, "crept"),
        case("triad/n=1", Verdict::Regressed, "slower"),
        case("triad/n=2", Verdict::Regressed, "slower"),
        case("hist/n=1", Verdict::Inconclusive, "too noisy"),
    ];
    cases[5].judgements[0].month = Some(MonthEntry {
        estimate: 1234.0,
        interval: Range {
            low: 900.0,
            high: 1600.0,
        },
        volume: "2e6 / day".to_owned(),
    });
    cases[5].remarks = vec![RemarkEntry {
        text: "spills since the unrolling".to_owned(),
        author: Some("kernels".to_owned()),
        at: "2026-11-22T11:00:00Z".to_owned(),
        attachments: Vec::new(),
    }];
    cases[5].cost = Some(CostEntry {
        per_item: Some(4e-8),
        per_million_items: Some(0.04),
        per_million_interval: None,
        joules_per_item: None,
        items_per_second: None,
        item: "items".to_owned(),
    });
    cases[5].code.changed = Some(true);
    cases[5].occupancy = Some(occupancy(48, 16));
    cases[5].base_occupancy = Some(occupancy(40, 0));
    let goal = |name: &str, status| GoalEntry {
        name: name.to_owned(),
        status,
        case: Some("triad/n=2".to_owned()),
        metric: "ceiling-fraction".to_owned(),
        value: Some("80 %".to_owned()),
        interval: Some("79 % to 81 %".to_owned()),
        bounds: vec![Bound {
            side: "at-least",
            value: "90 %".to_owned(),
        }],
        headroom: Some(-0.1),
        why: None,
        owner: Some("kernels".to_owned()),
        kpi: None,
        due: Some("2027-03-01".to_owned()),
    };
    let label = |name, text: &str| LabelEntry {
        name,
        text: text.to_owned(),
    };
    Document {
        commit: Some("0123456789abcdef".to_owned()),
        clean: Some(false),
        labels: vec![
            label("quick", "--quick"),
            label("clocks-not-pinned", "clocks not pinned"),
        ],
        price: Some(PriceEntry {
            currency: "USD".to_owned(),
            gpu_hour: 2.99,
            energy_kwh: None,
            source: Some("list price".to_owned()),
            date: Some("2026-11-01".to_owned()),
            inputs: "GPU share 1, PUE 1".to_owned(),
            terms: "2.99 USD a GPU hour (list price, 2026-11-01), GPU share 1, PUE 1".to_owned(),
        }),
        goals: vec![goal("near the ceiling", "missed"), goal("cheap", "met")],
        environment: vec![FactEntry {
            fact: "driver".to_owned(),
            comparability: true,
            value: Some("590".to_owned()),
            base: Some("580".to_owned()),
            differs: true,
        }],
        uncovered: vec!["kernels/extra.cu".to_owned(), "kernels/more.cu".to_owned()],
        machine_moved: vec!["cuda: +1.200 % by 3 sentinels".to_owned()],
        notes: vec!["a note".to_owned()],
        ..document(cases)
    }
}

/// A document with `word` wherever others can write.
pub(super) fn written_by_others(word: &str) -> Document {
    let mut document = rich();
    for case in &mut document.cases {
        case.id = word.to_owned();
        case.why = Some(word.to_owned());
        case.detail = Some(word.to_owned());
        case.notes = vec![word.to_owned()];
        for remark in &mut case.remarks {
            (remark.text, remark.author) = (word.to_owned(), Some(word.to_owned()));
        }
        for judgement in &mut case.judgements {
            judgement.headline = word.to_owned();
            judgement.reasons = vec![word.to_owned()];
        }
    }
    for goal in &mut document.goals {
        goal.name = word.to_owned();
        goal.case = Some(word.to_owned());
        goal.owner = Some(word.to_owned());
        goal.why = Some(word.to_owned());
        goal.kpi = Some(word.to_owned());
    }
    for fact in &mut document.environment {
        (fact.fact, fact.value) = (word.to_owned(), Some(word.to_owned()));
        fact.base = Some(word.to_owned());
    }
    if let Some(price) = &mut document.price {
        price.terms = word.to_owned();
    }
    let all = || vec![word.to_owned()];
    (document.notes, document.uncovered, document.machine_moved) = (all(), all(), all());
    document.labels = vec![LabelEntry {
        name: "overrides",
        text: word.to_owned(),
    }];
    (document.suite, document.device) = (word.to_owned(), word.to_owned());
    (document.base, document.reproduce) = (Some(word.to_owned()), word.to_owned());
    document.environment_line = word.to_owned();
    document
}

/// 5,000 cases of which the first `regressed` got worse.
pub(super) fn many(regressed: usize) -> Document {
    let verdict = |place: usize| match place {
        place if place < regressed => Verdict::Regressed,
        place if place % 3 == 0 => Verdict::Inconclusive,
        _ => Verdict::Unchanged,
    };
    let id = |place: usize| format!("triad/n=1048576/block=256/unroll=4/case={place}");
    let cases =
        (0..5_000).map(|place| case(&id(place), verdict(place), &format!("reason {place}")));
    document(cases.collect())
}
