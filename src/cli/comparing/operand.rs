//! What a word of the command line names: a record, or a place of baselines.

use std::path::{Path, PathBuf};

use super::super::{Exit, Fault};
use crate::baseline::{self, Source};
use crate::id::Name;
use crate::store::{self, StoreError};

/// One side of a comparison.
#[derive(Debug)]
pub enum Operand {
    /// A record's folder.
    Record(PathBuf),
    /// Baselines in a folder or a revision.
    Baselines(Source),
}

impl Operand {
    /// What `word` names for someone who works in the folder `place`: `latest` (of `suite`, or of all), an existing
    /// folder, a run's id, or a git revision, in this order.
    pub fn resolve(word: &str, place: &Path, suite: Option<&Name>) -> Result<Self, Fault> {
        let root = store::root_for(place);
        if word == "latest" {
            return Ok(Self::Record(store::find(&root, suite, word)?));
        }
        let path = Path::new(word);
        if path.is_dir() {
            return Self::of_folder(path);
        }
        if path.is_file() {
            let message = format!("{word} is a file: a comparison needs a folder");
            let hint = "give a run's folder, or the folder that holds baselines";
            return Err(Fault::new(Exit::Input, message).hint(hint));
        }
        match store::find(&root, None, word) {
            Ok(record) => Ok(Self::Record(record)),
            Err(StoreError::NoSuchRun { .. }) => {
                Ok(Self::Baselines(Source::revision(place, word)?))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn of_folder(path: &Path) -> Result<Self, Fault> {
        if path.join("run.json").exists() {
            return Ok(Self::Record(path.to_owned()));
        }
        let folder = Source::Folder(path.to_owned());
        let is_toml = |name: &String| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "toml")
        };
        if !baseline::suites(&folder)?.is_empty() {
            return Ok(Self::Baselines(folder));
        }
        // The folder of one suite stands for the one that holds it.
        if let Some(parent) = path.parent()
            && folder.list("")?.iter().any(is_toml)
        {
            return Ok(Self::Baselines(Source::Folder(parent.to_owned())));
        }
        let shown = path.display();
        let message =
            format!("{shown} is neither a record (it has no run.json) nor a folder of baselines");
        let hint = format!("for a git revision of that name write refs/heads/{shown}");
        Err(Fault::new(Exit::Input, message).hint(hint))
    }

    /// Fails where baselines of `suite` can't be read, so that a run isn't made for nothing.
    pub fn check(&self, suite: &Name) -> Result<(), Fault> {
        match self {
            Self::Record(folder) => store::Record::open(folder).map(|_| ())?,
            Self::Baselines(source) => baseline::load(source, suite).map(|_| ())?,
        }
        Ok(())
    }
}
