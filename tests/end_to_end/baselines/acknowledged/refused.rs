//! What can't be acknowledged, and what a file can't say.

use super::{COMPARE, Repository, ack, edit, known, with_slowdown};
use crate::generated::{Run, three_cases};

/// What `words` are told, with the code they end with.
fn told(repository: &Repository, words: &[&str], code: i32) -> String {
    format!("{}\n{}", words.join(" "), repository.said(words, code))
}

#[test]
fn what_can_not_be_acknowledged_is_said() {
    let repository = with_slowdown();
    let all = [
        told(&repository, &ack("triad/n=1025", &[]), 4),
        told(&repository, &ack("copy/n=1024", &[]), 4),
        told(&repository, &ack("copy/*", &["--metric", "tokens"]), 4),
        told(
            &repository,
            &ack("*", &["--metric", "tokens", "--at-most", "5%"]),
            4,
        ),
        told(&repository, &ack("tag:nightly", &["--at-most", "5%"]), 4),
        told(
            &repository,
            &ack("*", &["--at-most", "5%", "--key", "0123abcd"]),
            3,
        ),
        told(&repository, &ack("*", &["--key", "0123abcd"]), 2),
        told(&repository, &["ack", "triad/n=1024", "--remove"], 4),
        told(&repository, &["ack", "--list", "--suite", "compute"], 3),
    ];
    insta::assert_snapshot!("refused", all.join("\n"));
    assert_eq!(known(&repository), [""; 0]);
    repository.said(&COMPARE, 20);
}

#[test]
fn what_the_command_line_lacks_is_said() {
    let repository = with_slowdown();
    let case = "triad/n=1024";
    let ticket = ["--ticket", "https://example.com/7"];
    let until = ["--until", "2999-12-31"];
    let reason = ["--reason", "why"];
    let words =
        |parts: &[&[&'static str]]| [&["ack", "triad/n=1024"][..], &parts.concat()].concat();
    for (given, expected) in [
        (words(&[&ticket, &until]), "--reason <TEXT>"),
        (words(&[&ticket, &reason]), "--until <YYYY-MM-DD>"),
        (words(&[&until, &reason]), "--ticket <URL>"),
        (vec!["ack"], "<CASE>"),
        (
            words(&[&ticket, &until, &["--reason", " "]]),
            "say it, in a few words",
        ),
        (
            words(&[&ticket, &reason, &["--until", "2020-01-31"]]),
            "that day is over: give one from today on, ",
        ),
        (
            words(&[&ticket, &reason, &["--until", "2027-02-30"]]),
            "write a day as year, month and day: 2027-01-31",
        ),
        (
            words(&[&ticket, &reason, &until, &["--at-most", "0%"]]),
            "a share is 5% or 0.05",
        ),
        (
            words(&[
                &ticket,
                &reason,
                &until,
                &["--at-most", "5%", "--run", "latest"],
            ]),
            "cannot be used with",
        ),
        (words(&[&["--remove", "--list"]]), "cannot be used with"),
    ] {
        let said = repository.said(&given, 2);
        assert!(said.contains(expected), "{given:?}: {said}");
    }
    assert_eq!(known(&repository), [""; 0], "{case}");
}

#[test]
fn a_failure_is_never_acknowledged() {
    let repository = with_slowdown();
    let mut cases = three_cases();
    cases[1] = cases[1].clone().failed("wrong output");
    repository.record(Run::new(11, cases));
    let said = repository.said(&ack("triad/n=1024", &[]), 4);
    assert!(
        said.contains("failed in the run") && said.contains("only a slowdown can be acknowledged"),
        "{said}"
    );
    repository.said(&COMPARE, 10);
}

#[test]
fn without_a_baseline_there_is_nothing_to_acknowledge() {
    let repository = Repository::new();
    repository.record(Run::new(0, three_cases()));
    repository.said(&ack("*", &["--at-most", "5%"]), 3);
    repository.said(&["ack", "--list"], 3);
    let said = repository.said(&ack("*", &[]), 4);
    assert!(said.contains("no baseline of the suite memory"), "{said}");
}

#[test]
fn what_a_file_can_not_say_has_line_and_caret() {
    let mut all = Vec::new();
    for (from, to) in [
        ("\"2999-12-31\"", "\"2999-02-31\""),
        ("at-most = 0.0", "at-most = -0.0"),
        ("\"the new allocator\"", "\" \""),
        ("ticket = ", "tickets = "),
    ] {
        let repository = with_slowdown();
        repository.said(&ack("triad/n=1024", &[]), 0);
        edit(&repository, from, to);
        all.push(repository.said(&COMPARE, 3));
    }
    insta::assert_snapshot!("broken", all.join("\n"));
}
