//! JUnit XML for CI servers: a test case for each judgement, by the rules that `docs/reference/report.md` tells.
//!
//! The schema (`junit-10.xsd`, Jenkins' xunit plugin) gives test cases no properties; their figures stand in `system-out`.

use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite, XmlString,
};

use super::document::{CaseEntry, Document, JudgementEntry, MetricEntry, Range};
use super::text;
use crate::verdict::Verdict;

/// `document` as JUnit XML.
///
/// Fails only where the XML can't be written, which no text of a document brings about.
pub fn junit(document: &Document) -> Result<String, SerializeError> {
    let mut suite = TestSuite::new(xml(&document.suite));
    describe(&mut suite, document);
    for case in &document.cases {
        suite.add_test_cases(test_cases(document, case));
    }
    let elapsed = document.cases.iter().filter_map(|case| case.elapsed_s);
    suite.set_time(seconds(elapsed.sum()));
    let mut report = Report::new("warpmark");
    report.time = suite.time;
    report.add_test_suite(suite);
    report.to_string()
}

/// Text that XML 1.0 can hold: what it forbids is spelled out or replaced.
fn xml(given: &str) -> XmlString {
    XmlString::new(text::harmless(given).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

/// A duration of so many seconds; what is none counts as nothing.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// What holds for the whole run: when and where it was, and what it was compared with.
fn describe(suite: &mut TestSuite, document: &Document) {
    let started = xml(&document.started);
    suite.extra.insert(xml("timestamp"), started);
    let known = [
        ("warpmark", Some(&document.warpmark)),
        ("run", Some(&document.run)),
        ("device", Some(&document.device)),
        ("environment", Some(&document.environment_line)),
        ("environment-key", Some(&document.environment_key)),
        ("commit", document.commit.as_ref()),
        ("base", document.base.as_ref()),
        ("record", document.record.as_ref()),
        ("reproduce", Some(&document.reproduce)),
    ];
    for (name, value) in known {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            suite.add_property((xml(name), xml(value)));
        }
    }
    for label in &document.labels {
        suite.add_property((xml(&format!("label {}", label.name)), xml(&label.text)));
    }
}

/// A test case for each judgement; one for a case without. The first has the time that measuring took.
fn test_cases(document: &Document, case: &CaseEntry) -> Vec<TestCase> {
    let mut all: Vec<TestCase> = case
        .judgements
        .iter()
        .map(|judgement| judged(case, judgement))
        .collect();
    if all.is_empty() {
        let mut alone = TestCase::new(xml(&case.id), by_outcome(case));
        let figures = case.metrics.iter().flat_map(figures);
        say(&mut alone, case, figures);
        all.push(alone);
    }
    for (place, test) in all.iter_mut().enumerate() {
        test.set_classname(xml(&format!("{}.{}", document.suite, case.workload)));
        let elapsed = case.elapsed_s.filter(|_| place == 0);
        test.set_time(seconds(elapsed.unwrap_or_default()));
    }
    all
}

fn judged(case: &CaseEntry, judgement: &JudgementEntry) -> TestCase {
    let mut status = by_verdict(judgement);
    status.set_type(judgement.verdict.name());
    let reasons = reasons(case, judgement);
    let first = reasons.first().and_then(|reason| reason.lines().next());
    let message = first.map_or_else(
        || judgement.headline.clone(),
        |reason| format!("{}: {reason}", judgement.headline),
    );
    status.set_message(xml(&message));
    status.set_description(xml(&reasons.join("\n")));
    let mut test = TestCase::new(xml(&case.label(&judgement.metric)), status);
    let mut metrics = case.metrics.iter();
    let metric = metrics.find(|metric| metric.metric == judgement.metric);
    let figures = metric.map(figures).unwrap_or_default();
    let figures = figures.into_iter().chain(compared(judgement));
    say(&mut test, case, figures);
    test
}

/// What is said of a judgement: its reasons, and why the case failed or could not run.
fn reasons<'a>(case: &'a CaseEntry, judgement: &'a JudgementEntry) -> Vec<&'a str> {
    let why = case.why.iter();
    let why = why.filter(|why| !judgement.reasons.contains(why));
    let all = judgement.reasons.iter().chain(why).chain(&case.detail);
    all.map(String::as_str).collect()
}

/// The figures of a comparison, a line each.
fn compared(judgement: &JudgementEntry) -> impl Iterator<Item = String> {
    let (metric, unit) = (&judgement.metric, judgement.unit.name());
    let base = judgement.base_mean;
    let base = base.map(|mean| format!("{metric} base mean = {mean} {unit}"));
    let change = judgement.change.map(|change| {
        let (change, Range { low, high }) = (change.estimate, change.interval);
        format!("change = {change}, 99 % interval {low} to {high}")
    });
    base.into_iter().chain(change)
}

/// How a verdict counts: like the program's exit code, what is neither pass nor fail is skipped.
fn by_verdict(judgement: &JudgementEntry) -> TestCaseStatus {
    match judgement.verdict {
        Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Regressed | Verdict::RegressedSpread | Verdict::Crept | Verdict::Suspect => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::Missing if !judgement.expected => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Verdict::Missing | Verdict::Incomparable | Verdict::Inconclusive | Verdict::Unsupported => {
            TestCaseStatus::skipped()
        }
        Verdict::Improved | Verdict::New | Verdict::Unchanged => TestCaseStatus::success(),
    }
}

/// How a case without a judgement counts.
fn by_outcome(case: &CaseEntry) -> TestCaseStatus {
    let mut status = match case.outcome {
        "measured" => return TestCaseStatus::success(),
        "failed" => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ => TestCaseStatus::skipped(),
    };
    let why = case.why.as_deref().unwrap_or(case.outcome);
    status.set_type(case.outcome);
    status.set_message(xml(why));
    if let Some(detail) = &case.detail {
        status.set_description(xml(detail));
    }
    status
}

/// The figures of a metric, a line each, in base units.
fn figures(metric: &MetricEntry) -> Vec<String> {
    let name = &metric.metric;
    let unit = metric.unit.name();
    let mut lines = Vec::new();
    if let Some(mean) = metric.mean {
        let interval = metric
            .interval
            .map(|Range { low, high }| format!(", 99 % interval {low} to {high}"));
        lines.push(format!(
            "{name} mean = {mean} {unit}{}",
            interval.unwrap_or_default()
        ));
    }
    let of = [("median", metric.median), ("p95", metric.p95)];
    let of = of
        .iter()
        .filter_map(|(what, value)| Some((what, (*value)?)));
    lines.extend(of.map(|(what, value)| format!("{name} {what} = {value} {unit}")));
    if metric.count + metric.void > 0 {
        lines.push(format!(
            "{name} samples = {} in {} processes, {} void",
            metric.count, metric.processes, metric.void
        ));
    }
    lines
}

/// Puts figures, remarks and the place of the case into the test case's output.
fn say(test: &mut TestCase, case: &CaseEntry, figures: impl IntoIterator<Item = String>) {
    let nondeterministic = case
        .nondeterministic
        .then(|| "nondeterministic: the output differs between processes".to_owned());
    let place = case.place.as_ref();
    let place = place.map(|place| format!("workload at {}:{}", place.file, place.line));
    let lines: Vec<String> = figures
        .into_iter()
        .chain(nondeterministic)
        .chain(case.notes.iter().cloned())
        .chain(place)
        .collect();
    if !lines.is_empty() {
        test.set_system_out(xml(&lines.join("\n")));
    }
}
