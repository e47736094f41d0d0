//! What is wrong with a template, and where: shown with a caret like the mistakes of manifests.

use std::sync::Arc;

use super::nearest;
use crate::diagnostic::{Diagnostic, Diagnostics, Place, Source, Sources};

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {message}")]
pub struct TemplateError {
    name: String,
    message: String,
    diagnostics: Box<Diagnostics>,
}

impl TemplateError {
    /// What is `wrong` with `template`, which messages call `name`.
    pub(super) fn new(name: &str, template: &str, wrong: Wrong) -> Self {
        let start = wrong
            .position
            .map_or(0, |position| offset(template, position));
        let place = Place::new(0, start..mark_end(template, start));
        let mut diagnostic = Diagnostic::new(wrong.message.clone(), place);
        if let Some(path) = &wrong.missing {
            diagnostic.help = nearest::advice(template, start, path);
        }
        let mut sources = Sources::default();
        sources.add(Source::new(name, template));
        Self {
            name: name.to_owned(),
            message: wrong.message,
            diagnostics: Box::new(Diagnostics::new(Arc::new(sources), vec![diagnostic])),
        }
    }

    /// It with file, line, caret and remedy, with ANSI colours if `color`.
    pub fn render(&self, color: bool) -> String {
        self.diagnostics.render(color)
    }
}

/// Something wrong, before it is known in which file.
#[derive(Debug)]
pub(super) struct Wrong {
    message: String,
    /// Line and column, from 1.
    position: Option<(usize, usize)>,
    /// The name that isn't there.
    missing: Option<String>,
}

impl Wrong {
    /// Something wrong with the whole.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            position: None,
            missing: None,
        }
    }

    /// Something wrong at a byte of `template`.
    pub(super) fn at_byte(message: String, template: &str, at: usize) -> Self {
        let before = template.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        let column = before[line_start..].chars().count() + 1;
        Self {
            position: Some((before.matches('\n').count() + 1, column)),
            ..Self::new(message)
        }
    }
}

impl From<handlebars::TemplateError> for Wrong {
    fn from(error: handlebars::TemplateError) -> Self {
        Self {
            position: error.pos(),
            ..Self::new(format!("this is no template: {}", error.reason()))
        }
    }
}

impl From<handlebars::RenderError> for Wrong {
    fn from(error: handlebars::RenderError) -> Self {
        use handlebars::RenderErrorReason as Reason;
        let position = error.line_no.zip(error.column_no);
        let (message, missing) = match error.reason() {
            Reason::MissingVariable(Some(path)) => {
                (format!("there is no `{path}` here"), Some(path.clone()))
            }
            Reason::MissingVariable(None) => ("there is no such value here".to_owned(), None),
            Reason::HelperNotFound(name) => {
                (format!("there is no helper `{name}`"), Some(name.clone()))
            }
            Reason::ParamNotFoundForName(helper, name) => (
                format!("the {name} that `{helper}` needs isn't there"),
                None,
            ),
            Reason::ParamTypeMismatchForName(helper, name, of) => (
                format!("the {name} of `{helper}` isn't of the type {of}"),
                None,
            ),
            Reason::PartialNotFound(name) => (format!("there is no partial `{name}`"), None),
            other => (other.to_string(), None),
        };
        Self {
            message,
            position,
            missing,
        }
    }
}

/// The byte of a line and column, both from 1.
fn offset(template: &str, (line, column): (usize, usize)) -> usize {
    let starts = template.match_indices('\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(starts).nth(line.saturating_sub(1));
    let start = start.unwrap_or(template.len());
    let rest = &template[start..];
    let column = rest.char_indices().nth(column.saturating_sub(1));
    start + column.map_or(0, |(at, _)| at)
}

/// Where the expression that begins at `start` ends, in its line.
fn mark_end(template: &str, start: usize) -> usize {
    let rest = template.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    start + line.find("}}").map_or(line.len(), |at| at + 2)
}
