//! The lines of `.runs/2026-11.jsonl`: one run each, with the values of its processes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::measured::{CaseValues, MetricValues, RunValues};
use super::{BaselineError, FORMAT, Measured};
use crate::id::CaseId;
use crate::record::{Better, Header, Method, Occupancy, Unit};
use crate::stats::{ProcessValues, Speeds};

/// A run in a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedRun {
    /// What it measured.
    pub values: RunValues,
    /// The versions of warpmark and of its method.
    pub versions: [String; 2],
    /// Whether it measured a part of the suite only.
    pub partial: bool,
    /// Cases of the plan that it has no values of, because they failed or can't run.
    pub unmeasured: BTreeSet<CaseId>,
    /// Cases that stand for the machine.
    pub sentinels: BTreeSet<CaseId>,
}

impl SavedRun {
    /// A measured run as it will be saved.
    pub fn new(header: &Header, mut measured: Measured) -> Self {
        for case in measured.run.cases.values_mut() {
            case.metrics
                .retain(|_, metric| !metric.processes.is_empty());
        }
        let failed = measured.failed.into_keys();
        Self {
            unmeasured: failed.chain(measured.unsupported.into_keys()).collect(),
            sentinels: header.sentinels(),
            values: measured.run,
            versions: [
                header.versions.warpmark.clone(),
                header.versions.method.clone(),
            ],
            partial: !header.filters.is_empty() || !header.overrides.is_empty() || header.quick,
        }
    }

    /// Whether the run's plan had the case.
    pub fn knows(&self, case: &CaseId) -> bool {
        self.values.cases.contains_key(case) || self.unmeasured.contains(case)
    }

    /// The name of the file that holds it: its month, `2026-11.jsonl`.
    pub fn file_name(&self) -> String {
        format!("{}.jsonl", self.values.started.strftime("%Y-%m"))
    }

    /// Its line, with the newline.
    pub fn to_line(&self) -> Result<String, BaselineError> {
        let mut line =
            serde_json::to_string(&Wire::from(self)).map_err(BaselineError::Unwritable)?;
        line.push('\n');
        Ok(line)
    }

    /// The lines of `runs` by the name of the file that holds them.
    pub fn lines_by_file(runs: &[Self]) -> Result<BTreeMap<String, String>, BaselineError> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for run in runs {
            let lines = files.entry(run.file_name()).or_default();
            lines.push_str(&run.to_line()?);
        }
        Ok(files)
    }

    /// All runs of a file, which messages call `name`; a run that stands there twice, as after a union merge, is
    /// given twice.
    pub fn parse_all(name: &str, text: &str) -> Result<Vec<Self>, BaselineError> {
        text.lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| Self::parse(name, index + 1, line))
            .collect()
    }

    /// The run of a line, which messages call line `number` of `name`.
    pub(super) fn parse(name: &str, number: usize, line: &str) -> Result<Self, BaselineError> {
        let damaged = |what: String| BaselineError::Damaged {
            file: name.to_owned(),
            line: number,
            what,
        };
        let column = |error: serde_json::Error| {
            let place = format!(" at line {} column {}", error.line(), error.column());
            let text = error.to_string();
            let what = text.strip_suffix(&place).unwrap_or(&text);
            damaged(format!("{what} (column {})", error.column()))
        };
        let Versioned { format } = serde_json::from_str(line).map_err(column)?;
        if format != FORMAT {
            return Err(BaselineError::Format {
                file: format!("{name}, line {number}"),
                found: format.into(),
            });
        }
        let wire: Wire = serde_json::from_str(line).map_err(column)?;
        wire.into_run().map_err(damaged)
    }
}

/// Only the number of a line's format.
#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

/// A run as its line holds it.
#[derive(Serialize, Deserialize)]
struct Wire {
    format: u32,
    run: String,
    started: jiff::Timestamp,
    key: String,
    commit: Option<String>,
    warpmark: String,
    method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock_mhz: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probe_speeds: Option<Speeds>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    unmeasured: BTreeSet<CaseId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    sentinels: BTreeSet<CaseId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    compare: BTreeMap<String, Value>,
    cases: BTreeMap<CaseId, WireCase>,
}

