//! The reviewed file of a suite and key: one block a case, sorted, and stable where nothing changed.

pub(super) mod anchor;
mod text;
mod wire;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{BaselineError, Bridge, MeasuredNoise};
use crate::id::{CaseId, Name};
use crate::record::{Better, Header, Method, Unit};
use crate::stats::{Ceiling, Ceilings};
use crate::verdict::{Acknowledgement, Ratio};

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
    /// What `calibrate` measured of the noise between processes; none where it has not.
    pub noise: Option<MeasuredNoise>,
    /// Where the series come from that this baseline goes on with; none where it began here.
    pub bridge: Option<Bridge>,
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
    /// Why the last change of it that was accepted was.
    pub reason: Option<String>,
    /// The first run that counts since then.
    pub since: Option<String>,
    /// The ceiling that it measures, where it does, and how much of that an execution does.
    pub ceiling: Option<(Ceiling, f64)>,
    /// Its metrics by name.
    pub metrics: BTreeMap<String, AnchoredMetric>,
    /// By what values of the bridge's other end are multiplied to be values here, by metric.
    pub ratios: BTreeMap<String, Ratio>,
    /// What is known to be slower, by metric.
    pub acknowledged: BTreeMap<String, Acknowledgement>,
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
    /// The SM clock of the last of them in MHz, where probes saw it.
    pub clock_mhz: Option<f64>,
    /// The standard error, in logs, of the ratios by which it was carried here; none where it was made here.
    pub carried: Option<f64>,
}

impl Reviewed {
    /// The file of a suite and key without cases.
    pub fn new(suite: Name, device: String, environment: &crate::record::Environment) -> Self {
        Self {
            suite,
            device,
            key: environment.key.clone(),
            environment: environment.comparability.clone(),
            noise: None,
            bridge: None,
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
}

/// The part of a key that stands in file names.
pub(super) fn short(key: &str) -> &str {
    key.get(..12).unwrap_or(key)
}
