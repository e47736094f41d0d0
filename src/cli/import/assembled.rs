//! Readings of several files as one record.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::canonical;
use crate::cli::comparing::imported::{FROM, LACKS};
use crate::cli::{Exit, Fault};
use crate::environment;
use crate::event::{Event, Subscriber, SubscriberError};
use crate::harness::{CaseReading, Found, Harness, Reading};
use crate::id::{CaseId, Name};
use crate::record::{
    CaseHeader, CaseResult, FORMAT, Failure, FailureKind, Header, MEAN_ONLY, Method, Outcome,
    ProcessEnd, ProcessStart, Series, Summary, Versions, Work,
};
use crate::store::{self, StoreError, Writer};

/// Processes with which a verdict can be sure of what is worth finding.
const ENOUGH: u32 = 5;

/// A record that isn't written yet.
pub struct Assembled {
    /// Its header.
    pub header: Header,
    /// What the files lack, a sentence each.
    pub lacks: Vec<String>,
    /// What each process measured, by its number.
    processes: Vec<Vec<CaseResult>>,
}

impl Assembled {
    /// The record of `readings`, each a file.
    pub fn of(harness: Harness, suite: Name, readings: &[(&Path, Reading)]) -> Result<Self, Fault> {
        let comparability = facts(harness, readings)?;
        let mut processes = Vec::new();
        for (_, reading) in readings {
            processes.extend(of_file(harness, reading, processes.len())?);
        }
        let cases = case_headers(harness, readings, &processes);
        let lacks = lacks(harness, &cases, readings);
        let files = readings
            .iter()
            .map(|(path, _)| Value::from(path.display().to_string()));
        let mut context: BTreeMap<String, Value> = readings
            .iter()
            .flat_map(|(_, reading)| reading.context.clone())
            .collect();
        context.insert(FROM.to_owned(), files.collect());
        context.insert(
            LACKS.to_owned(),
            lacks
                .iter()
                .map(|lack| Value::from(lack.as_str()))
                .collect(),
        );
        let now = jiff::Timestamp::now();
        let started = readings.iter().find_map(|(_, reading)| reading.started);
        let header = Header {
            format: FORMAT,
            id: store::new_id(now),
            suite,
            suite_path: readings
                .first()
                .map_or(String::new(), |(path, _)| path.display().to_string()),
            started: started.unwrap_or(now),
            device: harness.name().to_owned(),
            processes: number(processes.len())?,
            seed: 0,
            quick: false,
            overrides: Vec::new(),
            filters: Vec::new(),
            versions: Versions {
                warpmark: env!("CARGO_PKG_VERSION").to_owned(),
                method: environment::METHOD.to_owned(),
                compiler: None,
            },
            git: None,
            environment: environment::of_import(comparability, context),
            compare: BTreeMap::new(),
            removed: BTreeMap::new(),
            about: None,
            renamed: BTreeMap::new(),
            cost: None,
            goals: Vec::new(),
            volumes: BTreeMap::new(),
            notes: BTreeMap::new(),
            cases,
        };
        Ok(Self {
            header,
            lacks,
            processes,
        })
    }

    /// Writes it below `root`, and says where.
    pub fn write(&self, root: &Path) -> Result<PathBuf, Fault> {
        let mut writer = Writer::create(root, &self.header)?;
        let folder = writer.folder().to_owned();
        self.tell(&mut writer)
            .map_err(|error| match error.downcast::<StoreError>() {
                Ok(error) => Fault::from(*error),
                Err(other) => Fault::new(Exit::Environment, other.to_string()),
            })?;
        Ok(folder)
    }

    /// Tells the writer what a run would have.
    fn tell(&self, writer: &mut Writer) -> Result<(), SubscriberError> {
        let at = self.header.started;
        let places: BTreeMap<&CaseId, usize> = self
            .header
            .cases
            .iter()
            .enumerate()
            .map(|(place, case)| (&case.id, place))
            .collect();
        for (process, results) in (0_u32..).zip(&self.processes) {
            let order = results
                .iter()
                .filter_map(|result| places.get(&result.case).copied());
            writer.notice(&Event::ProcessStarted(&ProcessStart {
                process,
                pid: 0,
                started: at,
                order: order.collect(),
            }))?;
            for result in results {
                writer.notice(&Event::CaseFinished(result))?;
            }
            writer.notice(&Event::ProcessFinished(&ProcessEnd {
                process,
                ended: at,
                workers: 1,
                ready_ns: 0.0,
                probes_mhz: Vec::new(),
                probed_ns: 0.0,
                timer: None,
                probe_speeds: Vec::new(),
            }))?;
        }
        writer.notice(&Event::RunFinished(&self.summary()))
    }

    fn summary(&self) -> Summary {
        let all = || self.processes.iter().flatten();
        let with = |wanted: fn(&Outcome) -> bool| {
            let cases = self.header.cases.iter();
            let has = |case: &&CaseHeader| {
                all().any(|result| result.case == case.id && wanted(&result.outcome))
            };
            cases.filter(has).count()
        };
        let failed = with(|outcome| matches!(outcome, Outcome::Failed(_)));
        let unsupported = with(|outcome| matches!(outcome, Outcome::Unsupported(_)));
        Summary {
            format: FORMAT,
            ended: self.header.started,
            complete: true,
            signal: None,
            measured: self.header.cases.len().saturating_sub(failed + unsupported),
            failed,
            unsupported,
            exclusivity: None,
        }
    }
}

fn number(count: usize) -> Result<u32, Fault> {
    u32::try_from(count)
        .map_err(|_| Fault::new(Exit::Input, format!("{count} processes are too many")))
}

