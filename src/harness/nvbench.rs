//! NVBench's JSON with sample files (`--jsonbin`): every state a case, every file a process.
//!
//! A state's summary `nv/json/bin:nv/cold/sample_times` names a file of 32-bit little-endian reals, GPU times in
//! seconds, and how many it holds; without one only the mean `nv/cold/time/gpu/mean` is there.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{CaseReading, Found, HarnessError, Reading, json, naming};
use crate::files;
use crate::id::{AxisValue, Name};

const SAMPLES: &str = "nv/json/bin:nv/cold/sample_times";
const MEAN: &str = "nv/cold/time/gpu/mean";

#[derive(Deserialize)]
struct File {
    meta: Meta,
    #[serde(default)]
    devices: Vec<Device>,
    benchmarks: Vec<Benchmark>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    argv: Vec<String>,
    #[serde(default)]
    version: Value,
}

#[derive(Deserialize)]
struct Device {
    id: i64,
    name: String,
    #[serde(flatten)]
    facts: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Benchmark {
    name: String,
    #[serde(default)]
    states: Vec<State>,
}

#[derive(Deserialize)]
struct State {
    device: Option<i64>,
    axis_values: Option<Vec<Axis>>,
    summaries: Option<Vec<Summary>>,
    #[serde(default)]
    is_skipped: bool,
    skip_reason: Option<String>,
}

#[derive(Deserialize)]
struct Axis {
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    value: Value,
}

#[derive(Deserialize)]
struct Summary {
    tag: String,
    #[serde(default)]
    data: Vec<Datum>,
}

#[derive(Deserialize)]
struct Datum {
    name: String,
    value: Value,
}

pub(super) fn read(path: &Path) -> Result<Reading, HarnessError> {
    let file: File = json::read(path)?;
    let mut reading = Reading::default();
    for device in &file.devices {
        let place = if file.devices.len() == 1 {
            String::new()
        } else {
            format!("-{}", device.id)
        };
        let facts = &mut reading.comparability;
        facts.insert(format!("gpu{place}"), Value::from(device.name.as_str()));
        for (fact, key) in [
            ("compute-capability", "sm_version"),
            ("gpu-memory", "global_memory_size"),
            ("gpu-max-clock", "sm_default_clock_rate"),
            ("ecc", "ecc_state"),
        ] {
            let known = device.facts.get(key).filter(|value| !value.is_null());
            known.map(|value| facts.insert(format!("{fact}{place}"), value.clone()));
        }
    }
    let version = file.meta.version.pointer("/nvbench/string");
    version.map(|version| {
        reading
            .comparability
            .insert("nvbench".to_owned(), version.clone())
    });
    let argv = Value::from(file.meta.argv.join(" "));
    reading.context.insert("command".to_owned(), argv);
    let several = file.devices.len() > 1;
    for benchmark in &file.benchmarks {
        for state in &benchmark.states {
            reading.cases.push(case(path, benchmark, state, several)?);
        }
    }
    Ok(reading)
}

fn case(
    path: &Path,
    benchmark: &Benchmark,
    state: &State,
    several: bool,
) -> Result<CaseReading, HarnessError> {
    let (workload, mut axes) = naming::workload(&benchmark.name);
    for axis in state.axis_values.iter().flatten() {
        axes.push((naming::plain(&axis.name), axis_value(axis)));
    }
    if let Some(device) = state.device.filter(|_| several) {
        let axis: Name = naming::plain("device");
        axes.push((axis, AxisValue::Integer(device)));
    }
    let found = found(path, state)?.unwrap_or_else(|| {
        let reason = state
            .skip_reason
            .as_deref()
            .unwrap_or("it has no GPU times");
        Found::Skipped(format!("skipped by NVBench: {reason}"))
    });
    Ok(CaseReading {
        workload,
        axes,
        found,
    })
}

/// Numbers are written as text, with their type beside.
fn axis_value(axis: &Axis) -> AxisValue {
    let Value::String(text) = &axis.value else {
        return naming::value(&axis.value);
    };
    let real = || text.parse::<f64>().ok().filter(|real| real.is_finite());
    match axis.kind.as_str() {
        "int64" => naming::parsed(text),
        "float64" => real().map_or_else(|| naming::text(text), AxisValue::Real),
        _ => naming::text(text),
    }
}

fn found(path: &Path, state: &State) -> Result<Option<Found>, HarnessError> {
    if state.is_skipped {
        return Ok(None);
    }
    let of = |tag: &str, name: &str| {
        let summaries = state.summaries.iter().flatten();
        let summary = summaries.into_iter().find(|summary| summary.tag == tag)?;
        let datum = summary.data.iter().find(|datum| datum.name == name)?;
        Some(match &datum.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    if let Some(name) = of(SAMPLES, "filename") {
        let count = of(SAMPLES, "size").and_then(|size| size.parse().ok());
        return samples(path, &name, count).map(|samples| Some(Found::Samples(vec![samples])));
    }
    let mean = of(MEAN, "value").and_then(|mean| mean.parse::<f64>().ok());
    Ok(mean.map(|seconds| Found::Mean(seconds * 1e9)))
}

/// The samples of the file `name` beside `path`, in nanoseconds.
fn samples(path: &Path, name: &str, count: Option<usize>) -> Result<Vec<f64>, HarnessError> {
    let beside = path.parent().unwrap_or(Path::new(""));
    // NVBench writes the name as it was given on its command line: relative to where it ran.
    let last = Path::new(name)
        .file_name()
        .map_or(Path::new(name), Path::new);
    let folder = Path::new(name).parent().and_then(Path::file_name);
    let moved = folder.map_or_else(
        || beside.join(last),
        |folder| beside.join(folder).join(last),
    );
    let named = beside.join(name);
    let file = if named.is_file() { named } else { moved };
    let bytes = files::read(&file)?;
    let wrong = |what: String| HarnessError::Content {
        path: file.clone(),
        what,
    };
    if bytes.len() % 4 != 0 {
        return Err(wrong(format!(
            "{} bytes are no list of 32-bit reals",
            bytes.len()
        )));
    }
    let (chunks, _) = bytes.as_chunks::<4>();
    if let Some(count) = count.filter(|count| *count != chunks.len()) {
        return Err(wrong(format!(
            "{} samples, and {} says {count}",
            chunks.len(),
            path.display()
        )));
    }
    Ok(chunks
        .iter()
        .map(|bytes| f64::from(f32::from_le_bytes(*bytes)) * 1e9)
        .collect())
}
