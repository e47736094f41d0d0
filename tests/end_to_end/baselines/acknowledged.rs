//! Known slowdowns: `warpmark ack`, and what becomes of them.

mod refused;

use std::fs;

use serde_json::Value;

use super::Repository;
use super::anchors::{creeping, nightly};
use crate::generated::{Case, Run, three_cases};

/// An acknowledgement of `case`, to the end of a year that no test sees.
pub fn ack<'a>(case: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["ack", case, "--until", "2999-12-31"];
    words.extend(["--ticket", "https://example.com/7"]);
    words.extend(["--reason", "the new allocator"]);
    words.extend(more);
    words
}

const COMPARE: [&str; 3] = ["compare", "--against", "baselines"];

/// The three cases, the second `factor` times as long.
fn slower(factor: f64) -> Vec<Case> {
    let mut cases = three_cases();
    cases[1] = cases[1].clone().times(factor);
    cases
}

/// A repository with a committed baseline of four runs, and a newer run whose second case is 3 % slower.
pub fn with_slowdown() -> Repository {
    let repository = Repository::new();
    for minute in 0..4 {
        repository.record(Run::new(minute, three_cases()));
    }
    repository.said(&["baseline", "save"], 0);
    repository.commit("Baseline");
    repository.record(Run::new(10, slower(1.03)));
    repository
}

/// The same, and the slowdown is acknowledged.
fn with_known_slowdown() -> Repository {
    let repository = with_slowdown();
    repository.said(&COMPARE, 20);
    repository.said(&ack("triad/n=1024", &[]), 0);
    repository
}

/// The lines of the reviewed file that acknowledge something.
fn known(repository: &Repository) -> Vec<String> {
    let text = fs::read_to_string(repository.reviewed()).expect("written");
    let lines = text.lines().filter(|line| line.starts_with("acknowledged"));
    lines.map(str::to_owned).collect()
}

/// The judgement of the second case.
fn judged(repository: &Repository, code: i32) -> Value {
    let text = repository.said(&[&COMPARE[..], &["--json"]].concat(), code);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    all["judgements"][1].clone()
}

