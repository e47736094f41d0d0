//! `warpmark baseline save|anchor|rebase|show|prune`.

mod anchor;
mod prune;
mod rebase;
mod save;
mod show;

use std::path::PathBuf;

use super::format::FactArgs;
use super::{Exit, Fault};
use crate::baseline::{self, Source};
use crate::id::Name;
use crate::plan::{Filters, PlanError};
use crate::store;

/// Save, anchor, rebase, show and prune baselines
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Take the runs since the last save into the baseline
    Save(save::Args),
    /// Move anchors to the newest runs, as at a release
    Anchor(anchor::Args),
    /// Go on with a baseline on a new driver or machine
    Rebase(rebase::Args),
    /// Show what baselines hold
    Show(show::Args),
    /// Drop what baselines no longer need
    Prune(prune::Args),
}

/// Where baselines are changed, and how that is told.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// Only say what would change
    #[arg(long)]
    pub(super) dry_run: bool,
    /// The folder of baselines [default: `baselines` in the root of the work tree]
    #[arg(long, value_name = "DIR")]
    pub(super) baselines: Option<PathBuf>,
    #[command(flatten)]
    pub(super) format: FactArgs,
}

impl Place {
    /// The folder, and those of its suites that were asked for, or all.
    pub(super) fn open(&self, asked: &[Name]) -> Result<(PathBuf, Vec<Name>), Fault> {
        let folder = folder(self.baselines.as_ref());
        let suites = chosen(&Source::Folder(folder.clone()), asked)?;
        Ok((folder, suites))
    }
}

/// Runs one of the verbs.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.verb {
        Verb::Save(args) => save::run(args),
        Verb::Anchor(args) => anchor::run(args),
        Verb::Rebase(args) => rebase::run(args),
        Verb::Show(args) => show::run(args),
        Verb::Prune(args) => prune::run(args),
    }
}

/// The beginning of a key that is long enough to mean one.
pub(super) fn key(text: &str) -> Result<String, String> {
    let is_hex = text.chars().all(|c| c.is_ascii_hexdigit());
    if text.len() >= 4 && is_hex {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("a key is 4 hex digits or more, as `warpmark baseline show` prints them".to_owned())
    }
}

/// Which acknowledgements go, a line each, and why.
fn unacknowledged(names: &[String], why: &str, dry_run: bool) -> String {
    let verb = if dry_run { "would drop" } else { "dropped" };
    let line = |name: &String| format!("{verb} the acknowledgement of {name}: {why}\n");
    names.iter().map(line).collect()
}

/// The fault of keys that no baseline has.
pub(super) fn no_such_key(keys: &[String]) -> Fault {
    let message = format!("no baseline has the key {}", keys.join(" or "));
    Fault::new(Exit::Input, message).hint("warpmark baseline show prints the keys")
}

/// Filters of the command line, as `-f` takes them.
pub(super) fn filters(given: &[String]) -> Result<Filters, Fault> {
    Filters::parse(given).map_err(|error| match error {
        PlanError::Usage { message, hint } => Fault::new(Exit::Usage, message).hint(hint),
        other => Fault::new(Exit::Usage, other.to_string()),
    })
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
