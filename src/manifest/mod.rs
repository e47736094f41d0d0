//! TOML to a validated suite, or every mistake of the file at once.

mod find;
mod formula;
mod load;
mod schema;
mod suite;
mod validate;
mod wire;
mod words;
mod workload;

use std::path::Path;

pub use find::{find, is_suite};
pub use formula::{Formula, Part, Template};
pub use load::{Examined, examine};
pub use schema::schema;
pub use suite::{ClockPolicy, ClockTarget, Clocks, DeviceChoice, DeviceRequest, Goal, Suite};
pub use words::{
    Cache, DEVICE_FACTS, LibraryName, Measure, MockTask, Order, Repetition, Role, Swizzle, Timing,
};
pub use workload::{
    ArgumentFormula, ArgumentValue, Axis, Body, BufferFormula, Command, FillFormula, Kernel,
    LibraryFormula, TensorMapFormula, Tolerance, VerifyFormula, WorkFormulas, Workload,
};

use crate::diagnostic::Diagnostics;
use crate::files::FileError;

/// Why a suite can't be had: a file can't be read, or the mistakes in it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be read.
    #[error(transparent)]
    File(FileError),
    /// The mistakes of the file and of those it extends.
    #[error("{} {}", .0.list().len(), if .0.list().len() == 1 { "mistake" } else { "mistakes" })]
    Invalid(Diagnostics),
}

impl LoadError {
    /// Every mistake for people: file, line, caret and remedy, with ANSI colours if `color`; ends with a newline.
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::File(error) => format!("error: {error}: {}\n", error.source),
            Self::Invalid(diagnostics) => diagnostics.render(color),
        }
    }
}

/// Reads and validates the suite in `path` and the files it extends; names files as `path` does.
pub fn load(path: &Path) -> Result<Suite, LoadError> {
    load::load(path)
}
