//! Files to texts, texts to TOML, and a chain of files that extend one another to one set of tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use super::validate::validate;
use super::wire::{
    At, ClocksTable, CompareTable, CostTable, Field, List, Reader, RepetitionTable, RequireTable,
    Root, SuiteTable, Wire, WorkloadTable,
};
use super::{LoadError, Suite};
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source, Sources};
use crate::files::{self, FileError};
use crate::id::Name;

/// What can be said of a manifest: a suite of what is right in it, and the mistakes.
#[derive(Debug, Clone)]
pub struct Examined {
    /// The suite, without the workloads that have mistakes; none where the TOML is broken.
    pub suite: Option<Suite>,
    /// The mistakes.
    pub mistakes: Diagnostics,
    /// Every file that was read, the manifest first.
    pub files: Vec<PathBuf>,
}

impl Examined {
    /// The suite's name, where it could be read.
    pub fn name(&self) -> Option<&Name> {
        let name = self.suite.as_ref().map(|suite| &suite.name);
        name.filter(|name| **name != Name::placeholder())
    }
}

/// Reads and validates the suite in `path`.
pub(super) fn load(path: &Path) -> Result<Suite, LoadError> {
    let examined = examine(path).map_err(LoadError::File)?;
    match examined.suite {
        Some(suite) if examined.mistakes.list().is_empty() => Ok(suite),
        _ => Err(LoadError::Invalid(examined.mistakes)),
    }
}

/// Finds every mistake of the suite in `path` and of the files it extends.
pub fn examine(path: &Path) -> Result<Examined, FileError> {
    let bytes = files::read(path)?;
    let mut chain = Chain::default();
    let root = chain.add(path, &bytes);
    let Chain {
        sources,
        files,
        mut found,
        broken,
        ..
    } = chain;
    let suite = root.filter(|_| !broken).map(|root| {
        let (suite, mistakes) = validate(&root, &sources, &files);
        found.extend(mistakes);
        suite
    });
    let sources = Arc::new(sources);
    let suite = suite.map(|suite| Suite {
        sources: Arc::clone(&sources),
        ..suite
    });
    Ok(Examined {
        suite,
        mistakes: Diagnostics::new(sources, found),
        files,
    })
}

/// A manifest and the files that it extends, one after the other.
#[derive(Default)]
struct Chain {
    sources: Sources,
    files: Vec<PathBuf>,
    /// `files` in a form that tells whether two are the same.
    identities: Vec<PathBuf>,
    found: Vec<Diagnostic>,
    /// Whether some file is no TOML: nothing is then said of what may be missing.
    broken: bool,
}

impl Chain {
    /// The tables of `path` with those that it extends as defaults.
    fn add(&mut self, path: &Path, bytes: &[u8]) -> Option<Root> {
        let mut root = self.read(path, bytes)?;
        let mut newest = path.to_owned();
        let mut extends = std::mem::take(&mut root.extends).get_owned();
        while let Some(base) = extends.take() {
            let next = newest.parent().unwrap_or(Path::new("")).join(&base.value.0);
            let Some(mut table) = self.extended(&next, base.place) else {
                self.broken = true;
                break;
            };
            extends = std::mem::take(&mut table.extends).get_owned();
            inherit(&mut root, table);
            newest = next;
        }
        Some(root)
    }

