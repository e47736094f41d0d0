//! Reads the reviewed file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{AnchoredMetric, Reviewed, ReviewedCase};
use crate::baseline::{BaselineError, Bridge, FORMAT, MeasuredNoise};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source, Sources};
use crate::id::{CaseId, Name};
use crate::record::{Better, Method, Unit};
use crate::stats::Ceiling;
use crate::verdict::{Acknowledgement, Ratio};

/// Only the number of a file's format.
#[derive(Deserialize)]
struct Versioned {
    format: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "format")]
    _format: i64,
    suite: Name,
    device: String,
    key: String,
    #[serde(default)]
    environment: BTreeMap<String, Value>,
    noise: Option<toml::Spanned<WireNoise>>,
    bridge: Option<WireBridge>,
    #[serde(default)]
    case: BTreeMap<CaseId, WireCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WireNoise {
    additive_ns: toml::Spanned<f64>,
    relative: toml::Spanned<f64>,
    freedom: toml::Spanned<f64>,
    measured: toml::Spanned<String>,
    processes: toml::Spanned<u32>,
    cards: toml::Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBridge {
    from: toml::Spanned<String>,
    commit: String,
    run: String,
    measured: toml::Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRatio {
    ratio: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCase {
    method: Option<WireMethod>,
    identity: Option<String>,
    digest: Option<String>,
    reason: Option<String>,
    ceiling: Option<WireCeiling>,
    since: Option<String>,
    #[serde(default)]
    metric: BTreeMap<String, WireMetric>,
    #[serde(default)]
    bridge: BTreeMap<String, toml::Spanned<WireRatio>>,
    #[serde(default)]
    acknowledged: BTreeMap<String, WireAcknowledgement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WireAcknowledgement {
    until: toml::Spanned<String>,
    at_most: toml::Spanned<f64>,
    ticket: toml::Spanned<String>,
    reason: toml::Spanned<String>,
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMethod {
    name: String,
    executions: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCeiling {
    of: Ceiling,
    work: toml::Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireMetric {
    unit: Unit,
    better: Better,
    anchor: toml::Spanned<f64>,
    runs: toml::Spanned<u32>,
    last: String,
    clock: Option<toml::Spanned<f64>>,
    carried: Option<toml::Spanned<f64>>,
}

/// Parses a whole file.
pub(super) fn parse(name: &str, text: &str) -> Result<Reviewed, BaselineError> {
    let mistake = |error: &toml::de::Error| mistakes(name, text, error.message(), error.span());
    let Versioned { format } = toml::from_str(text).map_err(|error| mistake(&error))?;
    if format != i64::from(FORMAT) {
        return Err(BaselineError::Format {
            file: name.to_owned(),
            found: format,
        });
    }
    let wire: Wire = toml::from_str(text).map_err(|error| mistake(&error))?;
    let noise = wire
        .noise
        .map(|noise| measured(&wire.device, noise))
        .transpose()
        .map_err(|(what, span)| mistakes(name, text, &what, Some(span)))?;
    let mistake = |(what, span): Mistake| mistakes(name, text, &what, Some(span));
    let bridge = wire.bridge.map(|bridge| bridge.into_bridge(&wire.key));
    let bridge = bridge.transpose().map_err(mistake)?;
    let mut cases = BTreeMap::new();
    for (id, case) in wire.case {
        let case = case.into_case(bridge.is_some()).map_err(mistake)?;
        cases.insert(id, case);
    }
    Ok(Reviewed {
        suite: wire.suite,
        device: wire.device,
        key: wire.key,
        environment: wire.environment,
        noise,
        bridge,
        cases,
    })
}

type Mistake = (String, std::ops::Range<usize>);

/// The noise model of a file of `device`.
fn measured(device: &str, noise: toml::Spanned<WireNoise>) -> Result<MeasuredNoise, Mistake> {
    if !MeasuredNoise::is_for(device) {
        let what = format!("the device {device} has no noise model");
        return Err((what, noise.span()));
    }
    let wire = noise.into_inner();
    let measured = time(&wire.measured)?;
    let noise = MeasuredNoise {
        additive_ns: *wire.additive_ns.get_ref(),
        relative: *wire.relative.get_ref(),
        freedom: *wire.freedom.get_ref(),
        measured,
        processes: *wire.processes.get_ref(),
        cards: *wire.cards.get_ref(),
    };
    noise.check().map_err(|error| {
        let span = match error.key {
            "additive-ns" => wire.additive_ns.span(),
            "relative" => wire.relative.span(),
            "freedom" => wire.freedom.span(),
            "processes" => wire.processes.span(),
            _ => wire.cards.span(),
        };
        (error.to_string(), span)
    })?;
    Ok(noise)
}

/// When something was measured.
fn time(text: &toml::Spanned<String>) -> Result<jiff::Timestamp, Mistake> {
    let time = text.get_ref();
    time.parse().map_err(|_| {
        let what = format!("measured is {time:?}, which is no time");
        (what, text.span())
    })
}

impl WireBridge {
    /// The bridge of a file of `key`.
    fn into_bridge(self, key: &str) -> Result<Bridge, Mistake> {
        let from = self.from.get_ref();
        let is_key = from.len() == 64 && from.chars().all(|c| c.is_ascii_hexdigit());
        let what = if !is_key {
            format!("from is {from:?}, which is no key: 64 hex digits")
        } else if from == key {
            "from is the file's own key: a bridge comes from another".to_owned()
        } else {
            return Ok(Bridge {
                measured: time(&self.measured)?,
                from: self.from.into_inner(),
                commit: self.commit,
                run: self.run,
            });
        };
        Err((what, self.from.span()))
    }
}

/// The ratio of a metric in a file that has a bridge or hasn't.
fn ratio(wire: toml::Spanned<WireRatio>, has_bridge: bool) -> Result<Ratio, Mistake> {
    let span = wire.span();
    let WireRatio { ratio, low, high } = wire.into_inner();
    let found = Ratio {
        value: ratio,
        low,
        high,
    };
    let what = if !has_bridge {
        "a ratio without a [bridge]: it isn't said from which key it is"
    } else if !found.is_sound() {
        "low, ratio and high are numbers above 0 that rise"
    } else {
        return Ok(found);
    };
    Err((what.to_owned(), span))
}

impl WireCase {
    fn into_case(self, has_bridge: bool) -> Result<ReviewedCase, Mistake> {
        let method = self.method.map(|method| Method {
            name: method.name,
            executions: method.executions,
            tick_ns: None,
        });
        let ceiling = self.ceiling.map(WireCeiling::into_pair).transpose()?;
        let mut metrics = BTreeMap::new();
        for (name, metric) in self.metric {
            let metric = metric.into_metric()?;
            metrics.insert(name, metric);
        }
        let mut acknowledged = BTreeMap::new();
        for (name, known) in self.acknowledged {
            acknowledged.insert(name, known.into_acknowledgement()?);
        }
        let ratios = self.bridge.into_iter();
        let ratios = ratios.map(|(name, wire)| Ok((name, ratio(wire, has_bridge)?)));
        Ok(ReviewedCase {
            method,
            identity: self.identity,
            digest: self.digest,
            reason: self.reason,
            ceiling,
            since: self.since,
            metrics,
            ratios: ratios.collect::<Result<_, Mistake>>()?,
            acknowledged,
        })
    }
}

impl WireAcknowledgement {
    fn into_acknowledgement(self) -> Result<Acknowledgement, Mistake> {
        let day = self.until.get_ref();
        let Ok(until) = day.parse() else {
            let what = format!("until is {day:?}, which is no day: 2027-01-31 is one");
            return Err((what, self.until.span()));
        };
        let at_most = *self.at_most.get_ref();
        if !Acknowledgement::can_bear(at_most) {
            let what = format!("at-most is {at_most}: it lies above 0, and is 100 at most");
            return Err((what, self.at_most.span()));
        }
        for (name, text) in [("ticket", &self.ticket), ("reason", &self.reason)] {
            if text.get_ref().trim().is_empty() {
                return Err((format!("the {name} says nothing"), text.span()));
            }
        }
        Ok(Acknowledgement {
            until,
            at_most,
            ticket: self.ticket.into_inner(),
            reason: self.reason.into_inner(),
            by: self.by,
        })
    }
}

impl WireCeiling {
    fn into_pair(self) -> Result<(Ceiling, f64), Mistake> {
        let work = *self.work.get_ref();
        if work > 0.0 && work.is_finite() {
            return Ok((self.of, work));
        }
        let what = format!("the work {work} of a ceiling is not a number above 0");
        Err((what, self.work.span()))
    }
}

impl WireMetric {
    fn into_metric(self) -> Result<AnchoredMetric, Mistake> {
        let above_0 = |what: &str, value: &toml::Spanned<f64>| {
            let number = *value.get_ref();
            if number > 0.0 && number.is_finite() {
                Ok(number)
            } else {
                let what = format!("the {what} {number} is not a number above 0");
                Err((what, value.span()))
            }
        };
        if *self.runs.get_ref() == 0 {
            return Err((
                "an anchor is made by 1 run at least".to_owned(),
                self.runs.span(),
            ));
        }
        Ok(AnchoredMetric {
            unit: self.unit,
            better: self.better,
            anchor: above_0("anchor", &self.anchor)?,
            runs: self.runs.into_inner(),
            last: self.last,
            clock_mhz: self
                .clock
                .as_ref()
                .map(|clock| above_0("clock", clock))
                .transpose()?,
            carried: self
                .carried
                .as_ref()
                .map(|error| above_0("standard error", error))
                .transpose()?,
        })
    }
}

fn mistakes(
    name: &str,
    text: &str,
    what: &str,
    span: Option<std::ops::Range<usize>>,
) -> BaselineError {
    let mut sources = Sources::default();
    let file = sources.add(Source::new(name, text));
    let place = Place::new(file, span.unwrap_or(0..0));
    // Only the first line: further ones list what was expected inside serde's untagged types.
    let what = what.lines().next().unwrap_or(what);
    let diagnostic = Diagnostic::new(format!("not a baseline: {what}"), place)
        .help("restore the file from git, or save again: warpmark baseline save");
    BaselineError::Mistakes(Box::new(Diagnostics::new(
        Arc::new(sources),
        vec![diagnostic],
    )))
}
