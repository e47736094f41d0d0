//! What is judged: a record, or the newest run of a baseline.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Exit, Fault, output};
use crate::baseline::{self, Baseline, Measured, RECENT, Renamed, SavedRun, Source};
use crate::id::{CaseId, Name};
use crate::record::{Environment, Header};
use crate::report::Heading;
use crate::store::{Record, StoreError};

/// What is known of a candidate before its samples are read.
#[derive(Debug, Clone)]
pub struct Facts {
    /// For the reader.
    pub heading: Heading,
    /// Where it was measured.
    pub environment: Environment,
    /// Whether it measured a part of the suite, so that nothing is missing.
    pub partial: bool,
    /// Reasons by workload whose missing cases are expected.
    pub removed: BTreeMap<String, String>,
    /// New names of workloads by the old ones.
    pub renamed: Renamed,
    /// The planned cases in their order, with the kind whose rules judge them.
    pub cases: Vec<(CaseId, String)>,
    /// The cases that stand for the machine.
    pub sentinels: BTreeSet<CaseId>,
}

/// A candidate with all its values.
#[derive(Debug)]
pub struct Candidate {
    /// What it is.
    pub facts: Facts,
    /// What it measured.
    pub measured: Measured,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Facts {
    /// The facts of a record.
    pub fn of(header: &Header) -> Self {
        let cases = header.cases.iter();
        let selects = |given: &String| given.starts_with("--axis");
        Self {
            heading: Heading::of(header, None, None),
            environment: header.environment.clone(),
            partial: !header.filters.is_empty() || header.overrides.iter().any(selects),
            removed: header.removed.clone(),
            renamed: header.renamed.clone(),
            cases: cases
                .map(|case| (case.id.clone(), case.kind.clone()))
                .collect(),
            sentinels: header.sentinels(),
        }
    }
}

impl Candidate {
    /// Reads a record through; `facts` are those of its header.
    pub fn of_record(record: &Record, mut facts: Facts) -> Result<Self, StoreError> {
        let shown = output::shown(&record.folder);
        facts.heading = Heading::of(&record.header, record.summary.as_ref(), Some(shown));
        // What a run didn't come to isn't missing from its suite.
        facts.partial |= !record.is_complete();
        Ok(Self {
            measured: Measured::of(record)?,
            warnings: record.warnings(),
            facts,
        })
    }

    /// The newest run in the baselines at `source`, of `suite` or of the only one there.
    pub fn of_baseline(source: &Source, suite: Option<&Name>) -> Result<Self, Fault> {
        let suite = match suite {
            Some(suite) => suite.clone(),
            None => only_suite(source)?,
        };
        let mut newest: Option<Baseline> = None;
        for reviewed in baseline::load(source, &suite)? {
            let baseline = Baseline::load(source, reviewed, RECENT)?;
            let id = |baseline: &Baseline| baseline.runs.last().map(|run| run.values.id.clone());
            if newest
                .as_ref()
                .is_none_or(|newest| id(newest) < id(&baseline))
            {
                newest = Some(baseline);
            }
        }
        let run = newest.and_then(|mut newest| Some((newest.runs.pop()?, newest)));
        let Some((run, baseline)) = run else {
            let what = format!("of the suite {suite}");
            let folder = source.to_string();
            return Err(baseline::BaselineError::Nothing { what, folder }.into());
        };
        Ok(Self {
            facts: facts_of_saved(&baseline, &run),
            measured: Measured {
                run: run.values,
                failed: BTreeMap::new(),
                unsupported: BTreeMap::new(),
            },
            warnings: Vec::new(),
        })
    }
}

fn only_suite(source: &Source) -> Result<Name, Fault> {
    let mut suites = baseline::suites(source)?;
    match (suites.pop(), suites.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(baseline::BaselineError::Nothing {
            what: "of any suite".to_owned(),
            folder: source.to_string(),
        }
        .into()),
        (Some(last), _) => {
            let names: Vec<&str> = suites.iter().map(Name::as_str).collect();
            let message = format!(
                "{source} has baselines of several suites: {}, {last}",
                names.join(", ")
            );
            Err(Fault::new(Exit::Usage, message).hint("say which: --suite NAME"))
        }
    }
}

fn facts_of_saved(baseline: &Baseline, run: &SavedRun) -> Facts {
    let reviewed = &baseline.reviewed;
    let values = &run.values;
    let cases = values.cases.iter();
    let measured = cases.map(|(id, case)| (id.clone(), case.kind.clone()));
    let unmeasured = run.unmeasured.iter().map(|id| (id.clone(), String::new()));
    Facts {
        heading: Heading {
            suite: reviewed.suite.clone(),
            run: values.id.clone(),
            started: values.started,
            device: reviewed.device.clone(),
            environment: values.key.clone(),
            commit: values.commit.clone().map(|commit| (commit, true)),
            record: None,
            labels: Vec::new(),
            reproduce: String::new(),
        },
        environment: Environment {
            key: values.key.clone(),
            comparability: reviewed.environment.clone(),
            context: BTreeMap::new(),
        },
        partial: run.partial,
        removed: BTreeMap::new(),
        renamed: Renamed::new(),
        cases: measured.chain(unmeasured).collect(),
        sentinels: run.sentinels.clone(),
    }
}
