//! A document as JUnit XML, for servers that show tests: a judgement each is a test case.

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::document::{CaseEntry, Document, JudgementEntry};
use crate::verdict::Verdict;

/// How a judgement or an outcome ends as a test.
enum Ending {
    Success,
    Failure,
    Error,
    Skipped,
}

/// `document` as JUnit XML. Regressed, crept, suspect and missing cases are failures, failed ones errors; what is
/// inconclusive, incomparable, unsupported or was not measured is skipped, with the reason.
///
/// Fails only where the XML can't be written, which no text of a document brings about.
pub fn junit(document: &Document) -> Result<String, SerializeError> {
    let mut suite = TestSuite::new(document.suite.as_str());
    for case in &document.cases {
        suite.add_test_cases(tests(case));
    }
    let mut report = Report::new(format!("warpmark {}", document.run));
    report.add_test_suite(suite);
    report.to_string()
}

/// The tests of a case: its judgements, or its outcome where it has none.
fn tests(case: &CaseEntry) -> Vec<TestCase> {
    if case.judgements.is_empty() {
        let ending = match case.outcome {
            "measured" => Ending::Success,
            "failed" => Ending::Error,
            "missing" => Ending::Failure,
            _ => Ending::Skipped,
        };
        let why = case.why.clone().unwrap_or_else(|| case.outcome.to_owned());
        return vec![test(case, "time", &ending, case.outcome, &why)];
    }
    case.judgements
        .iter()
        .map(|found| judged(case, found))
        .collect()
}

fn judged(case: &CaseEntry, judgement: &JudgementEntry) -> TestCase {
    let ending = match judgement.verdict {
        Verdict::Regressed
        | Verdict::RegressedSpread
        | Verdict::Crept
        | Verdict::Suspect
        | Verdict::Missing => Ending::Failure,
        Verdict::Failed => Ending::Error,
        Verdict::Inconclusive | Verdict::Incomparable | Verdict::Unsupported => Ending::Skipped,
        Verdict::Improved | Verdict::New | Verdict::Unchanged => Ending::Success,
    };
    let message = match judgement.reasons.first() {
        Some(reason) => format!("{}: {reason}", judgement.headline),
        None => judgement.headline.clone(),
    };
    test(
        case,
        &judgement.metric,
        &ending,
        judgement.verdict.name(),
        &message,
    )
}

fn test(case: &CaseEntry, metric: &str, ending: &Ending, kind: &str, message: &str) -> TestCase {
    let mut status = match ending {
        Ending::Success => TestCaseStatus::success(),
        Ending::Failure => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Ending::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Ending::Skipped => TestCaseStatus::skipped(),
    };
    if !matches!(ending, Ending::Success) {
        status.set_type(kind).set_message(message);
        status.set_description(described(case, metric));
    }
    let name = if metric == "time" {
        case.id.clone()
    } else {
        format!("{} {metric}", case.id)
    };
    let mut test = TestCase::new(name, status);
    test.set_classname(case.workload.as_str());
    test
}

/// Everything that is said of a case's metric, a line each.
fn described(case: &CaseEntry, metric: &str) -> String {
    let own = case
        .judgements
        .iter()
        .filter(|found| found.metric == metric);
    let mut lines: Vec<String> = own.flat_map(|found| found.reasons.clone()).collect();
    lines.extend(case.why.clone());
    lines.extend(case.detail.clone());
    lines.extend(
        case.place
            .as_ref()
            .map(|place| format!("{}:{}", place.file, place.line)),
    );
    lines.join("\n")
}
