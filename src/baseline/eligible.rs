//! Which runs may become a part of a baseline.

use std::fmt;

use crate::store::Record;

/// Why a run shouldn't become a part of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It was stopped or killed.
    Interrupted,
    /// Cases failed in it.
    Failed(usize),
    /// It took too few samples.
    Quick,
    /// The command line changed what the suite says.
    Overrides(Vec<String>),
    /// It measured a part of the suite.
    Partial(Vec<String>),
    /// HEAD doesn't say what it measured.
    Dirty(Vec<String>),
}

/// Objections that the user overrules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools)] // one independent flag of the command line each
pub struct Allowed {
    /// Failed cases; they are left out.
    pub failed: bool,
    /// `--quick`.
    pub quick: bool,
    /// Overrides of the command line.
    pub overrides: bool,
    /// Filters.
    pub partial: bool,
    /// A dirty tree.
    pub dirty: bool,
}

/// All that speaks against taking `record` into a baseline, but for what is `allowed`.
pub fn objections(record: &Record, allowed: Allowed) -> Vec<Objection> {
    let header = &record.header;
    let mut found = Vec::new();
    let failed = record.summary.as_ref().map_or(0, |summary| summary.failed);
    if !record.is_complete() {
        found.push(Objection::Interrupted);
    }
    if failed > 0 && !allowed.failed {
        found.push(Objection::Failed(failed));
    }
    if header.quick && !allowed.quick {
        found.push(Objection::Quick);
    }
    if !header.overrides.is_empty() && !allowed.overrides {
        found.push(Objection::Overrides(header.overrides.clone()));
    }
    if !header.filters.is_empty() && !allowed.partial {
        found.push(Objection::Partial(header.filters.clone()));
    }
    if let Some(git) = header.git.as_ref().filter(|git| !git.dirty.is_empty())
        && !allowed.dirty
    {
        found.push(Objection::Dirty(git.dirty.clone()));
    }
    found
}

impl Objection {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Interrupted => "measure the rest with `warpmark run --resume`",
            Self::Failed(_) => {
                "repair them and run again, or leave them out of the baseline (--allow-failed)"
            }
            Self::Quick => "run without --quick, or take it all the same (--allow-quick)",
            Self::Overrides(_) => {
                "write these into the suite and run again, or take it all the same (--allow-overrides)"
            }
            Self::Partial(_) => "run without filters, or take it all the same (--allow-partial)",
            Self::Dirty(_) => {
                "commit these and run again, so that the baseline stands for a commit, or take it all the same (--allow-dirty)"
            }
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("it was interrupted"),
            Self::Failed(1) => f.write_str("a case failed in it"),
            Self::Failed(count) => write!(f, "{count} cases failed in it"),
            Self::Quick => f.write_str("it is a --quick run"),
            Self::Overrides(all) => write!(f, "it ran with {}", all.join(" ")),
            Self::Partial(filters) => write!(
                f,
                "it measured a part of the suite: -f {}",
                filters.join(" -f ")
            ),
            Self::Dirty(files) => {
                write!(f, "HEAD doesn't hold what it measured: {}", first(files))
            }
        }
    }
}

/// The first few names, and how many more there are.
fn first(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names.get(..SHOWN).unwrap_or(names).join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
