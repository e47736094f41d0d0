//! The reviewed file of a suite and key: one block a case, sorted, and stable where nothing changed.

mod text;
mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

use super::BaselineError;
use super::measured::{CaseValues, MetricValues, RunValues};
use crate::id::{CaseId, Name};
use crate::record::{Better, Header, Method, Unit};
use crate::stats::{Ceiling, Ceilings};

/// What people review of a suite's baseline on one kind of machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed {
    /// The suite.
    pub suite: Name,
    /// The device, as in the file's name: `host`.
    pub device: String,
    /// The key of the environment, 64 hex digits.
    pub key: String,
    /// The facts behind the key, by name.
    pub environment: BTreeMap<String, Value>,
    /// The cases.
    pub cases: BTreeMap<CaseId, ReviewedCase>,
}

/// A case's block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReviewedCase {
    /// How times are taken; the timer's resolution is that of each run.
    pub method: Option<Method>,
    /// What identifies code and launch.
    pub identity: Option<String>,
    /// The output's sha256, where it is the same in every process.
    pub digest: Option<String>,
    /// Why a change of it was accepted.
    pub reason: Option<String>,
    /// The ceiling that it measures, where it does, and how much of that an execution does.
    pub ceiling: Option<(Ceiling, f64)>,
    /// Its metrics by name.
    pub metrics: BTreeMap<String, AnchoredMetric>,
}

/// A metric and its anchor: what later runs may not creep away from.
#[derive(Debug, Clone, PartialEq)]
pub struct AnchoredMetric {
    /// The unit.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// The exponential of the mean location of the runs that made the anchor, in the unit.
    pub anchor: f64,
    /// How many runs made it.
    pub runs: u32,
    /// The last of them.
    pub last: String,
}

impl Reviewed {
    /// The file of a suite and key without cases.
    pub fn new(suite: Name, device: String, environment: &crate::record::Environment) -> Self {
        Self {
            suite,
            device,
            key: environment.key.clone(),
            environment: environment.comparability.clone(),
            cases: BTreeMap::new(),
        }
    }

    /// The file's name, `host-3fa2b1c09d8e.toml`.
    pub fn file_name(&self) -> String {
        format!("{}-{}.toml", self.device, short(&self.key))
    }

    /// The name of the folder of its runs, `host-3fa2b1c09d8e.runs`.
    pub fn runs_folder(&self) -> String {
        format!("{}-{}.runs", self.device, short(&self.key))
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// Reads a file's text; `name` is what messages call it.
    ///
    /// Fails for another format, and with file, line and caret for text that is no baseline.
    pub fn parse(name: &str, text: &str) -> Result<Self, BaselineError> {
        wire::parse(name, text)
    }

    /// Notes which cases measure a ceiling, as the tags and the work in the newest run's header say.
    pub fn note_ceilings(&mut self, header: &Header) {
        for planned in &header.cases {
            if let Some(case) = self.cases.get_mut(&planned.id) {
                case.ceiling = Ceiling::of_tags(&planned.tags)
                    .and_then(|ceiling| Some((ceiling, ceiling.share_of(&planned.work)?)));
            }
        }
    }

    /// The ceilings that its cases measured, by the anchors of their times.
    pub fn ceilings(&self) -> Ceilings {
        let mut ceilings = Ceilings::default();
        for case in self.cases.values() {
            let time = case.metrics.get("time");
            let time = time.filter(|time| time.unit == Unit::Nanoseconds);
            if let (Some((ceiling, amount)), Some(time)) = (case.ceiling, time) {
                ceilings.take(ceiling, amount, time.anchor);
            }
        }
        ceilings
    }

    /// Takes up what `runs` (oldest first) add: identities and digests of the newest, and anchors for what has none.
    pub fn extend(&mut self, runs: &[&RunValues]) {
        for run in runs {
            for (id, values) in &run.cases {
                self.cases.entry(id.clone()).or_default().renew(values);
            }
        }
        for (id, case) in &mut self.cases {
            let of_case: Vec<(&str, &CaseValues)> = runs
                .iter()
                .filter_map(|run| Some((run.id.as_str(), run.cases.get(id)?)))
                .collect();
            case.anchor_new_metrics(&of_case);
        }
    }
}

impl ReviewedCase {
    /// Takes over what the newest run says of the case; anchors stay.
    fn renew(&mut self, values: &CaseValues) {
        self.method = values.method.clone().map(|method| Method {
            tick_ns: None,
            ..method
        });
        self.identity.clone_from(&values.identity);
        self.digest.clone_from(&values.digest);
    }

    /// Sets anchors where there are none, or where a metric changed its unit or direction and is another one.
    fn anchor_new_metrics(&mut self, runs: &[(&str, &CaseValues)]) {
        let Some((_, newest)) = runs.last() else {
            return;
        };
        for (name, metric) in &newest.metrics {
            let is_same =
                |old: &AnchoredMetric| old.unit == metric.unit && old.better == metric.better;
            if self.metrics.get(name).is_some_and(is_same) {
                continue;
            }
            let of_metric: Vec<(&str, &MetricValues)> = runs
                .iter()
                .filter_map(|(run, case)| Some((*run, case.metrics.get(name)?)))
                .filter(|(_, other)| other.unit == metric.unit && other.better == metric.better)
                .collect();
            if let Some(anchored) = AnchoredMetric::of(&of_metric) {
                self.metrics.insert(name.clone(), anchored);
            }
        }
    }
}

impl AnchoredMetric {
    /// The anchor that the newest of `runs` make, up to as many as comparisons use.
    fn of(runs: &[(&str, &MetricValues)]) -> Option<Self> {
        let runs = &runs[runs.len().saturating_sub(super::RECENT)..];
        let (last, newest) = runs.last()?;
        let locations: Vec<f64> = runs.iter().filter_map(|(_, run)| run.location()).collect();
        let mean = locations.iter().sum::<f64>() / locations.len() as f64;
        Some(Self {
            unit: newest.unit,
            better: newest.better,
            anchor: rounded(mean.exp()),
            runs: u32::try_from(locations.len()).ok()?,
            last: (*last).to_owned(),
        })
    }
}

/// `value` to 9 significant digits: far below what can be measured, and short enough to be read.
fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// The part of a key that stands in file names.
pub(super) fn short(key: &str) -> &str {
    key.get(..12).unwrap_or(key)
}
