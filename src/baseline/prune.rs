//! Drops from a baseline what it no longer needs.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::reviewed::Reviewed;
use super::{Baseline, BaselineError, RECENT, SavedRun, Source, load};
use crate::files::{self, FileError};
use crate::id::{CaseId, Name};

/// What to drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruning {
    /// Beginnings of the keys whose files go as a whole.
    pub keys: Vec<String>,
    /// How many of the newest runs stay, never fewer than comparisons use; all without it.
    pub keep_runs: Option<usize>,
    /// The day, in UTC, before which the last day of dropped acknowledgements lies.
    pub today: Date,
    /// Only say what would be dropped.
    pub dry_run: bool,
}

/// What was dropped of a suite's baseline for one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pruned {
    /// The reviewed file.
    pub file: PathBuf,
    /// Whether both files went as a whole.
    pub whole: bool,
    /// Cases that the newest run of the whole suite no longer has.
    pub cases: Vec<CaseId>,
    /// Cases, with the metric where that isn't the time, whose acknowledgement is over.
    pub unacknowledged: Vec<String>,
    /// The ids of dropped runs, oldest first.
    pub runs: Vec<String>,
}

impl Pruned {
    /// Whether nothing was dropped.
    pub fn is_nothing(&self) -> bool {
        let parts = [self.cases.len(), self.unacknowledged.len(), self.runs.len()];
        !self.whole && parts == [0; 3]
    }
}

/// Prunes the baselines of `suite` in `folder`, and says what was dropped, a file each.
pub fn prune(folder: &Path, suite: &Name, what: &Pruning) -> Result<Vec<Pruned>, BaselineError> {
    let source = Source::Folder(folder.to_owned());
    let mut all = Vec::new();
    for reviewed in load(&source, suite)? {
        let is_named = |key: &String| reviewed.key.starts_with(key.as_str());
        let pruned = if what.keys.iter().any(is_named) {
            drop_key(folder, reviewed, what.dry_run)?
        } else {
            let baseline = Baseline::load(&source, reviewed, usize::MAX)?;
            thin(folder, baseline, what)?
        };
        all.push(pruned);
    }
    Ok(all)
}

/// Removes both files of a key.
fn drop_key(folder: &Path, reviewed: Reviewed, dry_run: bool) -> Result<Pruned, BaselineError> {
    let suite = folder.join(reviewed.suite.as_str());
    let file = suite.join(reviewed.file_name());
    let runs = suite.join(reviewed.runs_folder());
    if !dry_run {
        fs::remove_file(&file).map_err(FileError::at("remove", &file))?;
        if runs.exists() {
            fs::remove_dir_all(&runs).map_err(FileError::at("remove", &runs))?;
        }
    }
    Ok(Pruned {
        file,
        whole: true,
        cases: reviewed.cases.into_keys().collect(),
        unacknowledged: Vec::new(),
        runs: Vec::new(),
    })
}

/// Drops cases that the suite lost, acknowledgements that are over, and old runs.
fn thin(folder: &Path, mut baseline: Baseline, what: &Pruning) -> Result<Pruned, BaselineError> {
    let suite = folder.join(baseline.reviewed.suite.as_str());
    let mut pruned = Pruned {
        file: suite.join(baseline.reviewed.file_name()),
        whole: false,
        cases: Vec::new(),
        unacknowledged: Vec::new(),
        runs: Vec::new(),
    };
    if let Some(newest) = baseline.newest_whole_run() {
        let lost = baseline
            .reviewed
            .cases
            .keys()
            .filter(|id| !newest.knows(id));
        pruned.cases = lost.cloned().collect();
    }
    let reviewed = &mut baseline.reviewed;
    reviewed.cases.retain(|id, _| !pruned.cases.contains(id));
    for (id, case) in &mut reviewed.cases {
        for (metric, _) in case
            .acknowledged
            .extract_if(.., |_, known| known.is_over(what.today))
        {
            pruned.unacknowledged.push(id.with_metric(&metric));
        }
    }
    let keep = what.keep_runs.map_or(usize::MAX, |keep| keep.max(RECENT));
    let old = baseline.runs.len().saturating_sub(keep);
    let dropped = baseline.runs.drain(..old);
    pruned.runs = dropped.map(|run| run.values.id).collect();
    if what.dry_run {
        return Ok(pruned);
    }
    if !pruned.cases.is_empty() || !pruned.unacknowledged.is_empty() {
        files::write_atomically(&pruned.file, baseline.reviewed.to_text().as_bytes())?;
    }
    if !pruned.runs.is_empty() {
        rewrite_runs(&suite.join(baseline.reviewed.runs_folder()), &baseline.runs)?;
    }
    Ok(pruned)
}

/// Leaves exactly `runs` in the files of `folder`.
fn rewrite_runs(folder: &Path, runs: &[SavedRun]) -> Result<(), BaselineError> {
    let months = SavedRun::lines_by_file(runs)?;
    for (month, lines) in &months {
        files::write_atomically(&folder.join(month), lines.as_bytes())?;
    }
    for entry in fs::read_dir(folder).map_err(FileError::at("list", folder))? {
        let path = entry.map_err(FileError::at("list", folder))?.path();
        let is_month = path
            .extension()
            .is_some_and(|extension| extension == "jsonl");
        let name = path.file_name().and_then(|name| name.to_str());
        if is_month && name.is_some_and(|name| !months.contains_key(name)) {
            fs::remove_file(&path).map_err(FileError::at("remove", &path))?;
        }
    }
    Ok(())
}
