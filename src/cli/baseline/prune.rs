//! `warpmark baseline prune`.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::Place;
use crate::baseline::{self, Pruned, Pruning, RECENT};
use crate::cli::format::FactFormat;
use crate::cli::output::{self, shown};
use crate::cli::{Exit, Fault};
use crate::id::{CaseId, Name};

/// Drop the cases that the newest saved run no longer has, and acknowledgements that are over; on demand old runs, and whole keys
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: warpmark baseline prune --dry-run --keep-runs 200")]
pub struct Args {
    /// The suites [default: all]
    #[arg(value_name = "SUITE", value_parser = output::name)]
    suites: Vec<Name>,
    /// Keep only the newest N runs, 10 at least; without it every run stays, since history needs them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..))]
    keep_runs: Option<u32>,
    /// Drop all of the environment key that begins so, 4 hex digits or more
    #[arg(long = "key", value_name = "KEY", value_parser = super::key)]
    keys: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Prunes and says what went.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let (folder, suites) = args.place.open(&args.suites)?;
    let what = Pruning {
        keys: args.keys.clone(),
        keep_runs: args
            .keep_runs
            .map(|runs| usize::try_from(runs).unwrap_or(RECENT)),
        today: output::today(),
        dry_run: args.place.dry_run,
    };
    let mut all = Vec::new();
    for suite in &suites {
        all.extend(baseline::prune(&folder, suite, &what).map_err(Fault::from)?);
    }
    if !what.keys.is_empty() && !all.iter().any(|pruned| pruned.whole) {
        return Err(super::no_such_key(&what.keys).into());
    }
    let text = match args.place.format.chosen() {
        FactFormat::Human => human(&all, args.place.dry_run),
        FactFormat::Json => json(&all, args.place.dry_run)?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn human(all: &[Pruned], dry_run: bool) -> String {
    let verb = if dry_run { "would drop" } else { "dropped" };
    let mut text = String::new();
    for pruned in all.iter().filter(|pruned| !pruned.is_nothing()) {
        let file = shown(&pruned.file);
        let file = file.display();
        if pruned.whole {
            let _ = writeln!(text, "{verb} {file} and its runs");
            continue;
        }
        for case in &pruned.cases {
            let _ = writeln!(text, "{verb} the case {case} of {file}");
        }
        for name in &pruned.unacknowledged {
            let _ = writeln!(
                text,
                "{verb} the acknowledgement of {name}, which is over, of {file}"
            );
        }
        for run in &pruned.runs {
            let _ = writeln!(text, "{verb} the run {run} of {file}");
        }
    }
    if text.is_empty() {
        "nothing to drop\n".clone_into(&mut text);
    }
    text
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    dry_run: bool,
    pruned: Vec<WirePruned<'a>>,
}

#[derive(Serialize)]
struct WirePruned<'a> {
    file: &'a Path,
    whole: bool,
    cases: &'a [CaseId],
    unacknowledged: &'a [String],
    runs: &'a [String],
}

fn json(all: &[Pruned], dry_run: bool) -> serde_json::Result<String> {
    let pruned = all.iter().map(|pruned| WirePruned {
        file: &pruned.file,
        whole: pruned.whole,
        cases: &pruned.cases,
        unacknowledged: &pruned.unacknowledged,
        runs: &pruned.runs,
    });
    output::json(&Wire {
        format: 1,
        dry_run,
        pruned: pruned.collect(),
    })
}
