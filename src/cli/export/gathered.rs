//! What exports are made of, read from a record and, where one is named, its base.

use crate::cli::comparing::{self, Operand, Settings};
use crate::cli::{Fault, ceilings, statement};
use crate::export::{Gauges, Sources};
use crate::finance::Statement;
use crate::stats::Ceilings;
use crate::store::{self, Record, Results};
use crate::verdict::Judgement;

use super::Chosen;

/// What the run is compared with.
#[derive(Debug, Default, clap::Args)]
pub struct Against {
    /// What it is compared with, for verdicts: an existing folder (a record, or baselines), a run's id, or a git revision
    #[arg(long, value_name = "BASE")]
    against: Option<String>,
}

/// A record and what belongs to it.
#[derive(Debug)]
pub struct Gathered {
    /// The record.
    pub record: Record,
    /// Its results.
    pub results: Results,
    /// What it costs, and what came of its goals.
    pub statement: Statement,
    ceilings: Ceilings,
    judgements: Option<Vec<Judgement>>,
}

impl Gathered {
    /// Reads the chosen record, and compares it.
    pub fn read(chosen: &Chosen, against: &Against) -> anyhow::Result<Self> {
        let record = chosen.open()?;
        let results = record.results().map_err(Fault::from)?;
        let ceilings = ceilings::of(&record.header, &record.folder);
        let judgements = match &against.against {
            Some(word) => Some(judged(&record, word)?),
            None => None,
        };
        let statement = statement::of(&record.header, &results, &ceilings, judgements.as_deref());
        Ok(Self {
            record,
            results,
            statement,
            ceilings,
            judgements,
        })
    }

    /// Its gauges.
    pub fn gauges(&self) -> Gauges {
        Gauges::of(&Sources {
            record: &self.record,
            results: &self.results,
            ceilings: &self.ceilings,
            statement: &self.statement,
            judgements: self.judgements.as_deref(),
            last_success: last_success(&self.record),
        })
    }
}

fn judged(record: &Record, word: &str) -> anyhow::Result<Vec<Judgement>> {
    let place = std::path::Path::new(".");
    let operand = Operand::resolve(word, place, Some(&record.header.suite))?;
    let compared = comparing::compare_record(&record.folder, operand, Settings::default(), None)?;
    for warning in &compared.warnings {
        crate::cli::output::warn(warning);
    }
    Ok(compared.view.judgements)
}

/// When the newest run ended that is whole, has no failure, and is of this one's suite, device and environment. A run
/// of a part of the suite, or a quick one, is no success: it would hide a night that is missing.
fn last_success(record: &Record) -> Option<jiff::Timestamp> {
    let ended = |other: &Record| {
        let alike = other.header.suite == record.header.suite
            && other.header.device == record.header.device
            && other.header.environment.key == record.header.environment.key;
        let is_all = other.header.filters.is_empty() && !other.header.quick;
        let summary = other.summary.as_ref()?;
        (alike && is_all && summary.complete && summary.failed == 0).then_some(summary.ended)
    };
    ended(record).or_else(|| {
        let beside = store::runs_beside(&record.folder).unwrap_or_default();
        let opened = beside.iter().filter_map(|folder| Record::open(folder).ok());
        opened.filter_map(|other| ended(&other)).max()
    })
}
