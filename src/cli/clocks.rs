//! `warpmark clocks`: how GPUs' clocks stand, and giving back by hand; and the two hidden verbs of pinning.

mod restore;
mod status;

use std::path::PathBuf;

use super::{Exit, Fault};
use crate::clocks::{self, Trouble};

const AFTER: &str = "\
Examples:
  warpmark clocks status         clocks, limits, and who pins them
  warpmark clocks restore        gives back what a run that died left pinned

Every warpmark gives back what is left, before it does anything else; this does it by hand.";

/// Show how GPUs' clocks stand, and give back what a run that died left pinned
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show the clocks of the GPUs, what they can be, and who pins them
    Status(status::Args),
    /// Give back what a run that died left pinned
    Restore(restore::Args),
}

/// Shows or gives back.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::Status(args) => status::run(args),
        Verb::Restore(args) => restore::run(args),
    }
}

/// Which journal a watchdog watches over.
#[derive(Debug, clap::Args)]
pub struct WatchdogArgs {
    journal: PathBuf,
}

/// `warpmark watchdog`, which a run that pins clocks starts; no one types it.
pub fn watchdog(args: &WatchdogArgs) -> anyhow::Result<Exit> {
    clocks::watch(&args.journal).map_err(|error| hidden(&error))?;
    Ok(Exit::Success)
}

/// `warpmark load`, which a run that pins clocks starts; no one types it.
pub fn load() -> anyhow::Result<Exit> {
    clocks::keep_busy().map_err(|error| hidden(&error))?;
    Ok(Exit::Success)
}

fn hidden(error: &std::io::Error) -> Fault {
    Fault::new(Exit::Usage, format!("nobody is there: {error}"))
        .hint("this verb is for warpmark itself; run a suite by `warpmark run`")
}

fn fault(error: &Trouble) -> Fault {
    Fault::new(Exit::Environment, error.to_string()).hint(error.hint())
}
