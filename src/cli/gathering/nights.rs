//! The last nights of each case's own metric, with their steps, the report's own run last.

use std::collections::HashMap;

use super::super::comparing::Operand;
use super::super::history::machines::Machine;
use super::super::history::telling::{self, Near};
use super::super::{Exit, Fault, baseline as verb};
use super::Results;
use crate::baseline::{self, Between, Commits, Measured, NightRun, Source};
use crate::report::document::{Document, NightEntry, SeriesEntry, StepEntry};
use crate::report::{MachineView, NightView, SeriesView};
use crate::store::Record;
use crate::verdict::PolicyError;
use crate::verdict::history::{ALARM, Course, establish};

/// The most nights that a report shows.
const NIGHTS: usize = 60;
/// Commits that are named near a step.
const NAMED: usize = 3;

/// Gives the cases of `document` their series, from the base where it is a baseline, else from the work tree's.
pub fn take(
    document: &mut Document,
    record: &Record,
    results: &Results,
    base: Option<&Operand>,
) -> Result<(), Fault> {
    let here;
    let source = if let Some(Operand::Baselines(source)) = base {
        source
    } else {
        here = Source::Folder(verb::folder(None));
        &here
    };
    let Some(machine) = machine(record, results, source)? else {
        return Ok(());
    };
    let mut series = of_machine(machine, document, record)?;
    for case in &mut document.cases {
        case.series = series.remove(case.id.as_str());
    }
    Ok(())
}

/// The nights of the record's machine, its own run among them; none where no other is known.
fn machine(record: &Record, results: &Results, source: &Source) -> Result<Option<Machine>, Fault> {
    let header = &record.header;
    let key = &header.environment.key;
    let reviewed = baseline::load(source, &header.suite)?;
    let Some(reviewed) = reviewed.into_iter().find(|reviewed| reviewed.key == *key) else {
        return Ok(None);
    };
    let mut runs = baseline::night_runs(source, &reviewed, None, &header.renamed)?;
    // What was measured after the run says nothing of it.
    runs.retain(|run| run.started < header.started && run.id != header.id);
    if runs.is_empty() {
        return Ok(None);
    }
    let measured = Measured::of_results(record, results.values().flatten().cloned());
    let method = header.versions.method.clone();
    runs.push(NightRun::of(measured.run, method, &header.renamed));
    let mut nights = baseline::nights(runs);
    nights.drain(..nights.len().saturating_sub(NIGHTS));
    Ok(Some(Machine {
        device: reviewed.device,
        key: reviewed.key,
        nights,
    }))
}

/// The series of the document's cases by id.
fn of_machine(
    machine: Machine,
    document: &Document,
    record: &Record,
) -> Result<HashMap<String, SeriesEntry>, Fault> {
    let wrong = |error: PolicyError| Fault::new(Exit::Input, error.to_string());
    let own: HashMap<&str, &str> = document
        .cases
        .iter()
        .filter_map(|case| Some((case.id.as_str(), case.metrics.first()?.metric.as_str())))
        .collect();
    let mut series = baseline::series(&machine.nights, |id| own.contains_key(id.as_str()));
    series.retain(|series| own.get(series.case.as_str()) == Some(&series.metric.as_str()));
    let mut courses: Vec<Course> = telling::courses_of(&machine, &series, ALARM).map_err(wrong)?;
    let rate = crate::verdict::false_discovery_rate(&record.header.compare).map_err(wrong)?;
    establish(&mut courses, rate);
    let commits = Commits::around(&record.folder)?;
    let mut near = Near::of(commits.as_ref());
    let view: MachineView = telling::machine_view(machine, series, &courses, &mut near)?;
    let nights = view.nights;
    let entries = view.series.into_iter();
    Ok(entries
        .map(|series| (series.case.to_string(), entry(series, &nights)))
        .collect())
}

fn entry(series: SeriesView, nights: &[NightView]) -> SeriesEntry {
    let values = series.nights.iter().zip(&series.values);
    let shown = values.filter_map(|(index, value)| {
        let night = nights.get(*index)?;
        Some(NightEntry {
            started: night.started.to_string(),
            commit: night.commit.clone(),
            value: *value,
        })
    });
    let steps = series.steps.iter().map(|step| StepEntry {
        first_after: series
            .nights
            .partition_point(|night| *night < step.first_after),
        change: step.change,
        worse: step.worse,
        status: step.status.to_owned(),
        near: in_words(&step.near),
    });
    SeriesEntry {
        steps: steps.collect(),
        nights: shown.collect(),
        metric: series.metric,
        unit: series.unit,
    }
}

/// What was committed at a step: `3 commits: 6ee6219f1bb1 A subject; ...`.
fn in_words(near: &Between) -> String {
    match near {
        Between::Same => "no commit: both nights measured the same one".to_owned(),
        Between::Unknown { reason } => reason.clone(),
        Between::Commits { commits, .. } if commits.is_empty() => {
            "no commit outside of baselines".to_owned()
        }
        Between::Commits { commits, .. } => {
            let named = commits.iter().take(NAMED).map(|commit| {
                let short = commit.id.get(..12).unwrap_or(&commit.id);
                format!("{short} {}", commit.subject)
            });
            let mut named: Vec<String> = named.collect();
            if commits.len() > NAMED {
                named.push(format!("and {} more", commits.len() - NAMED));
            }
            named.join("; ")
        }
    }
}
