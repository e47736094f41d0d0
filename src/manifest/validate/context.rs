//! What validation knows while it goes: where files are, what names mean, and the mistakes so far.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place, Sources};
use crate::manifest::formula::{Formula, Part, Template};
use crate::manifest::wire::{At, ExistingPath, nearest};
use crate::manifest::words::DEVICE_FACTS;

/// What validation knows.
pub(super) struct Context<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// The folder of each file.
    folders: Vec<PathBuf>,
    /// The mistakes so far.
    pub found: Vec<Diagnostic>,
    /// What was looked for on disk already: suites name the same source many times.
    seen: HashMap<PathBuf, Option<Sort>>,
    /// The roots of repositories by folder.
    roots: HashMap<PathBuf, Option<PathBuf>>,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    File,
    Folder,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

impl<'a> Context<'a> {
    /// A context for `files`, the texts in `sources`.
    pub fn new(sources: &'a Sources, files: &[PathBuf]) -> Self {
        let folder = |file: &PathBuf| file.parent().unwrap_or(Path::new("")).to_owned();
        Self {
            sources,
            folders: files.iter().map(folder).collect(),
            found: Vec::new(),
            seen: HashMap::new(),
            roots: HashMap::new(),
        }
    }

    /// Notes a mistake with its remedy.
    pub fn mistake(&mut self, message: impl Into<String>, place: Place, help: impl Into<String>) {
        self.found.push(Diagnostic::new(message, place).help(help));
    }

    /// The first line of `place`: a table may span hundreds.
    pub fn first_line(&self, place: Place) -> Place {
        let text = self.sources.get(place).map_or("", |source| &source.text);
        let text = text.get(place.start..place.end).unwrap_or_default();
        let length = text.find(['\n', '\r']).unwrap_or(text.len());
        Place::new(place.file, place.start..place.start + length)
    }

    /// The folder of the file that holds `place`; empty is the current one.
    pub fn folder(&self, place: Place) -> &Path {
        self.folders
            .get(place.file)
            .map_or(Path::new(""), PathBuf::as_path)
    }

    /// The path that a manifest names, as reached from the current folder; notes a mistake where `sort` isn't there.
    pub fn existing(&mut self, named: &At<ExistingPath>, sort: Sort, what: &str) -> PathBuf {
        let path = self.folder(named.place).join(&named.value.0);
        let found = *self.seen.entry(path.clone()).or_insert_with(|| look(&path));
        if found == Some(sort) {
            return path;
        }
        let there = match found {
            Some(other) => format!("is a {}", other.word()),
            None => "is not there".to_owned(),
        };
        let message = format!("{what} {} {there}", path.display());
        let help = format!(
            "name a {}, relative to the folder of this manifest",
            sort.word()
        );
        self.mistake(message, named.place, help);
        path
    }

    /// `path` relative to the root of the git work tree that holds it, else as it is.
    pub fn repository_name(&mut self, path: &Path) -> String {
        let plain = || path.display().to_string();
        let Ok(absolute) = path.canonicalize() else {
            return plain();
        };
        let Some(folder) = absolute.parent() else {
            return plain();
        };
        let root = self
            .roots
            .entry(folder.to_owned())
            .or_insert_with(|| repository(folder));
        root.as_ref()
            .and_then(|root| absolute.strip_prefix(root).ok())
            .map_or_else(plain, |relative| relative.display().to_string())
    }

    /// Checks the names in an expression.
    pub fn names(&mut self, formula: &Formula, axes: &[&str]) {
        for (name, span) in formula.expression.names() {
            if axes.contains(&name) || DEVICE_FACTS.contains(&name) {
                continue;
            }
            let known: Vec<&str> = axes.iter().chain(&DEVICE_FACTS).copied().collect();
            let help = suggestion(name, &known);
            let place = formula.place_of(span);
            self.mistake(format!("unknown name `{name}`"), place, help);
        }
    }

    /// Checks the placeholders of a template; `output` says whether `{out}` means something there.
    pub fn placeholders(&mut self, template: &Template, axes: &[&str], output: bool) {
        for part in &template.parts {
            match part {
                Part::Axis(name) if !axes.contains(&name.as_str()) => {
                    let near = nearest(name, axes.iter().copied());
                    let help = match near {
                        Some(near) => format!("did you mean {{{near}}}?"),
                        None if axes.is_empty() => {
                            "this workload has no axes; {{ and }} are plain braces".to_owned()
                        }
                        None => format!(
                            "the axes here are {}; {{{{ and }}}} are plain braces",
                            axes.join(", ")
                        ),
                    };
                    let message = format!("unknown placeholder {{{name}}}");
                    self.mistake(message, template.place, help);
                }
                Part::Output if !output => {
                    let help = "only commands have an output folder";
                    self.mistake("{out} means nothing here", template.place, help);
                }
                Part::Axis(_) | Part::Output | Part::Text(_) => {}
            }
        }
    }
}

/// What to do about the unknown `name`.
fn suggestion(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) if near.contains('-') || near.starts_with(|c: char| c.is_ascii_digit()) => {
            format!(
                "did you mean the axis `{near}`? Such a name takes backquotes: \"`{near}` * 2\""
            )
        }
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the names here are {}", known.join(", ")),
    }
}

fn look(path: &Path) -> Option<Sort> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(if metadata.is_dir() {
        Sort::Folder
    } else {
        Sort::File
    })
}

/// The nearest folder at or above `folder` that git calls a work tree.
fn repository(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
        .map(Path::to_owned)
}
