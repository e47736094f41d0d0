//! `warpmark export prometheus`: the gauges of a run.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Against, Chosen, Gathered, write};
use crate::cli::{Exit, output};
use crate::export;

/// Write the figures of a run as gauges in Prometheus' text format, for node_exporter's textfile collector
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export prometheus latest\n  warpmark export prometheus latest --suite memory --against HEAD --out /var/lib/prometheus/node-exporter/warpmark-memory.prom\n  warpmark export prometheus --print alerts > alerts.yml\n  warpmark export prometheus --print dashboard > warpmark.json"
)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    against: Against,
    /// Write this file instead of standard output, at once: a reader sees the old one or the new one
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what goes with the gauges, and nothing else
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["against", "out"])]
    print: Option<Beside>,
}

/// What goes with the gauges.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Beside {
    /// Rules for Prometheus that raise alarms
    Alerts,
    /// A dashboard for Grafana
    Dashboard,
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if let Some(beside) = args.print {
        let text = match beside {
            Beside::Alerts => include_str!("../../../reports/alerts.yml"),
            Beside::Dashboard => include_str!("../../../reports/grafana.json"),
        };
        output::print(text.as_bytes())?;
        return Ok(Exit::Success);
    }
    let gathered = Gathered::read(&args.chosen, &args.against)?;
    let text = export::prometheus(&gathered.gauges());
    write(args.out.as_deref(), text.as_bytes())?;
    Ok(Exit::Success)
}
