use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::record::{Better, Unit};
use crate::report::document::{
    AcknowledgedEntry, Bound, CaseEntry, ChangeEntry, CodeEntry, CostEntry, FactEntry, GoalEntry,
    JudgementEntry, LabelEntry, MetricEntry, MonthEntry, OccupancyEntry, PriceEntry, Range,
};
use crate::verdict::Verdict;

mod parsed;

use parsed::{Parsed, parse};

/// What others may write into a name, a reason, a note.
const HOSTILE: [&str; 38] = [
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
fn case(id: &str, verdict: Verdict, word: &str) -> CaseEntry {
    let metric = MetricEntry {
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
        bound: None,
        reasons: vec![word.to_owned()],
        month: None,
        accepted: None,
    };
    let failed = verdict == Verdict::Failed;
    CaseEntry {
        id: id.to_owned(),
        workload: "copy".to_owned(),
        tags: Vec::new(),
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
        acknowledged: None,
        remarks: Vec::new(),
        notes: Vec::new(),
    }
}

fn document(cases: Vec<CaseEntry>) -> Document {
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

fn render(document: &Document) -> Parsed {
    let text = markdown(document).expect("the template is right");
    parse(&text)
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
fn rich() -> Document {
    let mut cases = vec![
        case("copy/n=1", Verdict::Unchanged, "no change"),
        case("scan/n=1", Verdict::Improved, "faster"),
        case("sort/n=1", Verdict::Failed, "wrote past args[2]"),
        case("fft/n=1", Verdict::Crept, "crept"),
        case("triad/n=1", Verdict::Regressed, "known"),
        case("triad/n=2", Verdict::Regressed, "slower"),
        case("hist/n=1", Verdict::Inconclusive, "too noisy"),
    ];
    cases[4].acknowledged = Some(AcknowledgedEntry {
        until: "2027-01-31".to_owned(),
        ticket: Some("https://tickets.example/12".to_owned()),
        reason: "new layout".to_owned(),
        over: false,
    });
    cases[5].judgements[0].month = Some(MonthEntry {
        estimate: 1234.0,
        interval: Range {
            low: 900.0,
            high: 1600.0,
        },
        volume: "2e6 / day".to_owned(),
    });
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
        bound: Some(0.007),
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

#[test]
fn a_comment_shows_everything_in_its_order() {
    let text = markdown(&rich()).expect("the template is right");
    parse(&text);
    insta::assert_snapshot!("everything", text);
}

#[test]
fn a_run_alone_shows_its_measurements_first() {
    let mut document = rich();
    document.base = None;
    document.verdicts.clear();
    document.measured = 6;
    document.failed = 1;
    for case in &mut document.cases {
        (case.verdict, case.code.changed) = (None, None);
        case.judgements.clear();
    }
    let text = markdown(&document).expect("the template is right");
    parse(&text);
    insta::assert_snapshot!("run_alone", text);
}

#[test]
fn nothing_is_a_comment_too() {
    let text = markdown(&Document::default()).expect("the template is right");
    parse(&text);
    assert!(text.contains(": 0 measured"), "{text}");
}

#[test]
fn the_verdict_is_in_the_heading() {
    use Verdict::{Improved, Incomparable, Inconclusive, New, Regressed, Suspect, Unchanged};
    let table: [(&[Verdict], &str); 7] = [
        (
            &[Suspect, Regressed, Unchanged, Regressed],
            "2 regressed, 1 suspect",
        ),
        (&[Unchanged, Improved], "nothing got worse"),
        (
            &[Unchanged, Inconclusive],
            "nothing got worse for sure, 1 inconclusive",
        ),
        (
            &[Incomparable, Inconclusive],
            "1 inconclusive, 1 incomparable",
        ),
        (&[New], "nothing was compared"),
        (&[], "nothing was compared"),
        (&[Improved], "nothing got worse"),
    ];
    for (verdicts, expected) in table {
        let cases = verdicts.iter().map(|verdict| case("a", *verdict, "b"));
        let text = markdown(&document(cases.collect())).expect("the template is right");
        let heading = format!("## memory on cuda:0: {expected}\n");
        assert!(text.contains(&heading), "{expected}: {text}");
    }
}

/// A document with `word` wherever others can write.
fn written_by_others(word: &str) -> Document {
    let mut document = rich();
    for case in &mut document.cases {
        case.id = word.to_owned();
        case.why = Some(word.to_owned());
        case.detail = Some(word.to_owned());
        case.notes = vec![word.to_owned()];
        for judgement in &mut case.judgements {
            judgement.headline = word.to_owned();
            judgement.reasons = vec![word.to_owned()];
        }
        if let Some(known) = &mut case.acknowledged {
            known.reason = word.to_owned();
            known.ticket = Some(word.to_owned());
        }
    }
    for goal in &mut document.goals {
        goal.name = word.to_owned();
        goal.case = Some(word.to_owned());
        goal.owner = Some(word.to_owned());
        goal.why = Some(word.to_owned());
    }
    for fact in &mut document.environment {
        (fact.fact, fact.value) = (word.to_owned(), Some(word.to_owned()));
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

#[test]
fn what_others_write_is_text_and_nothing_else() {
    for word in HOSTILE {
        let parsed = render(&written_by_others(word));
        let name = limit::name(word);
        let names = parsed.first_cells.iter();
        assert!(
            names.filter(|cell| cell.trim() == name.trim()).count() >= 10,
            "{word:?}: {:?}",
            parsed.first_cells
        );
        let note = limit::text(word);
        let is_there = |item: &String| item.trim() == note.trim();
        assert!(
            parsed.items.iter().any(is_there),
            "{word:?}: {:?}",
            parsed.items
        );
        let block = crate::report::text::harmless(word);
        assert!(
            parsed
                .blocks
                .iter()
                .any(|code| code.trim_end() == block.trim_end()),
            "{word:?}: {:?}",
            parsed.blocks
        );
    }
}

#[test]
fn hostile_words_look_harmless() {
    let documents = HOSTILE
        .iter()
        .map(|word| document(vec![case(word, Verdict::Regressed, word)]));
    let tables = documents.map(|document| {
        let text = markdown(&document).expect("the template is right");
        let rows = text
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains("100.0 us"));
        let reasons = text.lines().filter(|line| line.starts_with("  - "));
        let lines: Vec<&str> = rows.take(1).chain(reasons).collect();
        lines.join("\n")
    });
    insta::assert_snapshot!("hostile", tables.collect::<Vec<_>>().join("\n"));
}

/// 5,000 cases of which the first `regressed` got worse.
fn many(regressed: usize) -> Document {
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

#[test]
fn five_thousand_cases_name_every_regression_or_how_many_are_left_out() {
    for regressed in [0, 1, 300, 400, 3_000, 5_000] {
        let document = many(regressed);
        let text = markdown(&document).expect("the template is right");
        parse(&text);
        assert!(
            text.len() > LONGEST * 9 / 10,
            "{regressed}: the room is used: {}",
            text.len()
        );
        let named = text
            .lines()
            .filter(|line| line.contains("**regressed** |"))
            .count();
        assert!(named == regressed || named > 300, "{regressed}: {named}");
        let left_out = regressed - named;
        let told = format!("and {left_out} more regressed, in the record of run");
        assert_eq!(text.contains(&told), left_out > 0, "{regressed}: {named}");
        // While regressions are left out, nothing else takes their room.
        if left_out > 0 {
            assert!(!text.contains("unchanged |") && !text.contains("\n  - reason"));
        }
    }
}

#[test]
fn long_names_and_details_are_cut_and_say_so() {
    let name = |end: &str| format!("copy/text={}{end}", "x".repeat(10_000));
    let mut document = document(vec![
        case(&name("1"), Verdict::Regressed, &"y".repeat(10_000)),
        case(&name("2"), Verdict::Failed, &"z ".repeat(100_000)),
    ]);
    document.reproduce = "r".repeat(10_000);
    let text = markdown(&document).expect("the template is right");
    parse(&text);
    assert!(text.len() < 10_000, "{}", text.len());
    assert!(text.contains("`copy/text=xxx") && text.contains("xxx1`") && text.contains("\u{2026}"));
    assert!(text.contains("[196000 characters left out here]"), "{text}");
}

#[test]
fn a_template_of_ones_own_is_cut_by_the_same_rule() {
    let document = many(3_000);
    let template =
        "{{suite}}: {{#each comment.changed.shown}}{{code name}} {{/each}}{{comment.changed.more}}";
    let text = markdown_by("t.hbs", template, &document).expect("right");
    assert!(
        text.len() <= LONGEST && text.contains("more regressed"),
        "{}",
        text.len()
    );
    // What a template shows beside the comment is its own affair.
    let all = "{{#each cases}}{{code id}} {{/each}}";
    let text = markdown_by("t.hbs", all, &document).expect("right");
    assert!(text.len() > LONGEST && text.contains("case=4999"));
    let error = markdown_by("t.hbs", "{{comment.headnig}}", &document).expect_err("no such field");
    let error = error.render(false);
    assert!(error.contains("did you mean `comment.heading`?"), "{error}");
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    proptest::sample::select(Verdict::ALL.to_vec())
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[a-z/=0-9]{1,60}",
        "[`|\\\\<>&@#*_ \n-]{0,20}",
        proptest::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        ("[😀ü|`<]", 1_usize..3_000).prop_map(|(unit, count)| unit.repeat(count)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is said, and however much of it: a comment is short enough, its tables have all their cells, nothing
    /// in it is an element or a link, and no regression goes without being named or counted.
    #[test]
    fn a_comment_is_whole(
        kinds in proptest::collection::vec((words(), verdicts(), words()), 0..12),
        copies in 1_usize..60,
        word in words(),
        is_compared in any::<bool>(),
    ) {
        let cases = (0..copies).flat_map(|_| &kinds);
        let cases: Vec<CaseEntry> = cases.map(|(id, verdict, word)| case(id, *verdict, word)).collect();
        let regressed = cases.iter().filter(|c| c.verdict == Some(Verdict::Regressed)).count();
        let mut whole = written_by_others(&word);
        whole.verdicts = document(cases.clone()).verdicts;
        whole.cases = cases;
        if !is_compared {
            whole.base = None;
        }
        let text = markdown(&whole).expect("the template is right");
        parse(&text);
        let comment = head::comment(&whole);
        prop_assert_eq!(text.lines().next(), Some(comment.marker.as_str()));
        let named = text.lines().filter(|line| line.ends_with("**regressed** |")).count();
        let told = (named < regressed).then(|| format!("and {} more regressed", regressed - named));
        prop_assert!(told.is_none_or(|told| text.contains(&told)), "{} of {}", named, regressed);
    }
}
