//! Takes runs into a baseline: all that were made since the last save, never a chosen one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{Oid, Repository};

use super::nights::rename_keys;
use super::reviewed::Reviewed;
use super::{
    Allowed, Baseline, BaselineError, Measured, RunValues, SavedRun, Source, model, objections,
};
use crate::files;
use crate::id::CaseId;
use crate::plan::Filters;
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
    /// Cases whose change was accepted.
    pub accepted: Vec<CaseId>,
    /// Cases, with the metric where that isn't the time, whose acknowledgement went: what it was said of is accepted
    /// now, or measured in another way.
    pub unacknowledged: Vec<String>,
}

/// What a save takes although something speaks against it, and what it accepts.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Objections that are overruled.
    pub allowed: Allowed,
    /// What is accepted, where something is.
    pub accept: Option<Acceptance>,
}

/// A change that is meant.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The cases, as `-f` takes them.
    pub cases: Filters,
    /// Why.
    pub reason: String,
}

/// Takes the run in the folder `run`, and those of its suite and key beside it since the last save, into the
/// baselines in `folder`. A run that was taken before changes nothing by itself.
///
/// Accepted cases start anew with the newest run, and with those that this save takes right before it of the same
/// commit.
///
/// Fails where something speaks against `run` that isn't allowed; an earlier run of that sort is left out.
pub fn save(run: &Path, folder: &Path, terms: &Terms) -> Result<Saved, BaselineError> {
    let record = Record::open(run)?;
    let against = objections(&record, terms.allowed);
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
        accepted: Vec::new(),
        unacknowledged: Vec::new(),
    };
    let known_before = acknowledged(&baseline.reviewed);
    let mut runs = Vec::new();
    if !known.contains(&record.header.id) {
        runs = admitted(&record, folder, &known, (terms.allowed, &mut saved))?;
    } else if terms.accept.is_none() {
        return Ok(saved);
    }
    let mut renamed: Vec<RunValues> = runs.iter().map(|run| run.values.clone()).collect();
    for run in &mut renamed {
        rename_keys(&mut run.cases, &record.header.renamed);
    }
    let values: Vec<&RunValues> = renamed.iter().collect();
    baseline.reviewed.extend(&values);
    baseline.reviewed.note_ceilings(&record.header);
    saved.new_cases = baseline.reviewed.cases.len() - saved.cases;
    saved.cases = baseline.reviewed.cases.len();
    if let Some(accept) = &terms.accept {
        let newest = newest_of_one_commit(&values, &baseline.runs, &record)?;
        saved.accepted = accepted_cases(accept, &record, &newest)?;
        let reviewed = &mut baseline.reviewed;
        reviewed.accept(&saved.accepted, &newest, &accept.reason);
    }
    let known_now = acknowledged(&baseline.reviewed);
    saved.unacknowledged = known_before.difference(&known_now).cloned().collect();
    write(folder, &baseline.reviewed, &runs)?;
    saved.runs = runs.into_iter().map(|run| run.values.id).collect();
    Ok(saved)
}

/// What is acknowledged, with the metric where that isn't the time.
fn acknowledged(reviewed: &Reviewed) -> BTreeSet<String> {
    let all = reviewed.acknowledgements();
    all.map(|(id, metric, _)| id.with_metric(metric)).collect()
}

/// The runs that a save of `record` takes; those that it leaves out are noted.
fn admitted(
    record: &Record,
    folder: &Path,
    known: &BTreeSet<String>,
    (allowed, saved): (Allowed, &mut Saved),
) -> Result<Vec<SavedRun>, BaselineError> {
    let history = History::of(record, folder);
    let mut runs = Vec::new();
    for path in since_last_save(record, known)? {
        match admit(&path, record, allowed, &history)? {
            Admission::Taken(run) => runs.push(*run),
            Admission::LeftOut(id, why) => saved.left_out.push((id, why)),
            Admission::OtherKey => {}
        }
    }
    Ok(runs)
}

/// The runs with which accepted cases start anew: the newest of those `taken`, and those right before it that measured
/// the same commit; where none is taken, `record` itself, which must be the newest of those that are saved.
fn newest_of_one_commit<'a>(
    taken: &[&'a RunValues],
    saved: &'a [SavedRun],
    record: &Record,
) -> Result<Vec<&'a RunValues>, BaselineError> {
    let Some(newest) = taken.last() else {
        let run = &record.header.id;
        return match saved.last() {
            Some(newest) if newest.values.id == *run => Ok(vec![&newest.values]),
            newest => Err(BaselineError::OutOfOrder {
                run: run.clone(),
                last: newest.map_or_else(String::new, |newest| newest.values.id.clone()),
            }),
        };
    };
    let is_same = |run: &&&RunValues| run.commit.is_some() && run.commit == newest.commit;
    let alike = taken.iter().rev().skip(1).take_while(is_same).count();
    Ok(taken[taken.len() - 1 - alike..].to_vec())
}

/// The cases of `record` that are accepted and that `runs` measured.
fn accepted_cases(
    accept: &Acceptance,
    record: &Record,
    runs: &[&RunValues],
) -> Result<Vec<CaseId>, BaselineError> {
    let cases = record.header.cases.iter();
    let selected = cases.filter(|case| accept.cases.select(&case.id, &case.tags, &case.axes));
    let measured = |id: &CaseId| runs.last().is_some_and(|run| run.cases.contains_key(id));
    let found: Vec<CaseId> = selected
        .map(|case| case.id.clone())
        .filter(measured)
        .collect();
    if found.is_empty() {
        return Err(BaselineError::NothingAccepted {
            run: record.header.id.clone(),
        });
    }
    Ok(found)
}

fn ids(runs: &[SavedRun]) -> BTreeSet<String> {
    runs.iter().map(|run| run.values.id.clone()).collect()
}

/// The baseline of the record's suite and key as it stands, with all its runs, or an empty one.
fn present(record: &Record, folder: &Path) -> Result<Baseline, BaselineError> {
    let header = &record.header;
    let reviewed = model::present(folder, &header.suite, &header.device, &header.environment)?;
    Baseline::load(&Source::Folder(folder.to_owned()), reviewed, usize::MAX)
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
pub(super) fn write(
    folder: &Path,
    reviewed: &Reviewed,
    runs: &[SavedRun],
) -> Result<(), BaselineError> {
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
