//! Reads the reviewed file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{AnchoredMetric, Reviewed, ReviewedCase};
use crate::baseline::{BaselineError, FORMAT};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source, Sources};
use crate::id::{CaseId, Name};
use crate::record::{Better, Method, Unit};
use crate::stats::Ceiling;

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
    #[serde(default)]
    case: BTreeMap<CaseId, WireCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCase {
    method: Option<WireMethod>,
    identity: Option<String>,
    digest: Option<String>,
    reason: Option<String>,
    ceiling: Option<WireCeiling>,
    #[serde(default)]
    metric: BTreeMap<String, WireMetric>,
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
    runs: u32,
    last: String,
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
    let mut cases = BTreeMap::new();
    for (id, case) in wire.case {
        let case = case
            .into_case()
            .map_err(|(what, span)| mistakes(name, text, &what, Some(span)))?;
        cases.insert(id, case);
    }
    Ok(Reviewed {
        suite: wire.suite,
        device: wire.device,
        key: wire.key,
        environment: wire.environment,
        cases,
    })
}

type Mistake = (String, std::ops::Range<usize>);

impl WireCase {
    fn into_case(self) -> Result<ReviewedCase, Mistake> {
        let method = self.method.map(|method| Method {
            name: method.name,
            executions: method.executions,
            tick_ns: None,
        });
        let ceiling = self.ceiling.map(WireCeiling::into_pair).transpose()?;
        let mut metrics = BTreeMap::new();
        for (name, metric) in self.metric {
            let anchor = *metric.anchor.get_ref();
            if !(anchor > 0.0 && anchor.is_finite()) {
                let what = format!("the anchor {anchor} is not a number above 0");
                return Err((what, metric.anchor.span()));
            }
            let metric = AnchoredMetric {
                unit: metric.unit,
                better: metric.better,
                anchor,
                runs: metric.runs,
                last: metric.last,
            };
            metrics.insert(name, metric);
        }
        Ok(ReviewedCase {
            method,
            identity: self.identity,
            digest: self.digest,
            reason: self.reason,
            ceiling,
            metrics,
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
