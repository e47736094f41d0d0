//! Run directories: writes what a run measured, and reads it back.
//!
//! A record lies in `.warpmark/runs/<suite>/<id>/` (`docs/reference/record.md`). The writer keeps the promise that
//! nothing measured is lost: each case is in its file before the next begins, each process is synced before the
//! next starts. The reader keeps the other one, that nothing wrong is kept: what is damaged is an error, never a
//! smaller record. This module judges nothing and prints nothing.

mod annotations;
mod error;
mod folders;
mod reader;
mod telemetry;
mod writer;

pub use annotations::{annotate, annotations, attach, attachment, size_of};
pub use error::StoreError;
pub use folders::{find, new_id, prepare, root_for, runs_beside, runs_of};
pub use reader::{Record, Results};
pub use telemetry::telemetry;
pub use writer::Writer;
