//! JUnit XML of a report: a test case for each metric that was judged, so that a build server shows verdicts as tests.
//!
//! The dialect is that of Jenkins and GitLab: <https://github.com/testmoapp/junitxml>. `docs/reference/report.md` says
//! which verdict becomes what.

use quick_junit::{
    NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::document::{AcknowledgedEntry, CaseEntry, Document, JudgementEntry};
use crate::verdict::Verdict;

/// The report as JUnit XML.
pub fn junit(document: &Document) -> Result<String, SerializeError> {
    let mut suite = TestSuite::new(allowed(&document.suite));
    for (name, value) in properties(document) {
        suite.add_property(Property::new(name, allowed(&value)));
    }
    for case in &document.cases {
        suite.add_test_cases(tests(&document.suite, case));
    }
    let mut report = Report::new("warpmark");
    report.add_test_suite(suite);
    report.to_string()
}

/// What a reader needs beside the verdicts.
fn properties(document: &Document) -> Vec<(&'static str, String)> {
    let known = [
        ("run", Some(document.run.clone())),
        ("started", Some(document.started.clone())),
        ("device", Some(document.device.clone())),
        ("environment", Some(document.environment_line.clone())),
        ("commit", document.commit.clone()),
        ("base", document.base.clone()),
        ("reproduce", Some(document.reproduce.clone())),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// The tests of a case: one for each judgement; one where nothing was judged.
fn tests(suite: &str, case: &CaseEntry) -> Vec<TestCase> {
    let test = |name: &str, status| {
        let mut test = TestCase::new(allowed(name), status);
        test.set_classname(allowed(&format!("{suite}.{}", case.workload)));
        if let Some(place) = &case.place {
            let extra = [
                ("file", allowed(&place.file)),
                ("line", place.line.to_string()),
            ];
            let extra = extra.map(|(key, value)| (key.into(), value.into()));
            test.extra.extend(extra);
        }
        test
    };
    if case.judgements.is_empty() {
        return vec![test(&case.id, of_outcome(case))];
    }
    let judgements = case.judgements.iter();
    judgements
        .map(|judgement| {
            let name = format!("{} [{}]", case.id, judgement.metric);
            test(&name, of_verdict(case, judgement))
        })
        .collect()
}

/// What a case without a judgement ended with.
fn of_outcome(case: &CaseEntry) -> TestCaseStatus {
    let why = case.why.as_deref();
    let detail = case.detail.as_deref().unwrap_or_default();
    match case.outcome {
        "failed" => error(why.unwrap_or("it failed"), detail),
        "missing" => failure(case.outcome, why.unwrap_or("only the base has it"), ""),
        "measured" => TestCaseStatus::success(),
        outcome => skipped(outcome, why.unwrap_or("it wasn't measured")),
    }
}

fn of_verdict(case: &CaseEntry, judgement: &JudgementEntry) -> TestCaseStatus {
    let name = judgement.verdict.name();
    let headline = judgement.headline.as_str();
    let reasons = judgement.reasons.join("\n");
    match judgement.verdict {
        Verdict::Failed => error(
            case.why.as_deref().unwrap_or(headline),
            case.detail.as_deref().unwrap_or(&reasons),
        ),
        Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept | Verdict::Suspect => {
            match case.acknowledged.as_ref().filter(|known| !known.over) {
                Some(known) => skipped(name, &acknowledged(headline, known)),
                None => failure(name, headline, &reasons),
            }
        }
        Verdict::Missing => failure(name, headline, &reasons),
        Verdict::Inconclusive | Verdict::Incomparable | Verdict::Unsupported => {
            let first = judgement.reasons.first();
            let why = first.or(case.why.as_ref());
            let why = why.map_or_else(|| headline.to_owned(), |why| format!("{headline}: {why}"));
            skipped(name, &why)
        }
        Verdict::Improved | Verdict::New | Verdict::Unchanged => TestCaseStatus::success(),
    }
}

/// Why an acknowledged regression is quiet: `regressed (+2 %): acknowledged until 2026-12-01: a new driver (GPU-12)`.
pub(super) fn acknowledged(headline: &str, known: &AcknowledgedEntry) -> String {
    let ticket = known.ticket.as_ref();
    let ticket = ticket.map_or_else(String::new, |ticket| format!(" ({ticket})"));
    let (until, reason) = (&known.until, &known.reason);
    format!("{headline}: acknowledged until {until}: {reason}{ticket}")
}

fn error(message: &str, detail: &str) -> TestCaseStatus {
    not_passed(NonSuccessKind::Error, "failed", message, detail)
}

fn failure(kind: &str, message: &str, detail: &str) -> TestCaseStatus {
    not_passed(NonSuccessKind::Failure, kind, message, detail)
}

fn not_passed(kind: NonSuccessKind, name: &str, message: &str, detail: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(allowed(message));
    if !detail.is_empty() {
        status.set_description(allowed(detail));
    }
    status
}

fn skipped(kind: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind).set_message(allowed(message));
    status
}

/// `text` without control characters, of which XML 1.0 forbids most (<https://www.w3.org/TR/xml/#charsets>): a tab or
/// a carriage return is a space, another is U+FFFD. Line ends stay.
fn allowed(text: &str) -> String {
    let replaced = |c: char| match c {
        '\n' => c,
        '\t' | '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(replaced).collect()
}
