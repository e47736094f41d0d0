//! `warpmark export prometheus`: the gauges of a run.

use std::path::PathBuf;

use super::Chosen;
use crate::cli::{Exit, Fault, ceilings, output};
use crate::store::{self, Record};
use crate::{export, files};

/// Write the figures of a run as gauges in Prometheus' text format, for node_exporter's textfile collector
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export prometheus latest\n  warpmark export prometheus latest --suite memory --out /var/lib/prometheus/node-exporter/warpmark-memory.prom"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    /// Write this file instead of standard output, at once: a reader sees the old one or the new one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let record = args.chosen.open()?;
    let ceilings = ceilings::of(&record.header, &record.folder);
    let last_success = last_success(&record);
    let text = export::prometheus(&record, &ceilings, last_success).map_err(Fault::from)?;
    match &args.out {
        Some(path) => files::write_atomically(path, text.as_bytes()).map_err(Fault::from)?,
        None => output::print_as_is(text.as_bytes())?,
    }
    Ok(Exit::Success)
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
