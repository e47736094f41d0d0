//! Templates of the user's own, and those that they may start from.

use std::path::Path;

use clap::ValueEnum;

use crate::cli::{Fault, suites};
use crate::files;
use crate::report::template::{self, Escape};
use crate::report::{self, document::Document, markdown};

/// A template that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Embedded {
    /// A plain page of verdicts
    Html,
    /// The comment of --format markdown
    Markdown,
    /// The backlog, as `--format backlog` writes it
    Backlog,
}

impl Embedded {
    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Html => include_str!("../../../reports/start.html.hbs"),
            Self::Markdown => markdown::TEMPLATE,
            Self::Backlog => report::BACKLOG,
        }
    }
}

/// What the template in `file` makes of `document`; none after its mistake was shown.
pub fn render(file: &Path, escape: Escape, document: &Document) -> Result<Option<String>, Fault> {
    let text = files::read_text(file)?;
    let name = file.display().to_string();
    let written = match escape {
        Escape::Html => template::render(&name, &text, escape, document),
        Escape::Markdown => markdown::markdown_by(&name, &text, document),
    };
    match written {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            anstream::eprint!("{}", error.render(suites::error_color()));
            Ok(None)
        }
    }
}
