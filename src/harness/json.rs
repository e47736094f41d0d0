//! JSON files with errors that name the place.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::HarnessError;
use crate::files;

/// Parses the file `path`.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, HarnessError> {
    let bytes = files::read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        HarnessError::Json {
            path: path.to_owned(),
            line: error.line().max(1),
            column: error.column().max(1),
            what: text.strip_suffix(&place).unwrap_or(&text).to_owned(),
        }
    })
}