/// The facts of all files, which must be of one machine.
fn facts(
    harness: Harness,
    readings: &[(&Path, Reading)],
) -> Result<BTreeMap<String, Value>, Fault> {
    let Some(((first, reading), others)) = readings.split_first() else {
        return Err(Fault::new(Exit::Usage, "no file is given"));
    };
    for (path, other) in others {
        if other.comparability == reading.comparability {
            continue;
        }
        let names = reading
            .comparability
            .keys()
            .chain(other.comparability.keys());
        let differs =
            |name: &&String| reading.comparability.get(*name) != other.comparability.get(*name);
        let name = names.into_iter().find(differs).cloned().unwrap_or_default();
        let message = format!(
            "{} and {} differ in `{name}`",
            first.display(),
            path.display()
        );
        return Err(Fault::new(Exit::Input, message)
            .hint("a record is of one machine: import the files of each by themselves"));
    }
    let mut facts = reading.comparability.clone();
    facts.insert("harness".to_owned(), Value::from(harness.name()));
    Ok(facts)
}

/// The processes of a file, numbered from `first` on.
fn of_file(
    harness: Harness,
    reading: &Reading,
    first: usize,
) -> Result<Vec<Vec<CaseResult>>, Fault> {
    let count = |case: &CaseReading| match &case.found {
        Found::Samples(processes) => processes.len(),
        Found::Mean(_) | Found::Failed(_) | Found::Skipped(_) => 1,
    };
    let processes = reading.cases.iter().map(count).max().unwrap_or_default();
    let mut all = Vec::new();
    for process in 0..processes {
        let mut results = Vec::new();
        for case in reading.cases.iter().filter(|case| count(case) > process) {
            let number = number(first + process)?;
            results.push(result(harness, case, (number, process, results.len())));
        }
        all.push(results);
    }
    Ok(all)
}

fn result(
    harness: Harness,
    case: &CaseReading,
    (number, process, position): (u32, usize, usize),
) -> CaseResult {
    let (outcome, samples, method) = match &case.found {
        Found::Samples(processes) => {
            let samples = processes.get(process).cloned().unwrap_or_default();
            (Outcome::Measured, samples, harness.name())
        }
        Found::Mean(mean) => (Outcome::Measured, vec![*mean], MEAN_ONLY),
        Found::Failed(why) => {
            let failure = Failure {
                kind: FailureKind::Command,
                message: why.clone(),
                detail: None,
            };
            (Outcome::Failed(failure), Vec::new(), harness.name())
        }
        Found::Skipped(why) => (
            Outcome::Unsupported(why.clone()),
            Vec::new(),
            harness.name(),
        ),
    };
    let is_measured = outcome == Outcome::Measured;
    CaseResult {
        series: is_measured
            .then(|| Series::time(samples))
            .into_iter()
            .collect(),
        method: is_measured.then(|| Method {
            name: method.to_owned(),
            executions: 1,
            tick_ns: None,
        }),
        ..CaseResult::new(case.id(), number, position, outcome)
    }
}

/// The cases in the order in which the files have them first.
fn case_headers(
    harness: Harness,
    readings: &[(&Path, Reading)],
    processes: &[Vec<CaseResult>],
) -> Vec<CaseHeader> {
    let mut counts: BTreeMap<&CaseId, (u32, usize)> = BTreeMap::new();
    for result in processes.iter().flatten() {
        let samples = result
            .series
            .first()
            .map_or(0, |series| series.samples.len());
        let (count, most) = counts.entry(&result.case).or_default();
        *count += 1;
        *most = samples.max(*most);
    }
    let mut headers: Vec<CaseHeader> = Vec::new();
    for (path, reading) in readings {
        for case in &reading.cases {
            let id = case.id();
            let Some((count, most)) = counts.remove(&id) else {
                continue; // an earlier file had it
            };
            headers.push(CaseHeader {
                workload: case.workload.clone(),
                axes: case.axes.clone(),
                tags: Vec::new(),
                work: Work::default(),
                kind: harness.kind().to_owned(),
                processes: count,
                samples: u32::try_from(most).unwrap_or(u32::MAX),
                identity: None,
                definition: canonical::sha256(id.as_str().as_bytes())[..16].to_owned(),
                deterministic: true,
                clock_bound: false,
                sentinel: false,
                defined_at: (path.display().to_string(), 1),
                id,
            });
        }
    }
    headers
}

/// What the files lack, and what to run instead.
fn lacks(harness: Harness, cases: &[CaseHeader], readings: &[(&Path, Reading)]) -> Vec<String> {
    let mut lacks = Vec::new();
    let fewest = cases
        .iter()
        .map(|case| case.processes)
        .min()
        .unwrap_or_default();
    if fewest < 2 {
        lacks.push(format!(
            "it has one process, so that its cases are at most inconclusive: {}",
            harness.advice()
        ));
    } else if fewest < ENOUGH {
        lacks.push(format!(
            "it has {fewest} processes, which find little: {}",
            harness.advice()
        ));
    }
    let cases = readings.iter().flat_map(|(_, reading)| &reading.cases);
    let means = cases
        .filter(|case| matches!(case.found, Found::Mean(_)))
        .count();
    if means > 0 {
        lacks.push(format!(
            "{means} of its cases have no samples, only a mean, and are at most inconclusive: {}",
            harness.advice()
        ));
    }
    if readings
        .iter()
        .all(|(_, reading)| reading.comparability.is_empty())
    {
        lacks.push(format!(
            "the files of {} name no machine: nobody checks that two of them are of the same",
            harness.name()
        ));
    }
    lacks
}
