//! What can be wrong with a harness' file.

use std::path::PathBuf;

use crate::files::FileError;

/// Why a file can't be read.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// No JSON, or none of the harness' form.
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
    /// The right form, with content that can't be.
    #[error("{}: {what}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}
