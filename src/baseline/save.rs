//! Takes runs into a baseline: all that were made since the last save, never a chosen one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use super::nights::rename_keys;
use super::reviewed::Reviewed;
use super::{Allowed, Baseline, BaselineError, Measured, SavedRun, Source, load, objections};
use crate::files;
use crate::store::{self, Record};

/// What a save did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The reviewed file.
    pub file: PathBuf,
    /// The ids of the runs that it took, oldest first; none where everything was saved already.
    pub runs: Vec<String>,
    /// Runs of the same time that it left out, and why.
    pub left_out: Vec<(String, String)>,
    /// Cases of the baseline, and how many of them are new.
    pub cases: usize,
    /// Cases that the baseline didn't have.
    pub new_cases: usize,
}

/// Takes the run in the folder `run`, and those of its suite and key beside it since the last save, into the
/// baselines in `folder`. A run that was taken before changes nothing.
///
/// Fails where something speaks against `run` that isn't `allowed`; an earlier run of that sort is left out.
pub fn save(run: &Path, folder: &Path, allowed: Allowed) -> Result<Saved, BaselineError> {
    let record = Record::open(run)?;
    let against = objections(&record, allowed);
    if !against.is_empty() {
        return Err(BaselineError::Refused {
            run: record.header.id.clone(),
            objections: against,
        });
    }
    let mut baseline = present(&record, folder)?;
    // The block of a case that has a new name keeps its anchor.
    rename_keys(&mut baseline.reviewed.cases, &record.header.renamed);
    let known: BTreeSet<String> = ids(&baseline.runs);
    let mut saved = Saved {
        file: folder
            .join(record.header.suite.as_str())
            .join(baseline.reviewed.file_name()),
        runs: Vec::new(),
        left_out: Vec::new(),
        cases: baseline.reviewed.cases.len(),
        new_cases: 0,
    };
    if known.contains(&record.header.id) {
        return Ok(saved);
    }
    let candidates = since_last_save(&record, &known)?;
    let history = History::of(&record, folder);
    let mut runs = Vec::new();
    for path in candidates {
        match admit(&path, &record, allowed, &history)? {
            Admission::Taken(run) => runs.push(*run),
            Admission::LeftOut(id, why) => saved.left_out.push((id, why)),
            Admission::OtherKey => {}
        }
    }
    let cases = baseline.reviewed.cases.len();
    let mut values: Vec<_> = runs.iter().map(|run| run.values.clone()).collect();
    for run in &mut values {
        rename_keys(&mut run.cases, &record.header.renamed);
    }
    baseline.reviewed.extend(&values.iter().collect::<Vec<_>>());
    saved.cases = baseline.reviewed.cases.len();
    saved.new_cases = saved.cases - cases;
    write(folder, &baseline.reviewed, &runs)?;
    saved.runs = runs.into_iter().map(|run| run.values.id).collect();
    Ok(saved)
}

fn ids(runs: &[SavedRun]) -> BTreeSet<String> {
    runs.iter().map(|run| run.values.id.clone()).collect()
}

/// The baseline of the record's suite and key as it stands, with all its runs, or an empty one.
fn present(record: &Record, folder: &Path) -> Result<Baseline, BaselineError> {
    let header = &record.header;
    let source = Source::Folder(folder.to_owned());
    let existing = load(&source, &header.suite)?
        .into_iter()
        .find(|reviewed| reviewed.key == header.environment.key);
    let device = header.device.split(':').next().unwrap_or_default();
    let reviewed = existing.unwrap_or_else(|| {
        Reviewed::new(header.suite.clone(), device.to_owned(), &header.environment)
    });
    Baseline::load(&source, reviewed, usize::MAX)
}

/// The folders of the runs beside `record` up to itself that are newer than the last one saved, oldest first.
fn since_last_save(
    record: &Record,
    known: &BTreeSet<String>,
) -> Result<Vec<PathBuf>, BaselineError> {
    let beside = store::runs_beside(&record.folder)?;
    let id = |path: &PathBuf| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let last = beside.iter().map(id).filter(|id| known.contains(id)).max();
    let own = id(&record.folder);
    if let Some(last) = last.as_ref().filter(|last| **last > own) {
        return Err(BaselineError::OutOfOrder {
            run: record.header.id.clone(),
            last: last.clone(),
        });
    }
    let is_due = |path: &PathBuf| {
        let id = id(path);
        id <= own && last.as_ref().is_none_or(|last| id > *last) && !known.contains(&id)
    };
    Ok(beside.into_iter().filter(is_due).collect())
}

