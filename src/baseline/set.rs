//! The baselines of a suite: reviewed files by key, and the runs beside them.

use std::collections::BTreeMap;

use super::reviewed::Reviewed;
use super::{BaselineError, SavedRun, Source};
use crate::id::Name;

/// How many runs a candidate is compared with at most.
pub const RECENT: usize = 10;

/// A suite's baseline for one environment key.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The reviewed file.
    pub reviewed: Reviewed,
    /// The runs, oldest first, each once.
    pub runs: Vec<SavedRun>,
}

/// The suites that `source` has baselines of, by name.
pub fn suites(source: &Source) -> Result<Vec<Name>, BaselineError> {
    let mut found = Vec::new();
    for entry in source.list("")? {
        let Ok(name) = Name::new(&entry) else {
            continue;
        };
        if !reviewed_names(source, &name)?.is_empty() {
            found.push(name);
        }
    }
    Ok(found)
}

/// The reviewed files of `suite`, one a key, by name; none where it has no baseline.
pub fn load(source: &Source, suite: &Name) -> Result<Vec<Reviewed>, BaselineError> {
    let mut found = Vec::new();
    for name in reviewed_names(source, suite)? {
        let path = format!("{suite}/{name}");
        found.push(Reviewed::parse(
            &source.name_of(&path),
            &source.read(&path)?,
        )?);
    }
    Ok(found)
}

fn reviewed_names(source: &Source, suite: &Name) -> Result<Vec<String>, BaselineError> {
    let mut names = source.list(suite.as_str())?;
    names.retain(|name| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "toml")
    });
    Ok(names)
}

impl Baseline {
    /// The baseline of `reviewed` with the newest `most` of its runs, or a few more: months are read whole.
    pub fn load(source: &Source, reviewed: Reviewed, most: usize) -> Result<Self, BaselineError> {
        let mut runs = BTreeMap::new();
        for file in run_files(source, &reviewed)?.iter().rev() {
            if runs.len() >= most {
                break;
            }
            let text = source.read(file)?;
            for run in SavedRun::parse_all(&source.name_of(file), &text)? {
                // A union merge may keep a run twice and in any order.
                runs.insert(run.values.id.clone(), run);
            }
        }
        Ok(Self {
            reviewed,
            runs: runs.into_values().collect(),
        })
    }

    /// The newest run that measured the whole suite.
    pub fn newest_whole_run(&self) -> Option<&SavedRun> {
        self.runs.iter().rev().find(|run| !run.partial)
    }
}

/// The files of the runs, oldest month first.
pub(super) fn run_files(
    source: &Source,
    reviewed: &Reviewed,
) -> Result<Vec<String>, BaselineError> {
    let folder = format!("{}/{}", reviewed.suite, reviewed.runs_folder());
    let mut names = source.list(&folder)?;
    names.retain(|name| {
        std::path::Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    Ok(names
        .into_iter()
        .map(|name| format!("{folder}/{name}"))
        .collect())
}
