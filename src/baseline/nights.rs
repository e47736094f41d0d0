//! The runs of one machine as nights, and each case's values on them: what `history` looks at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::measured::RunValues;
use super::reviewed::Reviewed;
use super::set::run_files;
use super::{BaselineError, SavedRun, Source};
use crate::id::{CaseId, Name};
use crate::record::{Better, Unit};

/// New names of workloads by the names that they had before.
pub type Renamed = BTreeMap<String, Name>;

/// A run of which only locations are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NightRun {
    /// The run's id.
    pub id: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The commit it measured, where it is known.
    pub commit: Option<String>,
    /// The version of the measuring method.
    pub method: String,
    /// The median of the SM clocks that its probes saw, in MHz.
    pub clock_mhz: Option<f64>,
    /// The median speed that its probes of the processor saw.
    pub speed: Option<f64>,
    /// The suite's `[compare]` as it applied, by key.
    pub compare: BTreeMap<String, Value>,
    /// What it measured.
    pub cases: BTreeMap<CaseId, NightCase>,
}

/// What a run measured of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct NightCase {
    /// `host`, `cuda`, `command` or `mock`: which defaults judge it.
    pub kind: String,
    /// How times were taken, and the executions behind a sample.
    pub timing: Option<(String, u32)>,
    /// What identifies code and launch, where there is such.
    pub identity: Option<String>,
    /// The metrics by name: unit, better direction and mean location of the processes.
    pub metrics: BTreeMap<String, (Unit, Better, f64)>,
}

impl NightRun {
    /// What is kept of a run's `values`, by the measuring method `method`; cases of renamed workloads have their new
    /// ids, unless the run has those too.
    pub fn of(mut values: RunValues, method: String, renamed: &Renamed) -> Self {
        rename_keys(&mut values.cases, renamed);
        let cases = values.cases.into_iter().map(|(id, case)| {
            let metrics = case.metrics.iter().filter_map(|(name, metric)| {
                let location = metric.location()?;
                Some((name.clone(), (metric.unit, metric.better, location)))
            });
            let kept = NightCase {
                timing: case
                    .method_name()
                    .map(|(name, executions)| (name.to_owned(), executions)),
                metrics: metrics.collect(),
                kind: case.kind,
                identity: case.identity,
            };
            (id, kept)
        });
        Self {
            cases: cases.collect(),
            id: values.id,
            started: values.started,
            commit: values.commit,
            method,
            clock_mhz: values.clock_mhz,
            speed: values.speeds.map(|speeds| speeds.median),
            compare: values.compare,
        }
    }
}

/// The id that a case has now.
pub fn present_id(id: &CaseId, renamed: &Renamed) -> CaseId {
    match renamed.get(id.workload()) {
        Some(name) => id.with_workload(name),
        None => id.clone(),
    }
}

/// Gives what stands under the ids of renamed workloads their new ids, unless something stands there already.
pub fn rename_keys<T>(cases: &mut BTreeMap<CaseId, T>, renamed: &Renamed) {
    let old: Vec<CaseId> = cases
        .keys()
        .filter(|id| renamed.contains_key(id.workload()))
        .cloned()
        .collect();
    for id in old {
        let new = present_id(&id, renamed);
        if !cases.contains_key(&new)
            && let Some(value) = cases.remove(&id)
        {
            cases.insert(new, value);
        }
    }
}

