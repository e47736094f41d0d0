//! The suites that a command line names, and how their mistakes are shown.

use std::path::{Path, PathBuf};

use super::{Exit, Fault};
use crate::manifest::{self, Suite};
use crate::plan::PlanError;

/// Where suites are looked for when none is named.
const DEFAULT: &str = "suites";

/// The manifests of a command line: files, and the suites below folders, those without `[suite]` only if `all`.
pub fn given(paths: &[PathBuf], all: bool) -> Result<Vec<PathBuf>, Fault> {
    let default = [PathBuf::from(DEFAULT)];
    let paths = if paths.is_empty() {
        &default[..]
    } else {
        paths
    };
    let mut found = Vec::new();
    for path in paths {
        if !path.exists() {
            let message = format!("there is no {}", path.display());
            return Err(Fault::new(Exit::Input, message)
                .hint("name a suite or a folder of suites; `warpmark init .` writes a first one"));
        }
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let below = manifest::find(path)?;
        if below.is_empty() {
            let message = format!("no suite below {}", path.display());
            return Err(Fault::new(Exit::Input, message)
                .hint("a suite is a .toml file with a table [suite]; `warpmark init .` writes a first one"));
        }
        let suites = below
            .into_iter()
            .filter(|path| all || manifest::is_suite(path));
        found.extend(suites);
    }
    Ok(found)
}

/// Loads a suite; `Err` holds the exit after its mistakes were shown.
pub fn load(path: &Path) -> Result<Suite, Exit> {
    manifest::load(path).map_err(|error| {
        complain(&error.render(error_color()));
        Exit::Input
    })
}

/// Writes what is wrong to standard error.
pub fn complain(text: &str) {
    anstream::eprint!("{text}");
    if !text.is_empty() {
        anstream::eprintln!();
    }
}

/// Whether standard error takes colours.
pub fn error_color() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// How the program ends where a suite has no plan.
pub fn exit_of(error: &PlanError) -> Exit {
    match error {
        PlanError::Invalid(_) => Exit::Input,
        PlanError::Usage { .. } => Exit::Usage,
        PlanError::Nothing { .. } => Exit::NothingSelected,
        PlanError::Unmet { .. } => Exit::Environment,
    }
}
