//! What a document shows of the base: samples where it is a record, the middle of each process where it is a baseline.

use std::collections::HashMap;

use super::super::Fault;
use super::super::comparing::Operand;
use super::case;
use crate::baseline::{self, Baseline, CaseValues, RECENT, SavedRun, Source};
use crate::id::CaseId;
use crate::record::{Environment, Header};
use crate::report::document::{OccupancyEntry, ProcessEntry};
use crate::store::Record;

/// The base of a document; empty where there is none.
#[derive(Debug, Default)]
pub struct Base {
    /// What it has of each case, by the id that the case has now.
    pub cases: HashMap<CaseId, BaseCase>,
    /// Where it was measured.
    pub environment: Option<Environment>,
    /// The commit that its newest run measured.
    pub commit: Option<String>,
}

/// What a base has of a case.
#[derive(Debug, Default)]
pub struct BaseCase {
    /// Its processes.
    pub processes: Vec<ProcessEntry>,
    /// How its kernel fills the GPU.
    pub occupancy: Option<OccupancyEntry>,
    /// What identifies its code and launch.
    pub identity: Option<String>,
}

impl Base {
    /// What `operand` has for the run of `header`.
    pub fn read(operand: &Operand, header: &Header) -> Result<Self, Fault> {
        match operand {
            Operand::Record(folder) => Self::of_record(&Record::open(folder)?, header),
            Operand::Baselines(source) => Self::of_baselines(source, header),
        }
    }

    fn of_record(record: &Record, header: &Header) -> Result<Self, Fault> {
        let theirs = &record.header;
        let planned = theirs.cases.iter();
        let mut identities: HashMap<CaseId, Option<String>> = planned
            .map(|case| (case.id.clone(), case.identity.clone()))
            .collect();
        let cases = record.results()?.into_iter().map(|(id, results)| {
            let occupancy = results.iter().find_map(|result| result.occupancy.as_ref());
            let case = BaseCase {
                processes: case::processes(&results, usize::MAX, Some(&theirs.id)),
                occupancy: occupancy.map(OccupancyEntry::from),
                identity: identities.remove(&id).flatten(),
            };
            (baseline::present_id(&id, &header.renamed), case)
        });
        Ok(Self {
            cases: cases.collect(),
            environment: Some(theirs.environment.clone()),
            // A tree that differs from its commit doesn't say what the base's kernels were.
            commit: theirs
                .git
                .as_ref()
                .filter(|git| git.dirty.is_empty())
                .and_then(|git| git.commit.clone()),
        })
    }

    fn of_baselines(source: &Source, header: &Header) -> Result<Self, Fault> {
        let mut all = baseline::load(source, &header.suite)?;
        let key = &header.environment.key;
        let Some(place) = all.iter().position(|reviewed| reviewed.key == *key) else {
            return Ok(Self::default());
        };
        let baseline = Baseline::load(source, all.swap_remove(place), RECENT + 1)?;
        let others: Vec<&SavedRun> = baseline
            .runs
            .iter()
            .filter(|run| run.values.id != header.id)
            .collect();
        let recent = &others[others.len().saturating_sub(RECENT)..];
        let mut base = Self {
            environment: Some(Environment {
                key: key.clone(),
                comparability: baseline.reviewed.environment.clone(),
                context: std::collections::BTreeMap::new(),
            }),
            commit: recent.last().and_then(|run| run.values.commit.clone()),
            ..Self::default()
        };
        for run in recent {
            for (id, values) in &run.values.cases {
                let id = baseline::present_id(id, &header.renamed);
                base.cases
                    .entry(id)
                    .or_default()
                    .add(&run.values.id, values);
            }
        }
        Ok(base)
    }
}

impl BaseCase {
    /// Adds a saved run, a newer one than those before.
    fn add(&mut self, run: &str, values: &CaseValues) {
        self.identity.clone_from(&values.identity);
        self.occupancy = values.occupancy.as_ref().map(OccupancyEntry::from);
        let own = values
            .metrics
            .get("time")
            .or(values.metrics.values().next());
        let processes = own.into_iter().flat_map(|metric| &metric.processes);
        self.processes
            .extend((0..).zip(processes).map(|(process, values)| ProcessEntry {
                run: Some(run.to_owned()),
                process,
                samples: Vec::new(),
                void: Vec::new(),
                middle: values.body.exp(),
                clock_mhz: None,
            }));
    }
}