/// Whether a run is taken.
enum Admission {
    Taken(Box<SavedRun>),
    LeftOut(String, String),
    OtherKey,
}

fn admit(
    path: &Path,
    target: &Record,
    allowed: Allowed,
    history: &History,
) -> Result<Admission, BaselineError> {
    let id = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let is_target = path == target.folder;
    let record = match Record::open(path) {
        Ok(record) => record,
        Err(error) if is_target => return Err(error.into()),
        Err(error) => return Ok(Admission::LeftOut(id, error.to_string())),
    };
    let header = &record.header;
    if header.suite != target.header.suite
        || header.environment.key != target.header.environment.key
    {
        return Ok(Admission::OtherKey);
    }
    let against = objections(&record, allowed);
    if !against.is_empty() {
        let all: Vec<String> = against.iter().map(ToString::to_string).collect();
        return Ok(Admission::LeftOut(id, all.join("; ")));
    }
    if let Some(commit) = history.elsewhere(&record) {
        let why = format!("its commit {commit} isn't one that this run's commit goes back to");
        return Ok(Admission::LeftOut(id, why));
    }
    match Measured::of(&record) {
        Ok(measured) => Ok(Admission::Taken(Box::new(SavedRun::new(header, measured)))),
        Err(error) if is_target => Err(error.into()),
        Err(error) => Ok(Admission::LeftOut(id, error.to_string())),
    }
}

/// The line of history that the target's commit stands on, as far as this repository knows it.
struct History {
    repository: Option<Repository>,
    target: Option<Oid>,
}

impl History {
    fn of(target: &Record, folder: &Path) -> Self {
        let place = folder.ancestors().find(|ancestor| ancestor.is_dir());
        let place = place.unwrap_or(Path::new("."));
        Self {
            repository: Repository::discover(place).ok(),
            target: commit_of(target),
        }
    }

    /// The commit of `record` in short, where it stands on another line of history: a branch that was left.
    fn elsewhere(&self, record: &Record) -> Option<String> {
        let (repository, target) = (self.repository.as_ref()?, self.target?);
        let commit = commit_of(record)?;
        if commit == target || repository.find_commit(commit).is_err() {
            return None;
        }
        // Unknown commits (of a shallow clone, say) can't be placed and are taken.
        let descends = repository.graph_descendant_of(target, commit).ok()?;
        (!descends).then(|| commit.to_string()[..12].to_owned())
    }
}

fn commit_of(record: &Record) -> Option<Oid> {
    let commit = record.header.git.as_ref()?.commit.as_ref()?;
    Oid::from_str(commit).ok()
}

/// Writes the reviewed file and then the runs: a save that dies between the two is made good by the next.
fn write(folder: &Path, reviewed: &Reviewed, runs: &[SavedRun]) -> Result<(), BaselineError> {
    let suite = folder.join(reviewed.suite.as_str());
    let beside = suite.join(reviewed.runs_folder());
    files::create_folder(&beside)?;
    merge_by_union(folder)?;
    files::write_atomically(
        &suite.join(reviewed.file_name()),
        reviewed.to_text().as_bytes(),
    )?;
    for (month, lines) in SavedRun::lines_by_file(runs)? {
        extend_file(&beside.join(month), &lines)?;
    }
    Ok(())
}

/// Adds whole lines to a file, or none.
fn extend_file(path: &Path, lines: &str) -> Result<(), BaselineError> {
    let mut text = if path.exists() {
        files::read_text(path)?
    } else {
        String::new()
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(lines);
    Ok(files::write_atomically(path, text.as_bytes())?)
}

/// Tells git, in the folder's own `.gitattributes`, to merge runs by union: two nightly branches never conflict.
fn merge_by_union(folder: &Path) -> Result<(), BaselineError> {
    const LINE: &str = "*.jsonl merge=union\n";
    let path = folder.join(".gitattributes");
    let has_it = path.exists()
        && files::read_text(&path)?
            .lines()
            .any(|line| line.trim() == LINE.trim_end());
    if has_it {
        return Ok(());
    }
    extend_file(&path, LINE)
}
