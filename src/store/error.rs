//! What can be wrong with a record or its folder.

use std::path::PathBuf;

use crate::files::FileError;
use crate::id::Name;
use crate::record::FORMAT;

/// Why a record can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused to read or write a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A folder that holds no record.
    #[error("{} is no record: it has no run.json", .path.display())]
    NoRecord {
        /// The folder, as it was given.
        path: PathBuf,
    },
    /// A record of another format.
    #[error("{}: record format {found}; this warpmark reads {FORMAT}", .path.display())]
    Format {
        /// The file that says so.
        path: PathBuf,
        /// The format that it says.
        found: u64,
    },
    /// A file that is not what warpmark wrote.
    #[error("{}, line {line}: damaged record: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// A process of a finished run that isn't whole.
    #[error("{}: damaged record: {what}, though its run was finished", .path.display())]
    Incomplete {
        /// The process' file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// No run of that id.
    #[error("no run {id:?} in {}", .root.join("runs").display())]
    NoSuchRun {
        /// The id, as it was given.
        id: String,
        /// The folder that was searched.
        root: PathBuf,
    },
    /// No run at all.
    #[error("no run{} in {}", of(.suite.as_ref()), .root.join("runs").display())]
    NoRuns {
        /// The folder that was searched.
        root: PathBuf,
        /// The suite whose runs were sought.
        suite: Option<Name>,
    },
    /// Two runs of one id.
    #[error("the folder of this run exists already: {}", .path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
}

fn of(suite: Option<&Name>) -> String {
    suite.map_or_else(String::new, |suite| format!(" of the suite {suite}"))
}

impl StoreError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return space_or_rights(error),
            Self::NoRecord { .. } => {
                "give a run's folder (.warpmark/runs/SUITE/ID), its id, or `latest`"
            }
            Self::Format { .. } => {
                "read it with the warpmark that wrote it (run.json names the version), or measure again"
            }
            Self::Damaged { path, .. } if path.ends_with("run.json") => {
                "restore the file from a copy; without it the record can't be read: measure again"
            }
            Self::Damaged { path, .. } if path.ends_with("result.json") => {
                "restore the file from a copy, or move it away: warpmark run --resume writes it again"
            }
            Self::Damaged { .. } | Self::Incomplete { .. } => {
                "restore the file from a copy, or move it away and measure that process again: warpmark run --resume"
            }
            Self::NoSuchRun { .. } => "the runs are the folders of .warpmark/runs/SUITE/",
            Self::NoRuns { .. } => "measure first: warpmark run SUITE",
            Self::Exists { .. } => "start it again: each run takes a new id",
        };
        Some(hint.to_owned())
    }
}

fn space_or_rights(error: &FileError) -> Option<String> {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    let hint = match error.source.kind() {
        StorageFull => {
            "free some space, then go on where the run stopped: warpmark run --resume; or remove old runs in .warpmark/runs"
        }
        PermissionDenied | ReadOnlyFilesystem => {
            "make the folder writable, or work in a copy of the repository that is"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}
