//! hyperfine's JSON: every command a case, every run a process of its own with one sample.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{CaseReading, Found, HarnessError, Reading, json, naming};

#[derive(Deserialize)]
struct File {
    results: Vec<Timed>,
}

#[derive(Deserialize)]
struct Timed {
    command: String,
    mean: Option<f64>,
    /// Seconds of each run.
    times: Option<Vec<f64>>,
    exit_codes: Option<Vec<Option<i64>>>,
    parameters: Option<BTreeMap<String, Value>>,
}

pub(super) fn read(path: &Path) -> Result<Reading, HarnessError> {
    let file: File = json::read(path)?;
    let cases = file.results.iter().map(case);
    Ok(Reading {
        cases: cases.collect(),
        ..Reading::default()
    })
}

fn case(command: &Timed) -> CaseReading {
    let (workload, mut axes) = naming::workload(&command.command);
    let parameters = command.parameters.iter().flatten();
    axes.extend(parameters.map(|(name, value)| {
        let value = match value {
            Value::String(text) => naming::parsed(text),
            other => naming::value(other),
        };
        (naming::plain(name), value)
    }));
    let codes = command.exit_codes.iter().flatten().flatten();
    let failed = codes.into_iter().find(|code| **code != 0);
    let times = command.times.as_ref().filter(|times| !times.is_empty());
    let found = match (failed, times, command.mean) {
        (Some(code), ..) => Found::Failed(format!("it ended with the status {code}")),
        (None, Some(times), _) => {
            Found::Samples(times.iter().map(|seconds| vec![seconds * 1e9]).collect())
        }
        (None, None, Some(mean)) => Found::Mean(mean * 1e9),
        (None, None, None) => Found::Failed("it has no times".to_owned()),
    };
    CaseReading {
        workload,
        axes,
        found,
    }
}