/// Replaces a text of the reviewed file.
fn edit(repository: &Repository, from: &str, to: &str) {
    let path = repository.reviewed();
    let text = fs::read_to_string(&path).expect("written");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn a_known_slowdown_fails_nothing_and_is_shown() {
    let repository = with_slowdown();
    repository.said(&COMPARE, 20);
    let before = fs::read_to_string(repository.reviewed()).expect("written");
    let dry = repository.said(&ack("triad/n=1024", &["--dry-run"]), 0);
    assert!(dry.contains("would be written to"), "{dry}");
    let same = fs::read_to_string(repository.reviewed()).expect("written");
    assert_eq!(same, before);

    let said = repository.said(&ack("triad/n=1024", &["--by", "kernels"]), 0);
    insta::assert_snapshot!("acknowledged", said);
    insta::assert_snapshot!("acknowledged_line", known(&repository).join("\n"));
    let after = fs::read_to_string(repository.reviewed()).expect("written");
    let old: Vec<&str> = before.lines().collect();
    let new = after.lines().filter(|line| !old.contains(line));
    assert_eq!(new.count(), 1, "one line of one case");

    insta::assert_snapshot!("acknowledged_compare", repository.said(&COMPARE, 0));
    let found = judged(&repository, 0);
    assert_eq!(found["verdict"], "regressed", "it stays what it is");
    let known = &found["acknowledged"];
    assert_eq!(known["standing"], "quiet");
    assert_eq!(known["until"], "2999-12-31");
    assert_eq!(known["ticket"], "https://example.com/7");
    assert_eq!(known["by"], "kernels");
    // The report of the run that the repository has is the same.
    repository.commit("Acknowledged");
    repository.said(&["compare", "--against", "HEAD"], 0);
    repository.said(&["compare", "--against", "HEAD~1"], 20);
}

#[test]
fn every_format_shows_it() {
    let repository = with_known_slowdown();
    let report = |format: &str| {
        let words = ["report", "latest", "--against", "baselines", "--format"];
        repository.said(&[&words[..], &[format]].concat(), 0)
    };
    let text = "the new allocator, https://example.com/7";
    for format in ["human", "json", "markdown"] {
        let said = repository.said(&[&COMPARE[..], &["--format", format]].concat(), 0);
        // Markdown escapes what would become a link.
        let said = said.replace('\\', "");
        assert!(said.contains("the new allocator"), "{format}: {said}");
        assert!(said.contains("example.com"), "{format}: {said}");
        assert!(said.contains("regressed"), "{format}: {said}");
    }
    let comment = report("markdown");
    for shown in ["regressed, acknowledged", "the new allocator", "2999-12-31"] {
        assert!(comment.replace('\\', "").contains(shown), "{comment}");
    }
    let heading = comment.lines().find(|line| line.starts_with("## "));
    let heading = heading.expect("a heading");
    assert!(
        heading.ends_with("nothing got worse, 1 acknowledged"),
        "{heading}"
    );
    assert!(!comment.contains("| **regressed"), "{comment}");
    let page = report("html");
    assert!(page.contains(text), "{page}");
    assert!(
        page.contains("Nothing: no case failed, regressed or is suspect"),
        "{page}"
    );
    let junit = report("junit");
    assert!(junit.contains("failures=\"0\""), "{junit}");
    assert!(junit.contains("type=\"regressed\""), "{junit}");
    assert!(
        junit.contains("message=\"regressed, acknowledged: +3.0"),
        "{junit}"
    );
    assert!(junit.contains(text), "{junit}");
    let csv = report("csv");
    let row = csv.lines().find(|row| row.contains("triad/n=1024,"));
    let row = row.expect("the case");
    let head = csv.lines().next().expect("a first line");
    assert!(head.ends_with(",acknowledged"), "{head}");
    let github = report("github");
    assert!(!github.contains("::error"), "{github}");
    assert!(github.contains("::notice"), "{github}");
    assert!(
        row.contains(",regressed,") && row.ends_with(&format!("{text}\"")),
        "{row}"
    );
    let document: Value = serde_json::from_str(&report("json")).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    let case = cases.iter().find(|case| case["id"] == "triad/n=1024");
    let known = &case.expect("the case")["judgements"][0]["acknowledged"];
    assert_eq!(known["standing"], "quiet");
    assert_eq!(known["reason"], "the new allocator");
    assert!(known["at_most"].as_f64().is_some_and(|share| share > 0.03));
}

#[test]
fn hostile_words_break_no_format() {
    let repository = with_slowdown();
    let hostile = "=1+1 <script>alert(1)</script> | `x` {{y}} \"q\" ]]>";
    let mut words = ack("triad/n=1024", &[]);
    let place = words.iter().position(|word| *word == "the new allocator");
    words[place.expect("the reason")] = hostile;
    repository.said(&words, 0);
    let list = repository.said(&["ack", "--list"], 0);
    assert!(
        list.contains(hostile),
        "it is read as it was written: {list}"
    );
    let markdown = repository.said(&[&COMPARE[..], &["--format", "markdown"]].concat(), 0);
    let report = |format: &str| {
        let words = ["report", "latest", "--against", "baselines", "--format"];
        repository.said(&[&words[..], &[format]].concat(), 0)
    };
    let junit = report("junit");
    for text in [&markdown, &junit] {
        assert!(!text.contains("<script>"), "{text}");
    }
    let csv = report("csv");
    let row = csv.lines().find(|row| row.contains("triad/n=1024,"));
    let quoted = hostile.replace('"', "\"\"");
    assert!(row.is_some_and(|row| row.contains(&quoted)), "{csv}");
}

#[test]
fn what_gets_clearly_worse_than_known_fails_again() {
    let repository = with_known_slowdown();
    repository.record(Run::new(11, slower(1.033)));
    assert_eq!(judged(&repository, 0)["acknowledged"]["standing"], "quiet");
    repository.record(Run::new(12, slower(1.06)));
    assert_eq!(
        judged(&repository, 20)["acknowledged"]["standing"],
        "exceeded"
    );
    let said = repository.said(&COMPARE, 20);
    assert!(said.contains("surely worse than the 4."), "{said}");
    assert!(!said.contains("regressed, acknowledged"), "{said}");
    let words = [
        "report",
        "latest",
        "--against",
        "baselines",
        "--format",
        "junit",
    ];
    let junit = repository.said(&words, 20);
    assert!(junit.contains("failures=\"1\""), "{junit}");
    // Said anew, it is quiet again.
    repository.said(&ack("triad/n=1024", &[]), 0);
    repository.said(&COMPARE, 0);
    assert_eq!(known(&repository).len(), 1);
}

#[test]
fn other_cases_and_failures_still_fail() {
    let repository = with_known_slowdown();
    let mut cases = slower(1.03);
    cases[0] = cases[0].clone().times(1.05);
    repository.record(Run::new(11, cases));
    repository.said(&COMPARE, 20);
    let mut cases = slower(1.03);
    cases[1] = cases[1].clone().failed("wrong output");
    repository.record(Run::new(12, cases));
    let found = judged(&repository, 10);
    assert_eq!(found["verdict"], "failed");
    assert_eq!(found.get("acknowledged"), None);
}

#[test]
fn after_its_day_it_fails_and_says_so() {
    let repository = with_known_slowdown();
    edit(&repository, "2999-12-31", "2020-01-31");
    let said = repository.said(&COMPARE, 20);
    let over = "it was acknowledged until 2020-01-31, which is over: the new allocator, https://example.com/7";
    assert!(said.contains(over), "{said}");
    assert_eq!(judged(&repository, 20)["acknowledged"]["standing"], "over");
    let list = repository.said(&["ack", "--list"], 0);
    assert!(list.contains("which is over"), "{list}");
    let dry = repository.said(&["baseline", "prune", "--dry-run"], 0);
    let pruned = repository.said(&["baseline", "prune"], 0);
    assert_eq!(dry.replace("would drop", "dropped"), pruned);
    let gone = "dropped the acknowledgement of triad/n=1024, which is over, of ";
    assert!(pruned.starts_with(gone), "{pruned}");
    assert_eq!(known(&repository), [""; 0]);
}

#[test]
fn a_crept_case_is_acknowledged_too() {
    let repository = nightly(27);
    repository.record(Run::new(0, creeping(27)).on_day(28));
    repository.said(&COMPARE, 25);
    repository.said(&ack("triad/*", &[]), 0);
    assert_eq!(known(&repository).len(), 1, "of those that are slower");
    let said = repository.said(&COMPARE, 0);
    let crept = "crept (+0.9741 % since 2026-03-04), acknowledged";
    assert!(said.contains(crept), "{said}");
    // Anchors that move take it with them: it was said of the old ones.
    let moved = repository.said(&["baseline", "anchor", "triad/n=1024"], 0);
    let gone = "dropped the acknowledgement of triad/n=1024: its anchor moved\n";
    assert!(moved.contains(gone), "{moved}");
    assert_eq!(known(&repository), [""; 0]);
}

#[test]
fn it_is_listed_and_taken_away() {
    let repository = with_known_slowdown();
    let list = repository.said(&["ack", "--list"], 0);
    insta::assert_snapshot!("acknowledged_list", list);
    let json = repository.said(&["ack", "--list", "--json"], 0);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["done"], "listed");
    assert_eq!(json["acknowledgements"][0]["case"], "triad/n=1024");
    assert_eq!(json["acknowledgements"][0]["over"], false);
    let other = repository.said(&["ack", "--list", "copy/*"], 0);
    assert_eq!(other, "nothing is acknowledged\n");
    let show = repository.said(&["baseline", "show"], 0);
    assert!(
        show.contains("triad/n=1024: acknowledged up to 4."),
        "{show}"
    );

    repository.said(&["ack", "copy/*", "--remove"], 4);
    repository.said(&["ack", "triad/*", "--metric", "tokens", "--remove"], 4);
    let removed = repository.said(&["ack", "triad/*", "--remove", "--metric", "time"], 0);
    assert!(removed.contains("taken out of baselines/"), "{removed}");
    assert_eq!(known(&repository), [""; 0]);
    repository.said(&COMPARE, 20);
}

