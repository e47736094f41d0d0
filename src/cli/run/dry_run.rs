//! `--dry-run`: the cases, and how long they will take.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::progress::span;
use super::subject::Subject;
use crate::cli::format::ReportArgs;
use crate::cli::{Exit, output};
use crate::id::CaseId;
use crate::plan::Case;
use crate::report;
use crate::store::{self, Record, StoreError};
use crate::telemetry;

/// The format of the JSON.
const FORMAT: u32 = 1;

/// What a run would do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Prediction {
    format: u32,
    suite: String,
    device: String,
    processes: u32,
    /// The run that the times come from, where there is one.
    record: Option<String>,
    /// The sum over the cases, in nanoseconds.
    predicted_ns: f64,
    cases: Vec<PredictedCase>,
}

/// What it would do with a case.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PredictedCase {
    id: String,
    processes: u32,
    samples: u32,
    /// In all processes, with everything around the samples, in nanoseconds.
    predicted_ns: f64,
    from: Source,
}

/// Where a prediction comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    /// The last record: what it took there.
    Record,
    /// The budget, which is more than most cases take.
    Budget,
}

/// What a case takes in a process, in nanoseconds.
type Times = HashMap<CaseId, f64>;

/// Prints what a run of `subjects` would do.
pub fn show(subjects: &[Subject], report: ReportArgs) -> anyhow::Result<Exit> {
    let mut text = String::new();
    for subject in subjects {
        let prediction = predict(subject);
        match report.chosen() {
            report::Format::Json => {
                let _ = writeln!(text, "{}", serde_json::to_string_pretty(&prediction)?);
            }
            report::Format::Human { .. } | report::Format::Markdown => {
                human(&mut text, &prediction);
            }
        }
    }
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn predict(subject: &Subject) -> Prediction {
    // A prediction is a help: where the last record can't be read, there is none to learn from.
    let (record, times) = last_times(subject).ok().flatten().unzip();
    let times = times.unwrap_or_default();
    let cases: Vec<_> = subject
        .plan
        .cases
        .iter()
        .map(|case| predict_case(case, &times))
        .collect();
    Prediction {
        format: FORMAT,
        suite: subject.suite.name.to_string(),
        device: subject.selector.to_string(),
        processes: crate::engine::process_count(&subject.plan),
        record,
        predicted_ns: cases.iter().map(|case| case.predicted_ns).sum(),
        cases,
    }
}

fn predict_case(case: &Case, times: &Times) -> PredictedCase {
    let repetition = &case.repetition;
    let processes = f64::from(repetition.processes);
    let (each, from) = if let Some(time) = times.get(&case.id) {
        (*time, Source::Record)
    } else {
        let window = repetition.window().map(telemetry::usual_window);
        let most = repetition.budget.saturating_add(window.unwrap_or_default());
        (most.as_secs_f64() * 1e9, Source::Budget)
    };
    PredictedCase {
        id: case.id.to_string(),
        processes: repetition.processes,
        samples: repetition.samples,
        predicted_ns: each * processes,
        from,
    }
}

/// The suite's last run on this device, and what each case took in a process of it, in nanoseconds.
fn last_times(subject: &Subject) -> Result<Option<(String, Times)>, StoreError> {
    let root = store::root_for(&subject.path);
    let device = subject.selector.to_string();
    for folder in store::runs_of(&root, Some(&subject.suite.name))?
        .iter()
        .rev()
    {
        let Ok(record) = Record::open(folder) else {
            continue;
        };
        if record.header.device != device || record.ends.is_empty() {
            continue;
        }
        let mut sums: HashMap<CaseId, (f64, f64)> = HashMap::new();
        record.each_case(|result| {
            let sum = sums.entry(result.case).or_default();
            *sum = (sum.0 + result.elapsed_ns, sum.1 + 1.0);
        })?;
        let means = sums.into_iter().map(|(id, (sum, count))| (id, sum / count));
        return Ok(Some((record.header.id.clone(), means.collect())));
    }
    Ok(None)
}

fn human(text: &mut String, prediction: &Prediction) {
    let Prediction {
        suite,
        device,
        cases,
        processes,
        ..
    } = prediction;
    let _ = writeln!(
        text,
        "{suite} on {device}: {} cases, {processes} processes",
        cases.len()
    );
    let width = cases
        .iter()
        .map(|case| case.id.chars().count())
        .max()
        .unwrap_or(0);
    for case in cases {
        let repetition = format!("{} x {}", case.processes, case.samples);
        let time = time(case.predicted_ns, case.from);
        let _ = writeln!(text, "  {:width$}  {repetition:>10}  {time}", case.id);
    }
    let bounded = cases
        .iter()
        .filter(|case| case.from == Source::Budget)
        .count();
    let total = span(Duration::from_secs_f64(prediction.predicted_ns * 1e-9));
    let source = match (&prediction.record, bounded) {
        (Some(record), 0) => format!("about {total}, as in the run {record}"),
        (Some(record), _) => format!(
            "at most about {total}: as in the run {record}, and the budgets of {bounded} cases that it lacks"
        ),
        (None, _) => {
            format!("at most about {total}, the sum of the budgets; no earlier run tells more")
        }
    };
    let _ = writeln!(text, "predicted: {source}");
}

fn time(ns: f64, from: Source) -> String {
    let time = span(Duration::from_secs_f64(ns * 1e-9));
    match from {
        Source::Record => format!("about {time}"),
        Source::Budget => format!("at most about {time}"),
    }
}
