//! pytest-benchmark's JSON: every test a case, every round a sample, every file a process.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{CaseReading, Found, HarnessError, Reading, json, naming};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    machine_info: Value,
    datetime: Option<String>,
    version: Option<String>,
    benchmarks: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    name: String,
    fullname: Option<String>,
    params: Option<serde_json::Map<String, Value>>,
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    /// Seconds of a round, for one call each.
    data: Option<Vec<f64>>,
    mean: Option<f64>,
}

pub(super) fn read(path: &Path) -> Result<Reading, HarnessError> {
    let file: File = json::read(path)?;
    let mut reading = Reading::default();
    for (fact, pointer) in [
        ("cpu", "/cpu/brand_raw"),
        ("machine", "/machine"),
        ("python", "/python_version"),
        ("python-implementation", "/python_implementation"),
    ] {
        let known = file.machine_info.pointer(pointer);
        known.map(|value| reading.comparability.insert(fact.to_owned(), value.clone()));
    }
    let version = file.version.map(Value::from);
    version.map(|version| {
        reading
            .comparability
            .insert("pytest-benchmark".to_owned(), version)
    });
    let host = file.machine_info.pointer("/node");
    host.map(|host| reading.context.insert("host_name".to_owned(), host.clone()));
    reading.started = file.datetime.and_then(|date| timestamp(&date));
    for test in &file.benchmarks {
        reading.cases.push(case(test));
    }
    Ok(reading)
}

/// The time, which has no zone where it is of universal time.
fn timestamp(date: &str) -> Option<jiff::Timestamp> {
    date.parse().or_else(|_| format!("{date}Z").parse()).ok()
}

/// `test_copy[1024]` of `tests/test_a.py` with its parameters; the file keeps tests of one name apart.
fn case(test: &Test) -> CaseReading {
    let bare = test.name.split('[').next().unwrap_or(&test.name);
    let (workload, mut axes) = naming::workload(bare);
    let full = test.fullname.as_deref().unwrap_or_default();
    if let Some((file, _)) = full.split_once("::") {
        axes.push((naming::plain("file"), naming::text(file)));
    }
    match &test.params {
        Some(params) => axes.extend(
            params
                .iter()
                .map(|(name, value)| (naming::plain(name), naming::value(value))),
        ),
        None if test.name != bare => {
            let inner = test.name[bare.len()..].trim_start_matches('[');
            let inner = inner.strip_suffix(']').unwrap_or(inner);
            axes.push((naming::plain("params"), naming::text(inner)));
        }
        None => {}
    }
    let seconds = test.stats.data.as_ref().filter(|data| !data.is_empty());
    let found = match (seconds, test.stats.mean) {
        (Some(data), _) => Found::Samples(vec![data.iter().map(|s| s * 1e9).collect()]),
        (None, Some(mean)) => Found::Mean(mean * 1e9),
        (None, None) => Found::Failed("it has no times".to_owned()),
    };
    CaseReading {
        workload,
        axes,
        found,
    }
}