    /// The tables of a file that another one names at `place`.
    fn extended(&mut self, path: &Path, place: Place) -> Option<Root> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                let help = "`extends` is a path relative to this file";
                self.found.push(Diagnostic::new(message, place).help(help));
                return None;
            }
        };
        if self.identities.contains(&identity(path)) {
            let message = format!("{} extends itself", path.display());
            let help = "leave out `extends` in one of the files";
            self.found.push(
                Diagnostic::new(message, place)
                    .label("closes the circle")
                    .help(help),
            );
            return None;
        }
        self.read(path, &bytes)
    }

    /// The tables of one file; `None` where it is not even text.
    fn read(&mut self, path: &Path, bytes: &[u8]) -> Option<Root> {
        let text = String::from_utf8_lossy(bytes);
        let file = self
            .sources
            .add(Source::new(path.display().to_string(), text.as_ref()));
        self.files.push(path.to_owned());
        self.identities.push(identity(path));
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            let place = Place::new(file, at..at + '\u{fffd}'.len_utf8());
            let message = format!("byte {at} is not UTF-8");
            self.found
                .push(Diagnostic::new(message, place).help("save the file as UTF-8"));
            self.broken = true;
            return None;
        }
        let (root, found, broken) = parse(file, &text);
        self.found.extend(found);
        self.broken |= broken;
        root
    }
}

/// `path` in a form that is equal for equal files.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The tables of `text`, its mistakes, and whether some of them are of its TOML.
fn parse(file: usize, text: &str) -> (Option<Root>, Vec<Diagnostic>, bool) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut found: Vec<Diagnostic> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().collect::<Vec<_>>().join("; ");
            Diagnostic::new(message, Place::new(file, span)).label("not TOML")
        })
        .collect();
    let mut reader = Reader::new(file, text);
    let span = table.span();
    let raw = toml::Spanned::new(span, toml::de::DeValue::Table(table.into_inner()));
    let root = Root::read(&raw, &mut reader);
    // What a broken line was taken for says nothing.
    let lines: Vec<usize> = found.iter().filter_map(|d| line(text, d)).collect();
    found.extend(
        reader
            .found
            .into_iter()
            .filter(|diagnostic| !line(text, diagnostic).is_some_and(|line| lines.contains(&line))),
    );
    (root, found, !errors.is_empty())
}

/// The line of a mistake, from 0.
fn line(text: &str, diagnostic: &Diagnostic) -> Option<usize> {
    let at = diagnostic.place()?.start;
    Some(text.get(..at)?.matches('\n').count())
}

/// Takes the tables of `base` as defaults: key by key, goals before, workloads by name and otherwise before.
fn inherit(root: &mut Root, base: Root) {
    tables(&mut root.suite, base.suite, SuiteTable::inherit);
    tables(&mut root.device, base.device, |own, mut base| {
        let require = std::mem::take(&mut base.require);
        tables(&mut own.require, require, RequireTable::inherit);
        own.inherit(base);
    });
    tables(&mut root.clocks, base.clocks, ClocksTable::inherit);
    tables(
        &mut root.repetition,
        base.repetition,
        RepetitionTable::inherit,
    );
    tables(&mut root.compare, base.compare, CompareTable::inherit);
    tables(&mut root.cost, base.cost, CostTable::inherit);
    tables(&mut root.goal, base.goal, |own, base| {
        own.entries.splice(0..0, base.entries);
    });
    tables(&mut root.workload, base.workload, workloads);
}

/// Joins two tables where both are there, else takes the one that is.
fn tables<T>(own: &mut Field<T>, base: Field<T>, join: impl FnOnce(&mut T, T)) {
    match (own, base) {
        (Field::Valid(own), Field::Valid(base)) => join(&mut own.value, base.value),
        (own, base) => own.inherit(base),
    }
}

/// The workloads of `base` first, each with the keys of the own one of its name; then the other own ones.
fn workloads(own: &mut List<WorkloadTable>, base: List<WorkloadTable>) {
    let mut mine = std::mem::take(&mut own.entries);
    for mut entry in base.entries {
        if let Some(name) = entry.name.get().map(|name| name.value.clone()) {
            let same = |at: &At<WorkloadTable>| at.name.get().is_some_and(|n| n.value == name);
            if let Some(index) = mine.iter().position(same) {
                let mut changed = mine.remove(index);
                changed.value.inherit(entry.value);
                entry = changed;
            }
        }
        own.entries.push(entry);
    }
    own.entries.append(&mut mine);
    own.broken += base.broken;
}
