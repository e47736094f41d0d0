//! The lines of JSON by which a command reports its own samples (`docs/reference/protocol.md`).
//!
//! A line that starts with `{"warpmark"` is part of the protocol, any other is plain output. Lines are read as
//! they come and only their samples are kept, so that a command may print for hours.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::launch::Sink;
use crate::device::Report;
use crate::id::{AxisValue, Name};
use crate::record::{Better, Failure, FailureKind, Series, Unit};

/// The newest protocol that is understood.
pub const PROTOCOL: u64 = 1;

const PREFIX: &[u8] = b"{\"warpmark\"";
/// The longest line, 16 MiB: some 800,000 samples.
const LONGEST: usize = 16 << 20;
/// The most samples that one execution may report.
const MOST_SAMPLES: usize = 10_000_000;

/// A point on the inner axes.
pub type Point = BTreeMap<String, AxisValue>;

/// What a command may report.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    /// Metrics beside `time`.
    pub metrics: Vec<String>,
    /// The inner axes.
    pub inner: Vec<Name>,
    /// The points on the inner axes, one a case.
    pub points: Vec<Point>,
}

/// Finds the protocol's lines in standard output and gathers their samples.
#[derive(Debug)]
pub struct Reader {
    agreement: Agreement,
    line: Vec<u8>,
    /// The line's number, from 1.
    number: u64,
    /// The rest of this line is of no interest.
    plain: bool,
    samples: usize,
    reports: Vec<Report>,
    /// Points that were reported and are none of this run's.
    elsewhere: BTreeSet<String>,
    /// Why the machine can't run it, in the command's words.
    unsupported: Option<String>,
    failure: Option<Failure>,
}

/// What one execution reported.
#[derive(Debug, Default)]
pub struct Reported {
    /// The reports, in the order in which their metric and point came first.
    pub reports: Vec<Report>,
    /// Points that were reported and are none of this run's, as a run with filters leaves them out.
    pub elsewhere: BTreeSet<String>,
    /// Why the machine can't run it, where the command says so; there are no reports then.
    pub unsupported: Option<String>,
}

impl Reader {
    /// A reader for one execution.
    pub fn new(agreement: Agreement) -> Self {
        Self {
            agreement,
            line: Vec::new(),
            number: 1,
            plain: false,
            samples: 0,
            reports: Vec::new(),
            elsewhere: BTreeSet::new(),
            unsupported: None,
            failure: None,
        }
    }

    /// What was reported, or the first line that is none of the protocol's.
    pub fn finish(mut self) -> Result<Reported, Failure> {
        self.end_line();
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(Reported {
                reports: self.reports,
                elsewhere: self.elsewhere,
                unsupported: self.unsupported,
            }),
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let agreed = !self.plain && line.starts_with(PREFIX) && self.failure.is_none();
        if agreed && let Err(message) = self.line(&line) {
            self.fail(&message, &line);
        }
        self.plain = false;
        self.number += 1;
    }

    fn fail(&mut self, message: &str, line: &[u8]) {
        let text = String::from_utf8_lossy(&line[..line.len().min(400)]);
        self.failure.get_or_insert(Failure {
            kind: FailureKind::Protocol,
            message: format!("line {} of standard output: {message}", self.number),
            detail: Some(text.trim_end().to_owned()),
        });
    }

    /// A part of a line, without its end.
    fn part(&mut self, part: &[u8]) {
        if self.plain {
            return;
        }
        self.line.extend_from_slice(part);
        let compared = self.line.len().min(PREFIX.len());
        if self.line[..compared] != PREFIX[..compared] {
            self.plain = true;
            self.line.clear();
        } else if self.line.len() > LONGEST {
            let line = std::mem::take(&mut self.line);
            self.fail("longer than 16 MiB", &line);
            self.plain = true;
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let wire = match parse(line)? {
            Line::Samples(wire) => wire,
            Line::Unsupported(why) => {
                self.unsupported.get_or_insert(why);
                return self.either();
            }
        };
        let point = self.point(&wire.case)?;
        let named: Vec<String> = wire
            .case
            .iter()
            .map(|(axis, value)| format!("{axis}={value}"))
            .collect();
        let series = series(wire, &self.agreement.metrics)?;
        let Some(point) = point else {
            self.elsewhere.insert(named.join(", "));
            return Ok(());
        };
        self.samples += series.samples.len();
        if self.samples > MOST_SAMPLES {
            return Err(format!("more than {MOST_SAMPLES} samples of one execution"));
        }
        let same =
            |report: &&mut Report| report.point == point && report.series.metric == series.metric;
        self.either()?;
        match self.reports.iter_mut().find(same) {
            None => self.reports.push(Report { point, series }),
            Some(known)
                if (known.series.unit, known.series.better) == (series.unit, series.better) =>
            {
                known.series.samples.extend(series.samples);
            }
            Some(_) => {
                return Err(format!(
                    "metric {:?} has another unit or direction than on a line before",
                    series.metric
                ));
            }
        }
        Ok(())
    }

    /// A command measures or says that it can't: of both, one is wrong.
    fn either(&self) -> Result<(), String> {
        if self.unsupported.is_some() && self.samples > 0 {
            return Err("samples and \"unsupported\" in one execution".to_owned());
        }
        Ok(())
    }

    /// The unit's point that `case` names; none where it is another's.
    fn point(&self, case: &BTreeMap<String, Value>) -> Result<Option<Point>, String> {
        let inner = &self.agreement.inner;
        if let Some(axis) = case
            .keys()
            .find(|axis| !inner.iter().any(|name| name.as_str() == *axis))
        {
            let known: Vec<&str> = inner.iter().map(Name::as_str).collect();
            return Err(format!(
                "unknown axis {axis:?} in \"case\" (`inner` has {})",
                list(&known)
            ));
        }
        if let Some(axis) = inner.iter().find(|axis| !case.contains_key(axis.as_str())) {
            return Err(format!("\"case\" lacks the inner axis \"{axis}\""));
        }
        let matches = |point: &&BTreeMap<String, AxisValue>| {
            point
                .iter()
                .all(|(axis, value)| case.get(axis).is_some_and(|given| equal(value, given)))
        };
        if inner.is_empty() {
            return Ok(Some(BTreeMap::new()));
        }
        Ok(self.agreement.points.iter().find(matches).cloned())
    }
}

impl Sink for Reader {
    fn take(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        if let Some(first) = parts.next() {
            self.part(first);
        }
        for part in parts {
            self.end_line();
            self.part(part);
        }
    }
}

#[derive(Deserialize)]
struct Version {
    warpmark: u64,
    unsupported: Option<Value>,
}

/// A line in which the command says that the machine can't run it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lacking {
    #[serde(rename = "warpmark")]
    _version: u64,
    unsupported: String,
}

