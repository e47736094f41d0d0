//! Files of other harnesses: NVBench, Google Benchmark, pytest-benchmark, hyperfine, Criterion.
//!
//! [`read`] turns one file into the samples of its cases, process by process, and says what the format lacks. It
//! judges nothing and knows no record.

mod criterion;
mod error;
mod google_benchmark;
mod hyperfine;
mod json;
mod naming;
mod nvbench;
mod pytest_benchmark;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::id::{AxisValue, CaseId, Name};

pub use error::HarnessError;

/// A harness whose files are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harness {
    /// NVBench: a file of `--jsonbin`, with its folders of samples beside it.
    Nvbench,
    /// Google Benchmark: a file of `--benchmark_out`.
    GoogleBenchmark,
    /// pytest-benchmark: a file of `--benchmark-json`.
    PytestBenchmark,
    /// hyperfine: a file of `--export-json`.
    Hyperfine,
    /// Criterion: the folder `target/criterion`.
    Criterion,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// The cases, in the file's order.
    pub cases: Vec<CaseReading>,
    /// Facts that results depend on, such as the device.
    pub comparability: BTreeMap<String, Value>,
    /// Facts that explain a result.
    pub context: BTreeMap<String, Value>,
    /// When it was measured, where the file says so.
    pub started: Option<jiff::Timestamp>,
}

/// One case of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseReading {
    /// The workload.
    pub workload: Name,
    /// The point on its axes.
    pub axes: Vec<(Name, AxisValue)>,
    /// What came of it.
    pub found: Found,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// The times of each process, in nanoseconds.
    Samples(Vec<Vec<f64>>),
    /// Only the mean of a process' samples, in nanoseconds: the file holds no samples.
    Mean(f64),
    /// It failed, in the harness' words.
    Failed(String),
    /// The harness left it out, and why.
    Skipped(String),
}

impl CaseReading {
    /// Its id.
    pub fn id(&self) -> CaseId {
        CaseId::new(
            &self.workload,
            self.axes.iter().map(|(name, value)| (name, value)),
        )
    }
}

impl Harness {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Nvbench,
        Self::GoogleBenchmark,
        Self::PytestBenchmark,
        Self::Hyperfine,
        Self::Criterion,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nvbench => "nvbench",
            Self::GoogleBenchmark => "google-benchmark",
            Self::PytestBenchmark => "pytest-benchmark",
            Self::Hyperfine => "hyperfine",
            Self::Criterion => "criterion",
        }
    }

    /// Whose rules judge its cases: `cuda`, `host` or `command`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Nvbench => "cuda",
            Self::Hyperfine => "command",
            Self::GoogleBenchmark | Self::PytestBenchmark | Self::Criterion => "host",
        }
    }

    /// How several processes are had from it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Nvbench => {
                "run the benchmark 5 times with --jsonbin, each a fresh process with a file of its own, and import all of them at once"
            }
            Self::GoogleBenchmark => {
                "run the program 5 times with --benchmark_out=rN.json --benchmark_repetitions=20, and import all the files at once"
            }
            Self::PytestBenchmark => {
                "run pytest 5 times with --benchmark-json=rN.json --benchmark-save-data, and import all the files at once"
            }
            Self::Hyperfine => "ask for more runs: hyperfine --runs 10",
            Self::Criterion => {
                "run cargo bench 5 times, copy target/criterion after each, and import all the copies at once"
            }
        }
    }
}

/// Reads a file of `harness`, or a folder of Criterion's.
pub fn read(harness: Harness, path: &Path) -> Result<Reading, HarnessError> {
    let reading = match harness {
        Harness::Nvbench => nvbench::read(path),
        Harness::GoogleBenchmark => google_benchmark::read(path),
        Harness::PytestBenchmark => pytest_benchmark::read(path),
        Harness::Hyperfine => hyperfine::read(path),
        Harness::Criterion => criterion::read(path),
    }?;
    check(path, &reading)?;
    Ok(reading)
}

/// Refuses files without cases, with a case twice, or with times that are none.
fn check(path: &Path, reading: &Reading) -> Result<(), HarnessError> {
    let wrong = |what: String| HarnessError::Content {
        path: path.to_owned(),
        what,
    };
    if reading.cases.is_empty() {
        return Err(wrong("it holds no benchmark".to_owned()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for case in &reading.cases {
        let id = case.id();
        let times: Vec<f64> = match &case.found {
            Found::Samples(processes) => processes.iter().flatten().copied().collect(),
            Found::Mean(mean) => vec![*mean],
            Found::Failed(_) | Found::Skipped(_) => Vec::new(),
        };
        if let Some(bad) = times
            .iter()
            .find(|time| !(time.is_finite() && **time >= 0.0))
        {
            return Err(wrong(format!("{id}: {bad} is no time")));
        }
        if !seen.insert(id.clone()) {
            return Err(wrong(format!("the case {id} is there twice")));
        }
    }
    Ok(())
}
