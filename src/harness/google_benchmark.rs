//! Google Benchmark's JSON: every benchmark a case, every repetition a sample, every file a process.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{CaseReading, Found, HarnessError, Reading, json, naming};
use crate::id::{AxisValue, Name};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    context: serde_json::Map<String, Value>,
    benchmarks: Vec<Measurement>,
}

#[derive(Deserialize)]
struct Measurement {
    name: String,
    run_name: Option<String>,
    #[serde(default)]
    run_type: String,
    aggregate_name: Option<String>,
    real_time: Option<f64>,
    time_unit: Option<String>,
    #[serde(default)]
    error_occurred: bool,
    error_message: Option<String>,
    #[serde(default)]
    skipped: bool,
    skip_message: Option<String>,
}

pub(super) fn read(path: &Path) -> Result<Reading, HarnessError> {
    let file: File = json::read(path)?;
    let mut reading = Reading::default();
    for (fact, key) in [
        ("cpus", "num_cpus"),
        ("google-benchmark-build", "library_build_type"),
        ("google-benchmark", "library_version"),
    ] {
        let known = file.context.get(key);
        known.map(|value| reading.comparability.insert(fact.to_owned(), value.clone()));
    }
    for key in ["host_name", "executable", "load_avg", "mhz_per_cpu", "date"] {
        let known = file.context.get(key);
        known.map(|value| reading.context.insert(key.to_owned(), value.clone()));
    }
    let date = file.context.get("date").and_then(Value::as_str);
    reading.started = date.and_then(|date| date.parse().ok());
    for run in &file.benchmarks {
        take(path, &mut reading.cases, run)?;
    }
    Ok(reading)
}

/// Adds one run to its case; aggregates count only where their case has no repetitions.
fn take(path: &Path, cases: &mut Vec<CaseReading>, run: &Measurement) -> Result<(), HarnessError> {
    let name = run.run_name.as_deref().unwrap_or(&run.name);
    let (workload, axes) = split(name);
    let found = if run.error_occurred || run.skipped {
        let why = run.error_message.as_ref().or(run.skip_message.as_ref());
        Found::Failed(
            why.cloned()
                .unwrap_or_else(|| "an error occurred".to_owned()),
        )
    } else if run.run_type == "aggregate" && run.aggregate_name.as_deref() != Some("mean") {
        return Ok(());
    } else {
        let Some(time) = run.real_time else {
            return Ok(()); // a complexity, no time
        };
        let ns = time * nanoseconds(path, run.time_unit.as_deref())?;
        if run.run_type == "aggregate" {
            Found::Mean(ns)
        } else {
            Found::Samples(vec![vec![ns]])
        }
    };
    let known = cases
        .iter_mut()
        .find(|case| case.workload == workload && case.axes == axes);
    match (known.map(|case| &mut case.found), found) {
        (None, found) => cases.push(CaseReading {
            workload,
            axes,
            found,
        }),
        (Some(Found::Samples(all)), Found::Samples(more)) => {
            if let Some(process) = all.first_mut() {
                process.extend(more.into_iter().flatten());
            }
        }
        (Some(known), failed @ (Found::Failed(_) | Found::Skipped(_))) => *known = failed,
        (Some(_), _) => {}
    }
    Ok(())
}

fn nanoseconds(path: &Path, unit: Option<&str>) -> Result<f64, HarnessError> {
    match unit {
        None | Some("ns") => Ok(1.0),
        Some("us") => Ok(1e3),
        Some("ms") => Ok(1e6),
        Some("s") => Ok(1e9),
        Some(other) => Err(HarnessError::Content {
            path: path.to_owned(),
            what: format!("the time unit {other:?} is not known"),
        }),
    }
}

/// `BM_copy/size:1024/8/threads:4` is BM_copy at size=1024, 1=8 and threads=4; an argument without a name is called
/// by its place, from 0.
fn split(name: &str) -> (Name, Vec<(Name, AxisValue)>) {
    let mut parts = name.split('/');
    let (workload, mut axes) = naming::workload(parts.next().unwrap_or_default());
    for (place, part) in parts.enumerate() {
        let (axis, value) = match part.split_once(':') {
            Some((axis, value)) => (axis.to_owned(), naming::parsed(value)),
            None if part.parse::<i64>().is_ok() => (place.to_string(), naming::parsed(part)),
            None => (
                "variant".to_owned() + &place.to_string(),
                naming::text(part),
            ),
        };
        axes.push((naming::plain(&axis), value));
    }
    (workload, axes)
}
