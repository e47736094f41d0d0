//! What can be wrong with baselines, and what to do about it.

use std::path::PathBuf;

use super::{FORMAT, NoiseError, Objection};
use crate::diagnostic::Diagnostics;
use crate::files::FileError;
use crate::store::StoreError;

/// Why a baseline can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The system refused to read or write a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A record can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A run that has no JSON.
    #[error("cannot write the run: {0}")]
    Unwritable(serde_json::Error),
    /// A revision was asked for where there is no repository.
    #[error("cannot look for the revision {revision:?}: {} is in no git repository", .folder.display())]
    NoRepository {
        /// The revision, as it was given.
        revision: String,
        /// The folder from which a repository was sought.
        folder: PathBuf,
    },
    /// The repository has no commit.
    #[error("no revision {revision:?}: the repository {} has no commits", .repository.display())]
    NoCommits {
        /// The revision, as it was given.
        revision: String,
        /// The repository.
        repository: PathBuf,
    },
    /// The repository has no such revision.
    #[error("no revision {revision:?} in the repository {}", .repository.display())]
    NoSuchRevision {
        /// The revision, as it was given.
        revision: String,
        /// The repository.
        repository: PathBuf,
        /// Whether the clone lacks history.
        shallow: bool,
    },
    /// Another answer of git's.
    #[error("git cannot {doing}: {message}")]
    Git {
        /// What was being done, as a verb.
        doing: String,
        /// libgit2's words.
        message: String,
    },
    /// A merge that isn't finished.
    #[error("{file}, line {line}: git conflict markers: a merge of this file isn't finished")]
    Conflict {
        /// The file.
        file: String,
        /// The line of the first marker, from 1.
        line: usize,
    },
    /// A pointer of Git LFS in place of a file.
    #[error("{file} is a Git LFS pointer, not the baseline itself")]
    Pointer {
        /// The file.
        file: String,
    },
    /// A file that is not UTF-8.
    #[error("{file} is not UTF-8")]
    Encoding {
        /// The file.
        file: String,
    },
    /// A file of another format.
    #[error("{file}: baseline format {found}; this warpmark reads {FORMAT}")]
    Format {
        /// The file.
        file: String,
        /// The format that it says.
        found: i64,
    },
    /// A mistake in the reviewed file.
    #[error("{}", rendered(.0))]
    Mistakes(Box<Diagnostics>),
    /// A line of a runs file that isn't what warpmark wrote.
    #[error("{file}, line {line}: damaged baseline: {what}")]
    Damaged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A run that must not become a part of a baseline.
    #[error("the run {run} can't become a part of the baseline{}", list(.objections))]
    Refused {
        /// The run's id.
        run: String,
        /// What speaks against it.
        objections: Vec<Objection>,
    },
    /// A run that is older than the last save.
    #[error(
        "the run {run} is older than {last}, which is saved already: runs are saved in their order"
    )]
    OutOfOrder {
        /// The run's id.
        run: String,
        /// The last saved run of this machine.
        last: String,
    },
    /// Nothing was accepted.
    #[error("nothing to accept: no case that the run {run} measured is meant by --accept")]
    NothingAccepted {
        /// The run's id.
        run: String,
    },
    /// A noise model that can't be.
    #[error("not a noise model: {0}")]
    Noise(#[from] NoiseError),
    /// A noise model for a device that has none.
    #[error("the device {device} has no noise model: each case has its own variance there")]
    NoModel {
        /// The device: `host`.
        device: String,
    },
    /// No files for what was asked.
    #[error("no baseline {what} in {folder}")]
    Nothing {
        /// What was sought: `of the suite memory`.
        what: String,
        /// Where.
        folder: String,
    },
}

/// A mistake with its line and caret; who prints it says that it is an error.
fn rendered(mistakes: &Diagnostics) -> String {
    let text = mistakes.render(false);
    let text = text.trim_end();
    text.strip_prefix("error: ").unwrap_or(text).to_owned()
}

/// A single objection, or all of them with what to do about each.
fn list(objections: &[Objection]) -> String {
    match objections {
        [only] => format!(": {only}"),
        all => {
            let line = |objection: &Objection| format!("\n  {objection}\n    {}", objection.hint());
            all.iter().map(line).collect::<Vec<_>>().concat()
        }
    }
}

impl BaselineError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Store(error) => return error.hint(),
            Self::Refused { objections, .. } => match objections.as_slice() {
                [only] => only.hint(),
                _ => return None,
            },
            Self::Git { message, .. } if message.contains("not owned by current user") => {
                "tell git that the repository is safe: git config --global --add safe.directory DIR"
            }
            Self::File(_)
            | Self::Git { .. }
            | Self::Unwritable(_)
            | Self::Mistakes(_)
            | Self::Noise(_)
            | Self::NoModel { .. } => return None,
            Self::NoRepository { .. } => {
                "give an existing folder (a record, or a folder of baselines), a run's id, or work inside the repository"
            }
            Self::NoCommits { .. } => {
                "commit first: warpmark baseline save, then git add baselines && git commit"
            }
            Self::NoSuchRevision { shallow: true, .. } => {
                "this clone is shallow: fetch the revision first, as in `git fetch origin main` (in CI: fetch-depth: 0)"
            }
            Self::NoSuchRevision { .. } => {
                "it is no existing path and no run's id either; `git fetch` gets what only the remote has, `git branch -a` lists the branches"
            }
            Self::Conflict { .. } => {
                "finish the merge: take one side (git checkout --ours FILE, or --theirs) and save again: warpmark baseline save"
            }
            Self::Pointer { .. } => {
                "baselines are read from git itself, without a checkout: take them out of LFS in .gitattributes, then git add --renormalize baselines"
            }
            Self::Format { .. } => {
                "use the warpmark that wrote it, or move the file away and save anew: warpmark baseline save"
            }
            Self::Damaged { .. } | Self::Encoding { .. } => {
                "restore the file from git: git checkout HEAD -- FILE"
            }
            Self::NothingAccepted { .. } => {
                "give the cases as -f takes them: 'triad/*', tag:NAME or axis=value; `warpmark list` prints them"
            }
            Self::OutOfOrder { .. } => "save the newest run: warpmark baseline save latest",
            Self::Nothing { .. } => "save one first: warpmark run SUITE && warpmark baseline save",
        };
        Some(hint.to_owned())
    }
}
