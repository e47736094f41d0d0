//! The end of a run: its result on standard output, and the exit code.

use std::path::Path;

use super::start::Results;
use crate::cli::format::ReportArgs;
use crate::cli::{Exit, output};
use crate::engine::Signals;
use crate::record::{Header, Summary};
use crate::report::{self, CaseView, Heading, RunView};

/// Prints the result of a run, and says how the program ends.
pub fn print(
    header: &Header,
    summary: &Summary,
    folder: &Path,
    results: &Results,
    report: ReportArgs,
) -> anyhow::Result<Exit> {
    let cases = header.cases.iter().map(|case| {
        let found = results.0.get(&case.id).map_or(&[][..], Vec::as_slice);
        CaseView::of(case, found)
    });
    let view = RunView {
        heading: Heading::of(header, Some(summary), Some(shown(folder))),
        cases: cases.collect(),
        comparison: None,
    };
    output::print(report::render(&view, report.chosen()).as_bytes())?;
    if let Some(signal) = summary.signal {
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
        anstream::eprintln!(
            "interrupted by {name}: what was measured is kept, `warpmark run --resume` goes on"
        );
    }
    Ok(exit_of(summary))
}

/// How a run ends that measured everything, or was stopped.
fn exit_of(summary: &Summary) -> Exit {
    match summary {
        Summary {
            signal: Some(signal),
            ..
        } => of_signal(*signal),
        Summary { failed: 1.., .. } => Exit::CaseFailed,
        Summary {
            measured: 0,
            unsupported: 1..,
            ..
        } => Exit::Environment,
        _ => Exit::Success,
    }
}

/// How a run ends that a signal stopped before its first process.
pub fn interrupted(signals: &Signals) -> Exit {
    signals.caught().map_or(Exit::Success, of_signal)
}

fn of_signal(signal: i32) -> Exit {
    Exit::Signal(u8::try_from(signal).unwrap_or(u8::MAX))
}

/// The exit of several suites: the one that stands first in the documented order.
pub fn worst(exits: &[Exit]) -> Exit {
    let rank = |exit: &&Exit| match exit {
        Exit::Signal(_) => 0,
        Exit::Internal => 1,
        Exit::Environment => 2,
        Exit::Usage => 3,
        Exit::Input => 4,
        Exit::CaseFailed => 5,
        Exit::Regressed => 6,
        Exit::Suspect => 7,
        Exit::Incomparable => 8,
        Exit::Missing => 9,
        Exit::NothingSelected => 10,
        Exit::Success => 11,
    };
    exits
        .iter()
        .min_by_key(rank)
        .copied()
        .unwrap_or(Exit::Success)
}

/// A folder as people look for it: relative to the current one where it lies below.
pub fn shown(folder: &Path) -> std::path::PathBuf {
    let current = std::env::current_dir().ok();
    let current = current.and_then(|current| current.canonicalize().ok());
    let below = current.and_then(|current| folder.strip_prefix(current).ok());
    below.unwrap_or(folder).to_owned()
}
