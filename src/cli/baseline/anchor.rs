//! `warpmark baseline anchor`.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::Place;
use crate::baseline::{self, Anchoring, MovedAnchor, Reanchored};
use crate::cli::format::FactFormat;
use crate::cli::output::{self, shown};
use crate::cli::{Exit, Fault};
use crate::id::Name;
use crate::units::percent;

/// Move anchors to the newest 10 saved runs, as at a release: what crept until now is then accepted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  warpmark baseline anchor --dry-run              what would move, and by how much
  warpmark baseline anchor 'triad/*' --suite memory")]
pub struct Args {
    /// The cases, as -f takes them: globs on ids, axis=value, and ! before either [default: all]
    #[arg(value_name = "CASE")]
    cases: Vec<String>,
    /// The suites [default: all]
    #[arg(long = "suite", value_name = "NAME", value_parser = output::name)]
    suites: Vec<Name>,
    /// Only the machines whose environment key begins so, 4 hex digits or more
    #[arg(long = "key", value_name = "KEY", value_parser = super::key)]
    keys: Vec<String>,
    #[command(flatten)]
    place: Place,
}

/// Moves anchors and says which.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let (folder, suites) = args.place.open(&args.suites)?;
    let what = Anchoring {
        cases: super::filters(&args.cases)?,
        keys: args.keys.clone(),
        dry_run: args.place.dry_run,
    };
    let mut all = Vec::new();
    for suite in &suites {
        all.extend(baseline::anchor(&folder, suite, &what).map_err(Fault::from)?);
    }
    if all.is_empty() {
        return Err(super::no_such_key(&args.keys).into());
    }
    if all.iter().all(|one| one.selected == 0) {
        let message = format!(
            "no case of the baselines matches {}",
            args.cases.join(" or ")
        );
        let fault = Fault::new(Exit::NothingSelected, message);
        return Err(fault
            .hint("warpmark baseline show prints the cases; a baseline knows no tags")
            .into());
    }
    let text = match args.place.format.chosen() {
        FactFormat::Human => human(&all, args.place.dry_run),
        FactFormat::Json => json(&all, args.place.dry_run)?,
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn human(all: &[Reanchored], dry_run: bool) -> String {
    let verb = if dry_run { "would move" } else { "moved" };
    let mut text = String::new();
    for one in all {
        for moved in &one.moved {
            let name = moved.case.with_metric(&moved.metric);
            let _ = writeln!(text, "{name}: {}", change(moved));
        }
        text.push_str(&super::unacknowledged(
            &one.unacknowledged,
            "its anchor moved",
            dry_run,
        ));
        let anchors = match one.moved.len() {
            1 => "1 anchor".to_owned(),
            count => format!("{count} anchors"),
        };
        let file = shown(&one.file);
        let _ = writeln!(text, "{verb} {anchors} of {}", file.display());
    }
    text
}

/// `1.503 us to 1.520 us (+1.131 %, 10 runs)`.
fn change(moved: &MovedAnchor) -> String {
    let after = moved.unit.show(moved.after);
    let runs = match moved.runs {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    moved.before.map_or_else(
        || format!("{after} ({runs})"),
        |before| {
            let share = percent(moved.after / before - 1.0);
            format!("{} to {after} ({share}, {runs})", moved.unit.show(before))
        },
    )
}

#[derive(Serialize)]
struct Wire<'a> {
    format: u32,
    dry_run: bool,
    anchored: Vec<WireOne<'a>>,
}

#[derive(Serialize)]
struct WireOne<'a> {
    file: &'a Path,
    moved: &'a [MovedAnchor],
    unacknowledged: &'a [String],
}

fn json(all: &[Reanchored], dry_run: bool) -> serde_json::Result<String> {
    let anchored = all.iter().map(|one| WireOne {
        file: &one.file,
        moved: &one.moved,
        unacknowledged: &one.unacknowledged,
    });
    output::json(&Wire {
        format: 1,
        dry_run,
        anchored: anchored.collect(),
    })
}