/// All runs beside `reviewed` that began at `since` or later, in no order.
///
/// A file of a month is read on a thread of its own, as many at once as there are cores: a year of a thousand cases
/// is 150 MB of text.
pub fn night_runs(
    source: &Source,
    reviewed: &Reviewed,
    since: Option<jiff::Timestamp>,
    renamed: &Renamed,
) -> Result<Vec<NightRun>, BaselineError> {
    let mut texts = Vec::new();
    for file in run_files(source, reviewed)? {
        texts.push((source.name_of(&file), source.read(&file)?));
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<Vec<NightRun>, BaselineError> {
        let mut runs = Vec::new();
        loop {
            let place = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some((name, text)) = texts.get(place) else {
                return Ok(runs);
            };
            read_month(name, text, since, renamed, &mut runs)?;
        }
    };
    let found = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(|thread| {
            let result = thread.join();
            result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Adds the runs of a month's text, a line in memory at a time.
fn read_month(
    name: &str,
    text: &str,
    since: Option<jiff::Timestamp>,
    renamed: &Renamed,
    runs: &mut Vec<NightRun>,
) -> Result<(), BaselineError> {
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let run = SavedRun::parse(name, index + 1, line)?;
        if since.is_none_or(|since| run.values.started >= since) {
            let [_, method] = run.versions;
            runs.push(NightRun::of(run.values, method, renamed));
        }
    }
    Ok(())
}

/// A night: the runs of one day (UTC) and commit, which have one value together.
#[derive(Debug, Clone, PartialEq)]
pub struct Night {
    /// When the first of its runs began.
    pub started: jiff::Timestamp,
    /// The commit that they measured, where it is known.
    pub commit: Option<String>,
    /// The runs.
    pub runs: Vec<NightRun>,
}

/// `runs` as nights, oldest first; a run that stands there twice counts once.
pub fn nights(mut runs: Vec<NightRun>) -> Vec<Night> {
    runs.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
    runs.dedup_by(|a, b| a.id == b.id);
    let day = |time: jiff::Timestamp| time.strftime("%Y-%m-%d").to_string();
    let mut nights: Vec<Night> = Vec::new();
    for run in runs {
        match nights.last_mut() {
            Some(night) if night.commit == run.commit && day(night.started) == day(run.started) => {
                night.runs.push(run);
            }
            _ => nights.push(Night {
                started: run.started,
                commit: run.commit.clone(),
                runs: vec![run],
            }),
        }
    }
    nights
}

/// The values of one metric of one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The case.
    pub case: CaseId,
    /// The metric.
    pub metric: String,
    /// The unit of the samples.
    pub unit: Unit,
    /// Which direction is better.
    pub better: Better,
    /// Which defaults judge it, as its newest night says.
    pub kind: String,
    /// The nights that have a value, as indices that rise.
    pub nights: Vec<usize>,
    /// Their values: the mean location of a night's runs.
    pub logs: Vec<f64>,
    /// Nights that have a value by another timing, unit or method than the newest, and aren't in the series.
    pub left_out: usize,
}

/// How a value was come by: values of two are not in one series.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Manner<'a> {
    method: &'a str,
    timing: Option<&'a (String, u32)>,
    unit: Unit,
    better: Better,
}

/// The series of every case that `wanted` takes, by case, `time` first.
pub fn series(nights: &[Night], wanted: impl Fn(&CaseId) -> bool) -> Vec<Series> {
    let mut names: BTreeSet<(&CaseId, bool, &str)> = BTreeSet::new();
    for run in nights.iter().flat_map(|night| &night.runs) {
        for (id, case) in run.cases.iter().filter(|(id, _)| wanted(id)) {
            let metrics = case.metrics.keys().map(String::as_str);
            names.extend(metrics.map(|metric| (id, metric != "time", metric)));
        }
    }
    names
        .into_iter()
        .filter_map(|(id, _, metric)| one_series(nights, id, metric))
        .collect()
}

fn one_series(nights: &[Night], id: &CaseId, metric: &str) -> Option<Series> {
    let value = |run| value_of(run, id, metric);
    let (manner, kind, _) = nights
        .iter()
        .rev()
        .flat_map(|night| night.runs.iter().rev())
        .find_map(value)?;
    let mut series = Series {
        case: id.clone(),
        metric: metric.to_owned(),
        unit: manner.unit,
        better: manner.better,
        kind: kind.to_owned(),
        nights: Vec::new(),
        logs: Vec::new(),
        left_out: 0,
    };
    for (index, night) in nights.iter().enumerate() {
        let all: Vec<_> = night.runs.iter().filter_map(value).collect();
        let same = all.iter().filter(|(other, ..)| *other == manner);
        let logs: Vec<f64> = same.map(|(_, _, log)| *log).collect();
        if !logs.is_empty() {
            series.nights.push(index);
            series
                .logs
                .push(logs.iter().sum::<f64>() / logs.len() as f64);
        } else if !all.is_empty() {
            series.left_out += 1;
        }
    }
    Some(series)
}

/// How `run` came by its value of a metric, the kind of the case, and the value.
fn value_of<'a>(
    run: &'a NightRun,
    id: &CaseId,
    metric: &str,
) -> Option<(Manner<'a>, &'a str, f64)> {
    let case = run.cases.get(id)?;
    let (unit, better, log) = case.metrics.get(metric)?;
    let manner = Manner {
        method: &run.method,
        timing: case.timing.as_ref(),
        unit: *unit,
        better: *better,
    };
    Some((manner, &case.kind, *log))
}
