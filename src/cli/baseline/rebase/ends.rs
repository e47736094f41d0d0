//! The two ends of a bridge: the baseline that is there, and this machine; and all that speaks against one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::Args;
use crate::baseline::{self, Baseline, BaselineError, Reviewed, Revision, Source};
use crate::cli::ab::side::inside_folder;
use crate::cli::run::header;
use crate::cli::run::subject::Subject;
use crate::cli::{Exit, Fault};
use crate::environment;
use crate::id::Name;
use crate::record::{Environment, GitState};

/// Runs of the old baseline that are read: the spread between runs is measured by these.
const RUNS: usize = 40;

/// The old baseline and the place of the new one.
pub(super) struct Ends {
    /// The folder of baselines.
    pub(super) folder: PathBuf,
    /// The old baseline, with its runs.
    pub(super) old: Baseline,
    /// The commit of its newest run, a full hash.
    pub(super) commit: String,
    /// This machine.
    pub(super) environment: Environment,
    /// The reviewed file that it gets.
    pub(super) file: PathBuf,
    /// The present state of the work tree.
    pub(super) git: GitState,
}

/// A fact in which the ends differ.
#[derive(Debug, Serialize)]
pub(super) struct Differing {
    /// Its name.
    pub(super) fact: String,
    /// What it is in the old baseline.
    pub(super) old: Option<Value>,
    /// What it is here.
    pub(super) here: Option<Value>,
}

impl Ends {
    /// Finds both; fails with what to do where they can't be bridged.
    pub(super) fn find(subject: &Subject, folder: PathBuf, args: &Args) -> Result<Self, Fault> {
        let plan = &subject.plan;
        let environment = environment::collect(plan, plan, subject.device.as_ref())
            .map_err(|error| Fault::new(Exit::Environment, error.to_string()))?;
        let suite = &subject.suite.name;
        let source = Source::Folder(folder.clone());
        let all = baseline::load(&source, suite)?;
        let device = subject.selector.to_string();
        let place = Reviewed::new(suite.clone(), kind(&device).to_owned(), &environment);
        let file = folder.join(suite.as_str()).join(place.file_name());
        let own = all.iter().find(|one| one.key == environment.key).cloned();
        let candidates = Candidates {
            all,
            source: &source,
            place: &place,
        };
        let old = candidates.old(args.from.as_deref())?;
        if let Some(own) = own.filter(|_| !args.again) {
            refuse_taken(&source, own, &file)?;
        }
        let commit = commit_of(&old, &args.suite)?;
        let git = clean(subject, args.allow_dirty)?;
        Ok(Self {
            folder,
            old,
            commit,
            environment,
            file,
            git,
        })
    }

    /// The old baseline's reviewed file.
    pub(super) fn old_file(&self) -> PathBuf {
        let reviewed = &self.old.reviewed;
        self.folder
            .join(reviewed.suite.as_str())
            .join(reviewed.file_name())
    }

    /// The facts in which the ends differ, of those that results depend on.
    pub(super) fn differing(&self) -> Vec<Differing> {
        let old = Environment {
            key: self.old.reviewed.key.clone(),
            comparability: self.old.reviewed.environment.clone(),
            context: BTreeMap::new(),
        };
        environment::diff(&old, &self.environment)
            .into_iter()
            .filter(environment::Difference::breaks_comparability)
            // A reviewed file can't say null.
            .filter(|difference| difference.a.is_some() || difference.b != Some(Value::Null))
            .map(|difference| Differing {
                fact: difference.fact,
                old: difference.a,
                here: difference.b,
            })
            .collect()
    }
}

/// `cuda` of `cuda:0`.
fn kind(device: &str) -> &str {
    device.split(':').next().unwrap_or_default()
}

/// The baselines among which the old one is.
struct Candidates<'a> {
    all: Vec<Reviewed>,
    source: &'a Source,
    /// The new one, without cases.
    place: &'a Reviewed,
}

