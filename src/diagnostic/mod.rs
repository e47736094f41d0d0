//! Mistakes in a text: where, what was expected, what to do; rendered with carets.
//!
//! A [`Diagnostic`] speaks of a [`Place`] in one of the [`Sources`]; [`Diagnostics`] are all mistakes that were
//! found in them, in the order of the text. Nothing here reads files or prints.

mod render;
mod source;

use std::sync::Arc;

use serde::Serialize;

pub use source::{Place, Position, Source, Sources};

/// One mistake: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong: a lower-case fragment that names the thing.
    pub message: String,
    /// Where, the place of the mistake first, each with a word about it (empty where the caret says it all).
    pub labels: Vec<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at `place`.
    pub fn new(message: impl Into<String>, place: Place) -> Self {
        Self {
            message: message.into(),
            labels: vec![(place, String::new())],
            help: None,
        }
    }

    /// The same with a word at its place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.1 = text.into();
        }
        self
    }

    /// The same with a further place.
    #[must_use]
    pub fn also(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push((place, text.into()));
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The place of the mistake.
    pub fn place(&self) -> Option<Place> {
        self.labels.first().map(|(place, _)| *place)
    }
}

/// All mistakes that were found in some texts, in the order of the texts.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    sources: Arc<Sources>,
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The mistakes `found` in `sources`, put in the order of the texts; the same one twice counts once.
    pub fn new(sources: Arc<Sources>, mut found: Vec<Diagnostic>) -> Self {
        found.sort_by_key(Diagnostic::place);
        found.dedup();
        Self { sources, found }
    }

    /// The mistakes.
    pub fn list(&self) -> &[Diagnostic] {
        &self.found
    }

    /// The texts.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The texts, shared.
    pub fn shared_sources(&self) -> Arc<Sources> {
        Arc::clone(&self.sources)
    }

    /// All of them for people: file, line, caret and remedy, with ANSI colours if `color`.
    pub fn render(&self, color: bool) -> String {
        render::render(&self.sources, &self.found, color)
    }

    /// All of them for programs.
    pub fn entries(&self) -> Vec<Entry> {
        self.found
            .iter()
            .map(|diagnostic| Entry::of(&self.sources, diagnostic))
            .collect()
    }
}

/// A mistake for programs, such as an editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The places, that of the mistake first.
    pub labels: Vec<EntryLabel>,
}

/// A place of a mistake, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryLabel {
    /// The file, as it was given.
    pub file: String,
    /// The first character.
    pub start: Position,
    /// The character after the last.
    pub end: Position,
    /// A word about it.
    pub text: String,
}

impl Entry {
    fn of(sources: &Sources, diagnostic: &Diagnostic) -> Self {
        let label = |(place, text): &(Place, String)| EntryLabel {
            file: sources.name(*place).to_owned(),
            start: sources.position(*place),
            end: sources.end_position(*place),
            text: text.clone(),
        };
        Self {
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            labels: diagnostic.labels.iter().map(label).collect(),
        }
    }
}