enum Line {
    Samples(Wire),
    Unsupported(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "warpmark")]
    _version: u64,
    metric: String,
    unit: String,
    better: String,
    samples: Vec<f64>,
    #[serde(default)]
    case: BTreeMap<String, Value>,
}

fn parse(line: &[u8]) -> Result<Line, String> {
    let version: Version = serde_json::from_slice(line).map_err(|error| not_json(&error, line))?;
    match version.warpmark {
        PROTOCOL if version.unsupported.is_some() => lacking(line).map(Line::Unsupported),
        PROTOCOL => serde_json::from_slice(line)
            .map(Line::Samples)
            .map_err(|error| not_json(&error, line)),
        newer if newer > PROTOCOL => Err(format!(
            "protocol {newer} is newer than this warpmark, which knows {PROTOCOL}"
        )),
        other => Err(format!("there is no protocol {other}")),
    }
}

/// Why the machine can't run it.
fn lacking(line: &[u8]) -> Result<String, String> {
    let said: Lacking = serde_json::from_slice(line).map_err(|error| not_json(&error, line))?;
    match said.unsupported.trim() {
        "" => Err("\"unsupported\" doesn't say why".to_owned()),
        why => Ok(why.to_owned()),
    }
}

/// serde's words, without its line number: the line is named already.
fn not_json(error: &serde_json::Error, line: &[u8]) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = text.strip_suffix(&place).unwrap_or(&text);
    // As Python's json.dumps prints them.
    let remark = match String::from_utf8_lossy(line) {
        text if text.contains("NaN") || text.contains("Infinity") => {
            "; JSON has no NaN and no Infinity"
        }
        _ => "",
    };
    format!("{what} (column {}){remark}", error.column())
}

fn series(wire: Wire, metrics: &[String]) -> Result<Series, String> {
    if wire.metric != "time" && !metrics.contains(&wire.metric) {
        return Err(format!(
            "metric {:?} is not declared (`metrics` has {})",
            wire.metric,
            list(metrics)
        ));
    }
    let (unit, factor) = unit(&wire.unit)?;
    if wire.metric == "time" && unit != Unit::Nanoseconds {
        return Err(format!("the metric \"time\" can't be in {}", wire.unit));
    }
    let better = match wire.better.as_str() {
        "lower" => Better::Lower,
        "higher" => Better::Higher,
        other => {
            return Err(format!(
                "\"better\" is {other:?}, neither \"lower\" nor \"higher\""
            ));
        }
    };
    if wire.samples.is_empty() {
        return Err("no samples".to_owned());
    }
    let samples: Vec<f64> = wire.samples.iter().map(|sample| sample * factor).collect();
    if let Some(place) = samples
        .iter()
        .position(|sample| !sample.is_finite() || *sample < 0.0)
    {
        return Err(format!(
            "sample {place} is {:?}: samples are finite and not negative",
            wire.samples[place]
        ));
    }
    Ok(Series {
        metric: wire.metric,
        unit,
        better,
        samples,
        void: Vec::new(),
    })
}

/// The unit that is recorded, and the factor to it.
fn unit(name: &str) -> Result<(Unit, f64), String> {
    Ok(match name {
        "ns" => (Unit::Nanoseconds, 1.0),
        "us" => (Unit::Nanoseconds, 1e3),
        "ms" => (Unit::Nanoseconds, 1e6),
        "s" => (Unit::Nanoseconds, 1e9),
        "bytes" => (Unit::Bytes, 1.0),
        "joules" => (Unit::Joules, 1.0),
        "count" => (Unit::Count, 1.0),
        "per-second" => (Unit::PerSecond, 1.0),
        other => {
            return Err(format!(
                "unknown unit {other:?} (ns, us, ms, s, bytes, joules, count and per-second are known)"
            ));
        }
    })
}

/// Whether JSON's `given` is the axis' `value`; 1 and 1.0 are the same number.
#[allow(clippy::float_cmp)] // both sides were parsed from decimal text
fn equal(value: &AxisValue, given: &Value) -> bool {
    match value {
        AxisValue::Integer(value) => {
            given.as_i64() == Some(*value) || given.as_f64() == Some(*value as f64)
        }
        AxisValue::Real(value) => given.as_f64() == Some(*value),
        AxisValue::Text(value) => given.as_str() == Some(value),
    }
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(", ")
}