impl Candidates<'_> {
    fn suite(&self) -> &Name {
        &self.place.suite
    }

    /// The baseline that `from` begins the key of, or the one with the newest run.
    fn old(mut self, from: Option<&str>) -> Result<Baseline, Fault> {
        if self.all.is_empty() {
            let what = format!("of the suite {}", self.suite());
            let folder = self.source.to_string();
            return Err(BaselineError::Nothing { what, folder }.into());
        }
        let own = self.place.key.clone();
        if let Some(from) = from {
            self.all.retain(|one| one.key.starts_with(from));
            match self.all.as_slice() {
                [] => return Err(super::super::no_such_key(&[from.to_owned()])),
                [one] => self.refuse_other_device(one)?,
                several => {
                    let message = format!(
                        "{} baselines have keys that begin with {from}",
                        several.len()
                    );
                    return Err(
                        Fault::new(Exit::Usage, message).hint("give more digits of the key")
                    );
                }
            }
        }
        self.all
            .retain(|one| one.device == self.place.device && one.key != own);
        if self.all.is_empty() {
            return Err(self.nothing());
        }
        let mut newest: Option<Baseline> = None;
        for reviewed in self.all {
            let baseline = Baseline::load(self.source, reviewed, RUNS)?;
            let last = |one: &Baseline| one.runs.last().map(|run| run.values.id.clone());
            if newest
                .as_ref()
                .is_none_or(|newest| last(newest) < last(&baseline))
            {
                newest = Some(baseline);
            }
        }
        newest.filter(|newest| !newest.runs.is_empty()).ok_or_else(|| {
            Fault::new(Exit::Input, "the old baseline has no runs")
                .hint("restore its .runs folder from git, or begin anew: warpmark run SUITE && warpmark baseline save")
        })
    }

    fn refuse_other_device(&self, one: &Reviewed) -> Result<(), Fault> {
        if one.device == self.place.device {
            return Ok(());
        }
        let (theirs, own) = (&one.device, &self.place.device);
        let message = format!(
            "the baseline of {} is of the device {theirs}, and the suite runs on {own}",
            one.key
        );
        Err(Fault::new(Exit::Input, message).hint(
            "kernels of two kinds of devices are not the same code: save a first baseline here",
        ))
    }

    fn nothing(&self) -> Fault {
        let own = self.place.key.get(..12).unwrap_or_default();
        let message = format!(
            "nothing to rebase: the suite {} has no baseline of the device {} with another key than this machine's, {own}",
            self.suite(),
            self.place.device,
        );
        Fault::new(Exit::Input, message)
            .hint("warpmark baseline show prints the keys, and the facts behind them")
    }
}

/// Fails where this machine's own baseline has runs already.
fn refuse_taken(source: &Source, own: Reviewed, file: &Path) -> Result<(), Fault> {
    if Baseline::load(source, own, 1)?.runs.is_empty() {
        return Ok(());
    }
    let message = format!("{} has runs of this machine already", file.display());
    Err(Fault::new(Exit::Input, message).hint(
        "compare and save go on there; --again takes the old baseline's anchors over all the same",
    ))
}

/// The commit that the newest run of `old` measured.
fn commit_of(old: &Baseline, suite: &Path) -> Result<String, Fault> {
    let newest = old.runs.last().map(|run| &run.values);
    let run = newest.map_or("", |run| run.id.as_str());
    let Some(commit) = newest.and_then(|run| run.commit.clone()) else {
        let message = format!(
            "the newest run of the old baseline, {run}, doesn't say which commit it measured"
        );
        return Err(Fault::new(Exit::Input, message)
            .hint("its revision can't be measured here: begin anew with warpmark run SUITE && warpmark baseline save"));
    };
    match Revision::find(inside_folder(suite), &commit) {
        Ok(_) => Ok(commit),
        Err(BaselineError::NoSuchRevision { shallow, .. }) => {
            let message = format!(
                "the repository has no commit {commit}, which the newest run of the old baseline, {run}, measured"
            );
            let hint = if shallow {
                "this clone is shallow: git fetch --unshallow"
            } else {
                "fetch the branch that has it; a commit that is gone for good can't be measured here"
            };
            Err(Fault::new(Exit::Input, message).hint(hint))
        }
        Err(error) => Err(error.into()),
    }
}

/// The state of the work tree; fails where HEAD doesn't stand for it, unless that is allowed.
fn clean(subject: &Subject, allow_dirty: bool) -> Result<GitState, Fault> {
    let git = environment::git_state(&header::suite_files(subject)).unwrap_or(GitState {
        commit: None,
        branch: None,
        dirty: Vec::new(),
    });
    if git.dirty.is_empty() || allow_dirty {
        return Ok(git);
    }
    let dirty = baseline::Objection::Dirty(git.dirty);
    let message = format!("the present revision is no commit: {dirty}");
    Err(Fault::new(Exit::Input, message).hint(
        "commit these first, so that the baseline stands for a commit, or take the work tree all the same (--allow-dirty)",
    ))
}
