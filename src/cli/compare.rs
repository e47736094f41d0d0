//! `warpmark compare`.

use std::path::Path;

use super::comparing::{self, Confirm, ConfirmArgs, Operand, Settings};
use super::format::ReportArgs;
use super::{Exit, Fault, again, output, run as runs};
use crate::engine::Signals;
use crate::id::Name;
use crate::report;
use crate::store::Record;

/// Compare a run with a baseline or with another run, and exit by what got slower
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  warpmark compare --against origin/main\n  warpmark compare 20261122T100057.003Z-3fa2 --against baselines --format markdown"
)]
pub struct Args {
    /// What is judged: a record's folder, a run's id, `latest`, or baselines, of which the newest run is taken
    #[arg(default_value = "latest")]
    candidate: String,
    /// What it is compared with: an existing folder (a record, or baselines), a run's id, or a git revision
    #[arg(long, value_name = "BASE")]
    against: String,
    /// The suite, for `latest` and for baselines of several suites
    #[arg(long, value_name = "NAME", value_parser = output::name)]
    suite: Option<Name>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    confirm: ConfirmArgs,
    #[command(flatten)]
    locks: runs::pinning::Locks,
    #[command(flatten)]
    format: ReportArgs,
}

/// Compares and prints verdicts.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let here = Path::new(".");
    let suite = args.suite.as_ref();
    let candidate = Operand::resolve(&args.candidate, here, suite)?;
    let against = Operand::resolve(&args.against, here, suite)?;
    let signals = if args.confirm.confirm {
        runs::watch()?
    } else {
        Signals::default()
    };
    let confirm = args.confirm.confirm.then_some(Confirm {
        signals: &signals,
        quiet: false,
        wait: None,
        locks: args.locks,
        content: None,
    });
    let again = again(args, &candidate)?;
    let mut compared =
        comparing::compare(candidate, against, suite, args.settings, confirm.as_ref())?;
    compared.view.heading.reproduce = again;
    for warning in &compared.warnings {
        output::warn(warning);
    }
    let text = report::render(&compared.view, args.format.chosen())?;
    output::print(text.as_bytes())?;
    Ok(compared.exit)
}

/// A command line that makes the comparison again, and the run where the candidate is one.
fn again(args: &Args, candidate: &Operand) -> Result<String, Fault> {
    Ok(match candidate {
        Operand::Record(folder) => {
            let header = Record::open(folder)?.header;
            again::compare(&header, &args.against, args.confirm.confirm)
        }
        Operand::Baselines(_) => {
            let suite = args.suite.as_ref().map(Name::as_str);
            again::compare_as_it_is(&args.candidate, &args.against, suite)
        }
    })
}