#[test]
fn a_save_keeps_it_until_the_case_is_mended() {
    let repository = with_known_slowdown();
    let line = known(&repository);
    let saved = repository.said(&["baseline", "save"], 0);
    assert!(!saved.contains("dropped"), "{saved}");
    assert_eq!(known(&repository), line, "still slower");
    repository.record(Run::new(11, slower(1.0)));
    let saved = repository.said(&["baseline", "save", "--json"], 0);
    let saved: Value = serde_json::from_str(&saved).expect("JSON");
    assert_eq!(saved["unacknowledged"], serde_json::json!(["triad/n=1024"]));
    assert_eq!(known(&repository), [""; 0]);
}

#[test]
fn what_is_accepted_is_no_longer_only_acknowledged() {
    let repository = with_known_slowdown();
    let words = ["baseline", "save", "--accept", "triad/n=1024", "--reason"];
    let saved = repository.said(&[&words[..], &["it is meant"]].concat(), 0);
    let gone = "dropped the acknowledgement of triad/n=1024: it is accepted now, or measured in another way\n";
    assert!(saved.contains(gone), "{saved}");
    assert_eq!(known(&repository), [""; 0]);
}

#[test]
fn a_slowdown_to_come_is_acknowledged_by_its_size() {
    let repository = Repository::new();
    let with_tokens = |tokens: f64| {
        let mut cases = three_cases();
        for case in &mut cases {
            case.tokens = Some(tokens);
        }
        cases
    };
    for minute in 0..4 {
        repository.record(Run::new(minute, with_tokens(1000.0)));
    }
    repository.said(&["baseline", "save"], 0);
    repository.record(Run::new(10, with_tokens(960.0)));
    repository.said(&COMPARE, 20);
    let size = ["--at-most", "5%", "--metric", "tokens"];
    let said = repository.said(&ack("n=1024", &size), 0);
    assert!(
        said.starts_with("copy/n=1024 tokens: acknowledged up to 5.000 %"),
        "{said}"
    );
    assert_eq!(known(&repository).len(), 2);
    repository.said(&COMPARE, 20);
    repository.said(&ack("*", &size), 0);
    repository.said(&COMPARE, 0);
    // 8 % fewer tokens are more than that.
    repository.record(Run::new(11, with_tokens(920.0)));
    repository.said(&COMPARE, 20);
    // Without a metric it is the time.
    repository.said(&["ack", "*", "--remove"], 0);
    repository.said(&ack("*", &["--at-most", "0.05"]), 0);
    let lines = known(&repository);
    assert_eq!(lines.len(), 3);
    let of_time = |line: &String| line.starts_with("acknowledged.time = ");
    assert!(lines.iter().all(of_time), "{lines:?}");
}
