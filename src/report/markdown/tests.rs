use proptest::prelude::*;

use super::*;
use crate::record::Better;
use crate::report::document::CaseEntry;
use crate::verdict::Verdict;

mod parsed;
mod sample;

use parsed::{Parsed, parse};
use sample::{HOSTILE, case, document, many, rich, written_by_others};

fn render(document: &Document) -> Parsed {
    let text = markdown(document).expect("the template is right");
    parse(&text)
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
fn ten_thousand_characters_anywhere_stay_text() {
    for unit in [
        "x", "|", "`", "a\n", "\u{202e}", "ü😀", "@a ", "<b>", "#1 ", "\\",
    ] {
        let word = unit.repeat(10_000 / unit.chars().count());
        let parsed = render(&written_by_others(&word));
        let name = limit::name(&word);
        let named = parsed
            .first_cells
            .iter()
            .filter(|cell| cell.trim() == name.trim());
        // Wide characters leave room for what changed, and not for all measurements.
        assert!(named.count() > 5, "{unit}: {:?}", parsed.first_cells);
    }
}

#[test]
fn a_price_stands_where_there_is_money_alone() {
    let shows = |document: &Document| {
        let text = markdown(document).expect("the template is right");
        text.contains("costs: 2.99 USD a GPU hour")
    };
    let mut without = rich();
    for case in &mut without.cases {
        (case.cost, case.token_cost, case.judgements[0].month) = (None, None, None);
    }
    assert!(shows(&rich()) && !shows(&without));
    let mut of_goal = without.clone();
    of_goal.goals[0].metric = "cost-per-item".to_owned();
    assert!(shows(&of_goal));
    let month = rich().cases[5].judgements[0].month.clone();
    for (case, shown) in [(0, false), (1, true), (6, false)] {
        let mut one = without.clone();
        one.cases[case].judgements[0].month.clone_from(&month);
        assert_eq!(shows(&one), shown, "{}", one.cases[case].id);
        let text = markdown(&one).expect("the template is right");
        assert_eq!(text.contains("+1234 USD"), shown);
    }
}

#[test]
fn the_bound_is_that_of_the_widest_unchanged_case_as_its_metric_changes() {
    let mut document = rich();
    let mut said = |better, bound| {
        let judgement = &mut document.cases[0].judgements[0];
        (judgement.better, judgement.bound) = (better, bound);
        let text = markdown(&document).expect("the template is right");
        let line = text.lines().find(|line| line.starts_with("What is called"));
        line.map(str::to_owned)
    };
    let table = [
        (Better::Lower, Some(0.25), Some("at most 25.00 % worse")),
        (Better::Higher, Some(0.25), Some("at most 20.00 % worse")),
        (Better::Lower, Some(-0.01), Some("not worse at all")),
        (Better::Lower, None, None),
    ];
    for (better, bound, expected) in table {
        let found = said(better, bound);
        let is_as_expected = match (&found, expected) {
            (Some(found), Some(expected)) => found.contains(expected),
            (found, expected) => found.is_none() && expected.is_none(),
        };
        assert!(is_as_expected, "{bound:?}: {found:?}");
    }
}

#[test]
fn a_command_line_that_is_too_long_says_where_it_is() {
    let mut document = rich();
    document.reproduce = format!("warpmark run {}", "-f a ".repeat(2_000));
    let parsed = render(&document);
    let told = |block: &String| block.contains("`reproduce` of `warpmark report --format json`");
    assert!(parsed.blocks.iter().any(told), "{:?}", parsed.blocks);
}

#[test]
fn what_is_longer_than_it_looks_is_cut_too() {
    let quotes = "`".repeat(4_000);
    let wide = "\u{202e}<".repeat(2_000);
    for word in [quotes, wide] {
        let failed = (0..200).map(|place| case(&format!("{word}{place}"), Verdict::Failed, &word));
        let mut document = document(failed.collect());
        parse(&markdown(&document).expect("the template is right"));
        document.base = None;
        parse(&markdown(&document).expect("the template is right"));
    }
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
