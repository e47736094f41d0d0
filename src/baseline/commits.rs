//! The commits between two nights, along the first parents of the later one.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository, Sort};
use serde::Serialize;

use super::source::git_error;
use super::{BaselineError, FOLDER};

/// A commit, as a reader knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its full hash.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
}

/// What happened between two commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Between {
    /// Both are the same: no commit made the difference.
    Same,
    /// Commits along the first parents, newest first; the earlier end is not among them.
    Commits {
        /// Those that changed something outside of baselines.
        commits: Vec<Commit>,
        /// How many changed baselines alone.
        of_baselines: usize,
        /// Whether the earlier end is no ancestor of the later one, as after a rebase.
        diverged: bool,
    },
    /// It can't be told.
    Unknown {
        /// Why, and what to do about it.
        reason: String,
    },
}

/// The commits of a repository.
pub struct Commits {
    repository: Repository,
}

impl Commits {
    /// Those of the repository that holds `folder`; `None` where there is none.
    pub fn around(folder: &Path) -> Result<Option<Self>, BaselineError> {
        match Repository::discover(folder) {
            Ok(repository) => Ok(Some(Self { repository })),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(git_error("open the repository")(error)),
        }
    }

    /// What lies between two commits, by their hashes.
    pub fn between(
        &self,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Result<Between, BaselineError> {
        let (Some(before), Some(after)) = (before, after) else {
            let reason = "the run doesn't say which commit it measured".to_owned();
            return Ok(Between::Unknown { reason });
        };
        if before == after {
            return Ok(Between::Same);
        }
        let (before, after) = match (self.find(before), self.find(after)) {
            (Ok(before), Ok(after)) => (before, after),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Between::Unknown { reason }),
        };
        self.walk(before, after).map_err(git_error("list commits"))
    }

    /// The commit of a hash, or why it isn't here.
    fn find(&self, hash: &str) -> Result<Oid, String> {
        let found = Oid::from_str(hash).and_then(|oid| self.repository.find_commit(oid));
        found.map(|commit| commit.id()).map_err(|_| {
            let short = hash.get(..12).unwrap_or(hash);
            if self.repository.is_shallow() {
                format!("the clone is shallow and lacks {short}: git fetch --unshallow")
            } else {
                format!("the repository has no commit {short}")
            }
        })
    }

    fn walk(&self, before: Oid, after: Oid) -> Result<Between, git2::Error> {
        let mut walk = self.repository.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL)?;
        walk.simplify_first_parent()?;
        walk.push(after)?;
        // Without hiding: that follows first parents only too, and would not see what came by a merge.
        let (mut commits, mut of_baselines) = (Vec::new(), 0);
        let mut met = false;
        for id in walk {
            let id = id?;
            if id == before || self.repository.graph_descendant_of(before, id)? {
                met = true;
                break;
            }
            if self.changes_baselines_alone(id)? {
                of_baselines += 1;
            } else {
                commits.push(self.commit(id)?);
            }
        }
        let diverged = !met || !self.repository.graph_descendant_of(after, before)?;
        Ok(Between::Commits {
            commits,
            of_baselines,
            diverged,
        })
    }

    fn commit(&self, id: Oid) -> Result<Commit, git2::Error> {
        let commit = self.repository.find_commit(id)?;
        let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
        Ok(Commit {
            id: id.to_string(),
            subject: message.lines().next().unwrap_or_default().trim().to_owned(),
        })
    }

    /// Whether a commit differs from its first parent in baselines, and in nothing else.
    fn changes_baselines_alone(&self, id: Oid) -> Result<bool, git2::Error> {
        let commit = self.repository.find_commit(id)?;
        let parent = match commit.parent(0) {
            Ok(parent) => Some(parent.tree()?),
            Err(_) => None,
        };
        let tree = commit.tree()?;
        let diff = self
            .repository
            .diff_tree_to_tree(parent.as_ref(), Some(&tree), None)?;
        let in_baselines = |path: Option<&Path>| {
            path.is_some_and(|path| path.components().any(|part| part.as_os_str() == FOLDER))
        };
        let mut deltas = diff.deltas();
        let is_empty = deltas.len() == 0;
        Ok(!is_empty
            && deltas.all(|delta| {
                in_baselines(delta.new_file().path()) && in_baselines(delta.old_file().path())
            }))
    }
}
