//! Templates of the user's own, and those that they may start from.

use std::path::Path;

use clap::ValueEnum;

use crate::cli::{Fault, suites};
use crate::files;
use crate::report::template::{self, Escape};
use crate::report::{self, document::Document};

/// A template that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Embedded {
    /// A plain page of verdicts
    Html,
    /// A table of verdicts
    Markdown,
    /// The backlog, as `--format backlog` writes it
    Backlog,
}

impl Embedded {
    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Html => include_str!("../../../reports/start.html.hbs"),
            Self::Markdown => include_str!("../../../reports/start.md.hbs"),
            Self::Backlog => report::BACKLOG,
        }
    }
}

/// What the template in `file` makes of `document`; none after its mistake was shown.
pub fn render(file: &Path, escape: Escape, document: &Document) -> Result<Option<String>, Fault> {
    let text = files::read_text(file)?;
    match template::render(&file.display().to_string(), &text, escape, document) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            anstream::eprint!("{}", error.render(suites::error_color()));
            Ok(None)
        }
    }
}
