//! An environment that a user names: of a run, or in a file.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::cli::{Exit, Fault};
use crate::files;
use crate::record::Environment;
use crate::store::{self, Record};

/// A named environment.
#[derive(Debug)]
pub struct Operand {
    /// What it is called in messages: the run's id, or the file as it was given.
    pub name: String,
    /// The environment.
    pub environment: Environment,
}

impl Operand {
    /// What `text` names: a file of `env --json`, a run's folder or id, or `latest`.
    pub fn resolve(text: &str) -> Result<Self, Fault> {
        let path = Path::new(text);
        if path.is_file() {
            return Self::of_file(text, path);
        }
        let root = store::root_for(Path::new("."));
        let folder = store::find(&root, None, text).map_err(|error| {
            Fault::from(error)
                .hint("give a run's id or folder, latest, or a file of `warpmark env --json`")
        })?;
        let header = Record::open(&folder)?.header;
        Ok(Self {
            name: header.id,
            environment: header.environment,
        })
    }

    fn of_file(text: &str, path: &Path) -> Result<Self, Fault> {
        let wrong = |why: String| {
            Fault::new(Exit::Input, format!("{text} holds no environment: {why}"))
                .hint("such a file is written by `warpmark env --json`")
        };
        let bytes = files::read(path)?;
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format == u64::from(super::FORMAT) => {}
            Some(newer) => {
                let known = super::FORMAT;
                return Err(wrong(format!(
                    "its format is {newer}, this warpmark reads {known}"
                )));
            }
            None => return Err(wrong("it has no format number".to_owned())),
        }
        // A run's header holds its environment; a file of `env --json` is one.
        let part = value.get("environment").unwrap_or(&value);
        let environment =
            Environment::deserialize(part).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            name: text.to_owned(),
            environment,
        })
    }
}
