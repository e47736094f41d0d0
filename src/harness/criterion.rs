//! Criterion's folder `target/criterion`: every benchmark a case, every folder a process.
//!
//! A benchmark's folder holds `new/benchmark.json` (its names) and `new/sample.json`: for each sample how often the
//! code ran (`iters`) and the nanoseconds of all of them together (`times`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{CaseReading, Found, HarnessError, Reading, json, naming};
use crate::files::FileError;

/// Folders below a benchmark's group: group, function, value.
const DEEPEST: usize = 6;

#[derive(Deserialize)]
struct Benchmark {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
}

#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

pub(super) fn read(path: &Path) -> Result<Reading, HarnessError> {
    let mut found = Vec::new();
    search(path, 0, &mut found)?;
    found.sort();
    let cases = found.iter().map(|folder| case(folder));
    Ok(Reading {
        cases: cases.collect::<Result<_, _>>()?,
        ..Reading::default()
    })
}

/// Finds the folders `new` with samples.
fn search(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), HarnessError> {
    let entries = fs::read_dir(folder).map_err(FileError::at("list", folder))?;
    for entry in entries {
        let path = entry.map_err(FileError::at("list", folder))?.path();
        if path.is_symlink() || !path.is_dir() {
            continue;
        }
        let is_new = path.file_name().is_some_and(|name| name == "new");
        if is_new && path.join("sample.json").is_file() {
            found.push(path);
        } else if depth < DEEPEST {
            search(&path, depth + 1, found)?;
        }
    }
    Ok(())
}

fn case(folder: &Path) -> Result<CaseReading, HarnessError> {
    let benchmark: Benchmark = json::read(&folder.join("benchmark.json"))?;
    let path = folder.join("sample.json");
    let sample: Sample = json::read(&path)?;
    let whole = sample.iters.len() == sample.times.len();
    if !whole || sample.iters.iter().any(|iters| *iters <= 0.0) {
        let what = "`iters` and `times` must be lists of one length, above 0".to_owned();
        return Err(HarnessError::Content { path, what });
    }
    let (workload, mut axes) = naming::workload(&benchmark.group_id);
    let function = benchmark
        .function_id
        .filter(|function| !function.is_empty());
    axes.extend(function.map(|function| (naming::plain("function"), naming::text(&function))));
    axes.extend(
        benchmark
            .value_str
            .map(|value| (naming::plain("value"), naming::parsed(&value))),
    );
    let times = sample.times.iter().zip(&sample.iters);
    Ok(CaseReading {
        workload,
        axes,
        found: Found::Samples(vec![times.map(|(time, iters)| time / iters).collect()]),
    })
}
