//! `--html`: the report of a run as a page, written when it ends.

use std::path::Path;

use crate::cli::comparing::Settings;
use crate::cli::{Fault, gathering, output, report};
use crate::files;

/// Writes the page of the record in `folder` to `path`, compared with what `against` names, and says where it is.
pub fn write(
    path: &Path,
    folder: &Path,
    against: Option<&str>,
    settings: Settings,
) -> anyhow::Result<()> {
    let gathered = gathering::gather(folder, against, settings)?;
    let text = report::page::text(&gathered.document, folder)?;
    files::write_atomically(path, text.as_bytes()).map_err(Fault::from)?;
    anstream::eprintln!("report: {}", output::shown(path).display());
    Ok(())
}
