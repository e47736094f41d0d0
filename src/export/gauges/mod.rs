//! The figures of a run as gauges: names, units, labels and values, whatever they are written as afterwards.
//!
//! What a suite or a command names freely stands in labels alone, so no name of theirs can break or repeat a gauge's.

mod case;
mod money;
mod run;

use std::collections::BTreeMap;

use crate::finance::Statement;
use crate::stats::Ceilings;
use crate::store::{Record, Results};
use crate::verdict::Judgement;

/// Hex digits of the environment's key that a label shows.
const SHORT_KEY: usize = 12;

/// What gauges are made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The record.
    pub record: &'a Record,
    /// The results of its cases.
    pub results: &'a Results,
    /// The measured ceilings of its machine.
    pub ceilings: &'a Ceilings,
    /// What it costs, and what came of its goals.
    pub statement: &'a Statement,
    /// What was decided, where it was compared.
    pub judgements: Option<&'a [Judgement]>,
    /// When the newest run like it ended that was whole and had no failure.
    pub last_success: Option<jiff::Timestamp>,
}

/// What a gauge is measured in, always a base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Seconds.
    Seconds,
    /// A moment, in seconds since 1970.
    Moment,
    /// Bytes.
    Bytes,
    /// Joules.
    Joules,
    /// Watts.
    Watts,
    /// Hertz.
    Hertz,
    /// So many a second; the gauge's name says what.
    PerSecond,
    /// A share of 1.
    Ratio,
    /// A plain number.
    Number,
}

/// The samples of a gauge.
#[derive(Debug)]
pub struct Gauge {
    /// What it is measured in.
    pub unit: Base,
    /// What it is, in a sentence.
    pub help: String,
    /// By labels, name and value each, in the order in which they are written.
    pub samples: BTreeMap<Vec<(&'static str, String)>, f64>,
}

/// All gauges of a run, by name in words with dots and underscores: `case.time.p50`.
#[derive(Debug, Default)]
pub struct Gauges(pub BTreeMap<(String, &'static str), Gauge>);

/// The labels of a sample.
type Labels = Vec<(&'static str, String)>;

/// A gauge's name, unit and help.
type Named<'a> = (&'a str, Base, &'a str);

impl Gauges {
    /// The gauges of a run.
    pub fn of(sources: &Sources<'_>) -> Self {
        let mut gauges = Self::default();
        case::add(&mut gauges, sources);
        run::add(&mut gauges, sources);
        money::add(&mut gauges, sources);
        gauges
    }

    /// Takes up a sample; one that is no finite number is left out.
    fn set(&mut self, (name, unit, help): Named<'_>, labels: Labels, value: f64) {
        if !value.is_finite() {
            return;
        }
        let gauge = self.0.entry((name.to_owned(), unit.suffix()));
        let gauge = gauge.or_insert_with(|| Gauge {
            unit,
            help: help.to_owned(),
            samples: BTreeMap::new(),
        });
        gauge.samples.insert(labels, value);
    }
}

impl Base {
    /// The end of a Prometheus name (<https://prometheus.io/docs/practices/naming/>).
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Seconds => "_seconds",
            Self::Moment => "_timestamp_seconds",
            Self::Bytes => "_bytes",
            Self::Joules => "_joules",
            Self::Watts => "_watts",
            Self::Hertz => "_hertz",
            Self::PerSecond => "_per_second",
            Self::Ratio => "_ratio",
            Self::Number => "",
        }
    }

    /// The unit in UCUM, as OpenTelemetry writes units.
    pub fn ucum(self) -> &'static str {
        match self {
            Self::Seconds | Self::Moment => "s",
            Self::Bytes => "By",
            Self::Joules => "J",
            Self::Watts => "W",
            Self::Hertz => "Hz",
            Self::PerSecond => "1/s",
            Self::Ratio | Self::Number => "1",
        }
    }
}

/// The labels that every sample of a run has.
fn of_run(sources: &Sources<'_>) -> Labels {
    let header = &sources.record.header;
    let key: String = header.environment.key.chars().take(SHORT_KEY).collect();
    vec![
        ("suite", header.suite.as_str().to_owned()),
        ("device", header.device.clone()),
        ("environment", key),
    ]
}

/// `labels`, and more of them.
fn with(labels: &Labels, more: &[(&'static str, &str)]) -> Labels {
    let more = more
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    labels.iter().cloned().chain(more).collect()
}
