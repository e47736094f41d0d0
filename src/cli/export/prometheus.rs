//! `warpmark export prometheus`: the gauges of a run.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exposed::Subject;
use crate::cli::{Exit, output};
use crate::export;

/// Write the figures of a run as gauges in Prometheus' text format, for node_exporter's textfile collector
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export prometheus latest\n  warpmark export prometheus latest --suite memory --against origin/main --out /var/lib/prometheus/node-exporter/warpmark-memory.prom\n  warpmark export prometheus --print dashboard > warpmark-dashboard.json"
)]
pub struct Args {
    #[command(flatten)]
    subject: Subject,
    /// Write this file instead of standard output, at once: a reader sees the old one or the new one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what belongs to the gauges, and nothing else
    #[arg(long, value_enum, value_name = "NAME", conflicts_with = "against")]
    print: Option<Companion>,
}

/// A file that comes with the gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Companion {
    /// A dashboard for Grafana
    Dashboard,
    /// Rules that raise alarms, for Prometheus
    Alerts,
}

impl Companion {
    fn text(self) -> &'static str {
        match self {
            Self::Dashboard => include_str!("../../../reports/grafana.json"),
            Self::Alerts => include_str!("../../../reports/alerts.yml"),
        }
    }
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let out = args.out.as_deref();
    if let Some(companion) = args.print {
        output::write_out(companion.text().as_bytes(), out)?;
        return Ok(Exit::Success);
    }
    let (_, gauges) = args.subject.gauges()?;
    output::write_out(export::prometheus(&gauges).as_bytes(), out)?;
    Ok(Exit::Success)
}