#[derive(Serialize, Deserialize)]
struct WireCase {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    clock_bound: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clock_mhz: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occupancy: Option<Occupancy>,
    metrics: BTreeMap<String, WireMetric>,
}

#[derive(Serialize, Deserialize)]
struct WireMetric {
    unit: Unit,
    better: Better,
    /// Location, body, upper and mean of each process.
    processes: Vec<[f64; 4]>,
}

impl From<&SavedRun> for Wire {
    fn from(run: &SavedRun) -> Self {
        let [warpmark, method] = run.versions.clone();
        let values = &run.values;
        Self {
            format: FORMAT,
            run: values.id.clone(),
            started: values.started,
            key: values.key.clone(),
            commit: values.commit.clone(),
            warpmark,
            method,
            clock_mhz: values.clock_mhz,
            card: values.card.clone(),
            probe_speeds: values.speeds,
            partial: run.partial,
            unmeasured: run.unmeasured.clone(),
            sentinels: run.sentinels.clone(),
            compare: values.compare.clone(),
            cases: values
                .cases
                .iter()
                .map(|(id, case)| (id.clone(), WireCase::from(case)))
                .collect(),
        }
    }
}

impl From<&CaseValues> for WireCase {
    fn from(case: &CaseValues) -> Self {
        let metrics = case.metrics.iter();
        Self {
            kind: case.kind.clone(),
            method: case.method.clone(),
            identity: case.identity.clone(),
            digest: case.digest.clone(),
            clock_bound: case.clock_bound,
            clock_mhz: case.clock_mhz,
            occupancy: case.occupancy.clone(),
            metrics: metrics
                .map(|(name, metric)| (name.clone(), WireMetric::from(metric)))
                .collect(),
        }
    }
}

impl From<&MetricValues> for WireMetric {
    fn from(metric: &MetricValues) -> Self {
        let process =
            |values: &ProcessValues| [values.location, values.body, values.upper, values.mean];
        Self {
            unit: metric.unit,
            better: metric.better,
            processes: metric.processes.iter().map(process).collect(),
        }
    }
}

impl Wire {
    fn into_run(self) -> Result<SavedRun, String> {
        if self.probe_speeds.is_some_and(|speeds| !speeds.is_sound()) {
            return Err("probe_speeds are no speeds".to_owned());
        }
        let mut cases = BTreeMap::new();
        for (id, case) in self.cases {
            let values = case.into_values().map_err(|what| format!("{id}: {what}"))?;
            cases.insert(id, values);
        }
        Ok(SavedRun {
            values: RunValues {
                id: self.run,
                started: self.started,
                key: self.key,
                commit: self.commit,
                clock_mhz: self.clock_mhz,
                card: self.card,
                speeds: self.probe_speeds,
                compare: self.compare,
                cases,
            },
            versions: [self.warpmark, self.method],
            partial: self.partial,
            unmeasured: self.unmeasured,
            sentinels: self.sentinels,
        })
    }
}

impl WireCase {
    fn into_values(self) -> Result<CaseValues, String> {
        let mut metrics = BTreeMap::new();
        for (name, metric) in self.metrics {
            if metric.processes.is_empty() {
                return Err(format!("{name} has no process"));
            }
            metrics.insert(name, metric.into_values());
        }
        Ok(CaseValues {
            kind: self.kind,
            method: self.method,
            identity: self.identity,
            digest: self.digest,
            clock_bound: self.clock_bound,
            clock_mhz: self.clock_mhz,
            occupancy: self.occupancy,
            metrics,
        })
    }
}

impl WireMetric {
    fn into_values(self) -> MetricValues {
        // JSON has no NaN and no infinity, so that every value read is finite.
        let process = |[location, body, upper, mean]: [f64; 4]| ProcessValues {
            location,
            body,
            upper,
            mean,
        };
        MetricValues {
            unit: self.unit,
            better: self.better,
            processes: self.processes.into_iter().map(process).collect(),
        }
    }
}
