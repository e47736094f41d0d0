//! `warpmark export`: a record in the format of others.

mod exposed;
mod focus;
mod otlp;
mod prometheus;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Exit, Fault, output};
use crate::export::{self, ExportError, Exported};
use crate::id::Name;
use crate::store::{self, Record};
use crate::timings::{Timings, TimingsError};

/// Write a record in another format
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every sample of every process, in warpmark's timings format
    Timings(TimingsArgs),
    /// The figures of a run as gauges, for Prometheus' textfile collector
    Prometheus(prometheus::Args),
    /// The cost of a run as charges, in the columns of FOCUS 1.0
    Focus(focus::Args),
    /// The figures of a run as OpenTelemetry metrics, to a collector or a file
    Otlp(otlp::Args),
}

/// The run that is exported.
#[derive(Debug, clap::Args)]
struct Chosen {
    /// The run: its folder, its id, or latest
    #[arg(default_value = "latest")]
    run: String,
    /// The suite, for `latest`
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
}

impl Chosen {
    /// Its record; what its reader should know is said.
    fn open(&self) -> Result<Record, Fault> {
        let root = store::root_for(Path::new("."));
        let folder = store::find(&root, self.suite.as_ref(), &self.run)?;
        let record = Record::open(&folder)?;
        for warning in record.warnings() {
            output::warn(&warning);
        }
        Ok(record)
    }
}

/// Write every sample of every process of a run in warpmark's timings format
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark export timings latest > timings.json\n  warpmark export timings latest --out timings.json.gz"
)]
pub struct TimingsArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Write this file instead of standard output; gzip where its name ends in .gz
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exports a record.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.what {
        What::Timings(args) => run_timings(args),
        What::Prometheus(args) => prometheus::run(args),
        What::Focus(args) => focus::run(args),
        What::Otlp(args) => otlp::run(args),
    }
}

fn run_timings(args: &TimingsArgs) -> anyhow::Result<Exit> {
    let record = args.chosen.open()?;
    let timings = of_record(&record)?;
    match &args.out {
        Some(path) => timings.write(path).map_err(Fault::from)?,
        None => output::print(&timings.to_json())?,
    }
    Ok(Exit::Success)
}

/// The timings of a record; what is left out is said.
pub fn of_record(record: &Record) -> Result<Timings, Fault> {
    let Exported { timings, left_out } = export::timings(record)?;
    for case in left_out {
        output::warn(&format!("left out: {case}"));
    }
    Ok(timings)
}

impl From<ExportError> for Fault {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            nothing @ ExportError::Nothing { .. } => {
                Self::new(Exit::Input, nothing.to_string()).hint(
                    "cases that failed, or whose own metric is no time, have no timings: measure others",
                )
            }
        }
    }
}

impl From<TimingsError> for Fault {
    fn from(error: TimingsError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let fault = match error {
            TimingsError::File(error) => return error.into(),
            other => Self::new(Exit::Input, other.to_string()),
        };
        Self { hint, ..fault }
    }
}
