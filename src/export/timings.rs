//! A record as a recording: every sample of every case in every process.

use std::collections::BTreeMap;

use crate::id::CaseId;
use crate::record::{CaseResult, Header, Method, Outcome, ProcessEnd, Unit as SampleUnit};
use crate::store::{Record, StoreError};
use crate::timings::{Process, Timings, Unit};

/// The level of a record: it has one.
const LEVEL: &str = "base";

/// A recording, and what of the record isn't in it.
#[derive(Debug)]
pub struct Exported {
    /// The recording.
    pub timings: Timings,
    /// What was left out, and why, one a line.
    pub left_out: Vec<String>,
}

/// Why a record gives no recording.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The record can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing in it was timed in every process.
    #[error("the run {run} has no case that was timed in all of its processes")]
    Nothing {
        /// The run.
        run: String,
    },
}

/// What was timed of a case.
#[derive(Debug, Default)]
struct Timed {
    method: Option<Method>,
    /// By process: the place in it, and the samples in nanoseconds.
    processes: BTreeMap<u32, (usize, Vec<f64>)>,
}

/// The recording of `record`: its cases are the kernels, at the one level `base`.
pub fn timings(record: &Record) -> Result<Exported, ExportError> {
    let mut cases: BTreeMap<CaseId, Timed> = BTreeMap::new();
    record.each_case(|result| take(&mut cases, result))?;
    let header = &record.header;
    let numbers: Vec<u32> = record.processes().collect();
    let mut left_out = Vec::new();
    let kept = kept(header, &cases, &numbers, &mut left_out);
    let Some(kind) = kept.first().map(|(case, _)| case.kind.clone()) else {
        return Err(ExportError::Nothing {
            run: header.id.clone(),
        });
    };
    let timed = || kept.iter().map(|(_, timed)| *timed);
    let methods = || timed().filter_map(|timed| timed.method.as_ref());
    let processes = record.ends.iter().map(|end| process(end, timed()));
    let timings = Timings {
        device: device(header),
        driver: text(header, "driver"),
        kind,
        unit: Unit::Nanoseconds,
        tick_ns: methods()
            .find_map(|method| method.tick_ns)
            .filter(|tick| *tick > 0.0),
        kernels: kept.iter().map(|(case, _)| case.id.to_string()).collect(),
        levels: vec![LEVEL.to_owned()],
        executions: timed()
            .map(|timed| {
                timed
                    .method
                    .as_ref()
                    .map_or(1, |method| method.executions.max(1))
            })
            .collect(),
        processes: processes.collect(),
    };
    Ok(Exported { timings, left_out })
}

fn take(cases: &mut BTreeMap<CaseId, Timed>, result: CaseResult) {
    if result.outcome != Outcome::Measured {
        return;
    }
    let is_time = |metric: &str, unit| metric == "time" && unit == SampleUnit::Nanoseconds;
    let series = result
        .series
        .into_iter()
        .find(|series| is_time(&series.metric, series.unit));
    let positive = |sample: &f64| sample.is_finite() && *sample > 0.0;
    let Some(series) = series.filter(|series| series.samples.iter().all(positive)) else {
        return;
    };
    if series.samples.is_empty() {
        return;
    }
    let timed = cases.entry(result.case).or_default();
    timed.method = result.method;
    timed
        .processes
        .insert(result.process, (result.position, series.samples));
}

/// The cases of the first kind that were timed in every process, in plan order.
fn kept<'a>(
    header: &'a Header,
    cases: &'a BTreeMap<CaseId, Timed>,
    numbers: &[u32],
    left_out: &mut Vec<String>,
) -> Vec<(&'a crate::record::CaseHeader, &'a Timed)> {
    let mut kept: Vec<(&crate::record::CaseHeader, &Timed)> = Vec::new();
    for case in &header.cases {
        let timed = cases.get(&case.id);
        let whole = timed.filter(|timed| {
            !numbers.is_empty()
                && numbers
                    .iter()
                    .all(|number| timed.processes.contains_key(number))
        });
        let Some(timed) = whole else {
            left_out.push(format!(
                "{}: not timed in every process of the run",
                case.id
            ));
            continue;
        };
        match kept.first() {
            Some((first, _)) if first.kind != case.kind => {
                let kind = &first.kind;
                left_out.push(format!(
                    "{}: of the kind {}, not {kind}",
                    case.id, case.kind
                ));
            }
            _ => kept.push((case, timed)),
        }
    }
    kept
}

/// One process; each case has the median clock of the process' probes, which gates comparison.
fn process<'a>(end: &ProcessEnd, timed: impl Iterator<Item = &'a Timed>) -> Process {
    let clock = median(&end.probes_mhz);
    let mut process = Process {
        order: Vec::new(),
        sm_mhz: Vec::new(),
        samples: Vec::new(),
    };
    for timed in timed {
        let Some((position, samples)) = timed.processes.get(&end.process) else {
            continue;
        };
        process.order.push(vec![*position]);
        process.samples.push(vec![samples.clone()]);
        if clock.is_some() {
            process.sm_mhz.push(vec![clock]);
        }
    }
    process
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| crate::stats::quantile(&sorted, 0.5))
}

/// What the device is called: a GPU's or a processor's model where the environment knows it.
fn device(header: &Header) -> String {
    let names = ["gpu", "cpu"]
        .into_iter()
        .find_map(|fact| text(header, fact));
    names.unwrap_or_else(|| header.device.clone())
}

fn text(header: &Header, fact: &str) -> Option<String> {
    let value = header.environment.comparability.get(fact)?;
    value.as_str().map(str::to_owned)
}
