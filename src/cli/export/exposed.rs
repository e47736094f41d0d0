//! What gauges are made of, gathered for the exports that write them.

use std::path::Path;

use super::Chosen;
use crate::cli::comparing::{self, Operand, Settings};
use crate::cli::{Fault, ceilings, output, statement};
use crate::export::{self, Exposed, Gauges};
use crate::store::{self, Record};

/// The run, and what it is compared with.
#[derive(Debug, clap::Args)]
pub struct Subject {
    #[command(flatten)]
    chosen: Chosen,
    /// Also write verdicts, against this: an existing folder (a record, or baselines), a run's id, or a git revision
    #[arg(long, value_name = "BASE")]
    against: Option<String>,
}

impl Subject {
    /// The record and its gauges.
    pub fn gauges(&self) -> anyhow::Result<(Record, Gauges)> {
        let record = self.chosen.open()?;
        let header = &record.header;
        let results = record.results().map_err(Fault::from)?;
        let ceilings = ceilings::of(header, &record.folder);
        let compared = match &self.against {
            Some(base) => {
                let base = Operand::resolve(base, Path::new("."), Some(&header.suite))?;
                let settings = Settings::default();
                Some(comparing::compare_record(
                    &record.folder,
                    base,
                    settings,
                    None,
                )?)
            }
            None => None,
        };
        for warning in compared.iter().flat_map(|compared| &compared.warnings) {
            output::warn(warning);
        }
        let judgements = compared
            .as_ref()
            .map(|compared| compared.view.judgements.as_slice());
        let statement = statement::whole(header, &results, &ceilings, judgements);
        let gauges = export::gauges(&Exposed {
            record: &record,
            results: &results,
            ceilings: &ceilings,
            statement: &statement,
            judgements,
            last_success: last_success(&record),
        });
        Ok((record, gauges))
    }
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
