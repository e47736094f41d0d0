//! Files to texts, and texts to a suite.

use std::path::Path;
use std::sync::Arc;

use super::{LoadError, Suite};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source, Sources};
use crate::files;

/// Reads and validates the suite in `path`.
pub(super) fn load(path: &Path) -> Result<Suite, LoadError> {
    let text = files::read_text(path).map_err(LoadError::File)?;
    let mut sources = Sources::default();
    let file = sources.add(Source::new(path.display().to_string(), text));
    let found = vec![Diagnostic::new(
        "this manifest is not supported by this version",
        Place::new(file, 0..0),
    )];
    Err(LoadError::Invalid(Diagnostics::new(
        Arc::new(sources),
        found,
    )))
}
