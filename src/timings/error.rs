//! What can be wrong with a file of timings.

use std::path::PathBuf;

use crate::files::FileError;

/// Why timings can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TimingsError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// Compressed data that doesn't unpack.
    #[error("{}: the gzip data is damaged or ends early ({why})", .path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// The unpacker's words.
        why: String,
    },
    /// More than memory should hold.
    #[error("{}: more than {most} MiB of text", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read, in MiB.
        most: u64,
    },
    /// No JSON, or none of this form.
    #[error("{}, line {line}, column {column}: {what}", .path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// JSON of the right form whose parts don't fit each other.
    #[error("{}: {what}", .path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// What doesn't fit, and where.
        what: String,
    },
}

impl TimingsError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::File(_) => None,
            Self::Gzip { .. } => {
                Some("copy the file again, or write it again: warpmark export timings RUN")
            }
            Self::TooLarge { .. } => Some("split the recording: fewer kernels or processes a file"),
            Self::Json { .. } | Self::Shape { .. } => Some(
                "the format is described in docs/reference/timings.md; warpmark export timings RUN writes it",
            ),
        }
    }
}
