//! `warpmark baseline save|show|prune`.

mod prune;
mod save;
mod show;

use std::path::PathBuf;

use super::{Exit, Fault};
use crate::baseline::{self, Source};
use crate::id::Name;
use crate::store;

/// Save, show and prune baselines
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Take the runs since the last save into the baseline
    Save(save::Args),
    /// Show what baselines hold
    Show(show::Args),
    /// Drop what baselines no longer need
    Prune(prune::Args),
}

/// Runs one of the verbs.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::Save(args) => save::run(args),
        Verb::Show(args) => show::run(args),
        Verb::Prune(args) => prune::run(args),
    }
}

/// The folder of baselines: the given one, or that of the work tree that holds the current folder; shown relative
/// to it where it lies below.
pub fn folder(given: Option<&PathBuf>) -> PathBuf {
    if let Some(folder) = given {
        return folder.clone();
    }
    let here = std::path::Path::new(".");
    let root = store::root_for(here);
    let tree = root.parent().unwrap_or(here);
    super::output::shown(&tree.join(baseline::FOLDER))
}

/// The suites of `source` that were asked for, or all; an error where it has no baseline of one.
fn chosen(source: &Source, asked: &[Name]) -> Result<Vec<Name>, Fault> {
    let all = baseline::suites(source)?;
    let nothing = |what: String| {
        let folder = source.to_string();
        Fault::from(baseline::BaselineError::Nothing { what, folder })
    };
    if let Some(missing) = asked.iter().find(|name| !all.contains(name)) {
        return Err(nothing(format!("of the suite {missing}")));
    }
    if all.is_empty() {
        return Err(nothing("of any suite".to_owned()));
    }
    Ok(if asked.is_empty() {
        all
    } else {
        asked.to_vec()
    })
}
