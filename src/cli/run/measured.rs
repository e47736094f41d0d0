//! A suite that another verb has measured: its record, and nothing printed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::overrides::Overrides;
use super::subject::{Refused, Subject};
use super::{Options, outcome, start, watch};
use crate::cli::Exit;

/// What came of it.
pub enum Measured {
    /// It was measured, whole or until a signal; the exit is what `run` would end with.
    Ended {
        /// The record's folder.
        folder: PathBuf,
        /// How `run` would end.
        exit: Exit,
    },
    /// Nothing was; why has been said.
    Refused(Exit),
}

/// Measures the suite in `path`; it waits so long for the device, and shows no progress where it is quiet.
pub fn suite(
    path: &Path,
    overrides: &Overrides,
    (wait, quiet): (Option<Duration>, bool),
) -> anyhow::Result<Measured> {
    let subject = match Subject::load(path, overrides)? {
        Ok(subject) => subject,
        Err(Refused(exit)) => return Ok(Measured::Refused(exit)),
    };
    let signals = watch()?;
    let options = Options::plain(wait, quiet);
    match start::record(&subject, &options, &signals)? {
        Some((folder, summary)) => Ok(Measured::Ended {
            folder,
            exit: outcome::exit_of(&summary),
        }),
        None => Ok(Measured::Refused(outcome::interrupted(&signals))),
    }
}
