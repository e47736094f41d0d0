//! The end of a run: its result on standard output, and the exit code.

use std::path::Path;

use super::Options;
use super::start::Results;
use crate::cli::ab::side::Content;
use crate::cli::comparing::{self, Confirm, Operand};
use crate::cli::{Exit, again, ceilings, output, statement};
use crate::engine::Signals;
use crate::record::{Header, Summary};
use crate::report::{self, CaseView, CompareView, Heading, Probes, RunView};

/// A run that ended.
pub struct Ended<'a> {
    /// Its header.
    pub header: &'a Header,
    /// How it ended.
    pub summary: &'a Summary,
    /// Its record.
    pub folder: &'a Path,
    /// What it measured.
    pub results: &'a Results,
}

/// Prints the result of a run, compared `against` another where that was asked for, and says how the program ends.
pub fn print(
    ended: &Ended<'_>,
    against: Option<Operand>,
    options: &Options,
    signals: &Signals,
) -> anyhow::Result<Exit> {
    let summary = ended.summary;
    let against = against.filter(|_| summary.complete);
    let confirm = options.confirm.confirm.then_some(Confirm {
        signals,
        quiet: options.quiet,
        wait: options.wait,
        locks: options.locks,
        content: Some(Content::WorkTree),
    });
    let compared = against
        .map(|base| {
            comparing::compare_record(ended.folder, base, options.settings, confirm.as_ref())
        })
        .transpose()?;
    let mut exit = exit_of(summary);
    let mut comparison = None;
    if let Some(compared) = compared {
        exit = exit.before(compared.exit);
        compared.warnings.iter().for_each(|text| output::warn(text));
        comparison = Some(compared.view);
    }
    let mut view = view(ended, comparison);
    let against = options.compare.as_deref();
    view.set_reproduce(&again::run(ended.header, against, options.confirm.confirm));
    exit = exit.before(options.settings.exit_of(&view.statement));
    output::print(report::render(&view, options.report.chosen())?.as_bytes())?;
    if let Some(signal) = summary.signal {
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
        anstream::eprintln!(
            "interrupted by {name}: what was measured is kept, `warpmark run --resume` goes on"
        );
    }
    Ok(exit)
}

fn view(ended: &Ended<'_>, comparison: Option<CompareView>) -> RunView {
    let Ended {
        header, summary, ..
    } = ended;
    let ceilings = ceilings::of(header, ended.folder);
    let cases = header.cases.iter().map(|case| {
        let found = ended.results.0.get(&case.id).map_or(&[][..], Vec::as_slice);
        CaseView::of(case, found).held_against(&ceilings, case)
    });
    let judgements = comparison
        .as_ref()
        .map(|comparison| comparison.judgements.as_slice());
    RunView {
        statement: statement::of(header, &ended.results.0, &ceilings, judgements),
        heading: Heading::of(header, Some(summary), Some(output::shown(ended.folder))),
        probes: Probes::of(&ended.results.1),
        cases: cases.collect(),
        comparison,
    }
}

/// How a run ends that measured everything, or was stopped.
pub fn exit_of(summary: &Summary) -> Exit {
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
    anstream::eprintln!("interrupted before anything was measured");
    signals.caught().map_or(Exit::Success, of_signal)
}

/// How a run ends that this signal stopped.
pub fn of_signal(signal: i32) -> Exit {
    Exit::Signal(u8::try_from(signal).unwrap_or(u8::MAX))
}
