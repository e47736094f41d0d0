//! Templates over a [`Document`]: handlebars, strict, with helpers that show figures.
//!
//! A name that the document doesn't have is an error, not an empty text. Values are escaped for the format that the
//! template writes.

mod helpers;

use handlebars::Handlebars;

use super::document::Document;
use super::text;

/// What a template writes, which decides how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// HTML: values can't become elements or attributes.
    Html,
    /// Markdown: values can't become markup or cells.
    Markdown,
}

/// What is wrong with a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It can't be read as a template.
    #[error("{name}: {message}")]
    Syntax {
        /// The template's name.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
    /// It asks for what isn't there.
    #[error("{name}: {message}")]
    Render {
        /// The template's name.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
}

/// The text that `template`, which messages call `name`, makes of `document`.
pub fn render(
    name: &str,
    template: &str,
    escape: Escape,
    document: &Document,
) -> Result<String, TemplateError> {
    let mut registry = registry(escape);
    registry
        .register_template_string(name, template)
        .map_err(|error| TemplateError::Syntax {
            name: name.to_owned(),
            message: error.to_string(),
        })?;
    registry
        .render(name, document)
        .map_err(|error| TemplateError::Render {
            name: name.to_owned(),
            message: error.to_string(),
        })
}

fn registry(escape: Escape) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    match escape {
        Escape::Html => {
            registry.register_escape_fn(|text| handlebars::html_escape(&text::harmless(text)));
        }
        Escape::Markdown => registry.register_escape_fn(super::markdown::escape),
    }
    helpers::register(&mut registry);
    registry
}
