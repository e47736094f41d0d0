//! Templates over a [`Document`](super::document::Document): handlebars, strict, with helpers that show figures.
//!
//! A name that the document doesn't have is an error with its place and the nearest name, not an empty text. Values
//! are escaped for the format that the template writes. A template reads no file, and neither its nesting nor its
//! partials nor what it writes can grow without end.

mod bounds;
mod fault;
mod helpers;
mod nearest;
mod reference;

pub use fault::TemplateError;
pub use reference::{fields, helpers as helper_table, schema};

use handlebars::{Context, Handlebars};
use serde::Serialize;

use super::text;

/// What a template writes, which decides how values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// HTML: values can't become elements or attributes.
    Html,
    /// Markdown: values can't become markup or cells.
    Markdown,
}

/// The text that `template`, which messages call `name`, makes of `document`: a [`Document`], or one with more beside it.
///
/// [`Document`]: super::document::Document
pub fn render(
    name: &str,
    template: &str,
    escape: Escape,
    document: &impl Serialize,
) -> Result<String, TemplateError> {
    let read = Read::new(name, template, escape)?;
    read.write(&read.context(document)?)
}

/// A template that was read and found right, to be written with as often as is needed.
pub(super) struct Read<'a> {
    name: &'a str,
    template: &'a str,
    registry: Handlebars<'static>,
}

impl<'a> Read<'a> {
    /// Reads `template`, which messages call `name`.
    pub(super) fn new(
        name: &'a str,
        template: &'a str,
        escape: Escape,
    ) -> Result<Self, TemplateError> {
        let fault = |error| TemplateError::new(name, template, error);
        bounds::check_depth(template).map_err(fault)?;
        let mut registry = registry(escape);
        let read = handlebars::Template::compile(template).map_err(|error| fault(error.into()))?;
        bounds::check_partials(&read).map_err(fault)?;
        registry.register_template(bounds::WHOLE, read);
        Ok(Self {
            name,
            template,
            registry,
        })
    }

    /// `values` as the template sees them.
    pub(super) fn context(&self, values: &impl Serialize) -> Result<Context, TemplateError> {
        Context::wraps(values).map_err(|error| self.fault(error.into()))
    }

    /// Adds `value` to what the template sees.
    pub(super) fn set(
        &self,
        context: &mut Context,
        field: &str,
        value: &impl Serialize,
    ) -> Result<(), TemplateError> {
        let value = serde_json::to_value(value)
            .map_err(|error| self.fault(fault::Wrong::new(error.to_string())))?;
        if let Some(values) = context.data_mut().as_object_mut() {
            values.insert(field.to_owned(), value);
        }
        Ok(())
    }

    /// What the template makes of `context`.
    pub(super) fn write(&self, context: &Context) -> Result<String, TemplateError> {
        let mut out = bounds::Bounded::default();
        self.registry
            .render_with_context_to_write(bounds::WHOLE, context, &mut out)
            .map_err(|error| self.fault(error.into()))?;
        out.into_text().map_err(|error| self.fault(error))
    }

    fn fault(&self, error: fault::Wrong) -> TemplateError {
        TemplateError::new(self.name, self.template, error)
    }
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
    helpers::register(&mut registry, escape);
    registry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::Document;

    fn document() -> Document {
        Document {
            suite: "a<script>|b\n".to_owned(),
            ..Document::default()
        }
    }

    fn error(template: &str) -> String {
        let found = render("t.hbs", template, Escape::Html, &document());
        found.expect_err(template).render(false)
    }

    #[test]
    fn values_are_escaped_for_what_is_written() {
        let render = |escape| render("t", "{{suite}}", escape, &document()).expect("right");
        assert_eq!(render(Escape::Html), "a&lt;script&gt;|b\n");
        assert_eq!(render(Escape::Markdown), "a&lt;script&gt;\\|b");
    }

    #[test]
    fn a_wrong_name_has_its_place_and_the_nearest_one() {
        let text = error("first\n  {{siute}}\n");
        assert!(
            text.contains("t.hbs:2:") && text.contains("`suite`"),
            "{text}"
        );
    }

    #[test]
    fn no_template_brings_the_program_down() {
        let deep = "{{#if suite}}".repeat(100_000);
        let wrong = [
            "{{",
            "{{#if}}",
            "{{#each cases}}",
            "{{> nothing}}",
            "{{lookup cases 7}}",
            "{{suite.nothing}}",
            "{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}",
            "{{#*inline \"a\"}}{{> b}}{{/inline}}{{#*inline \"b\"}}{{> a}}{{/inline}}{{> a}}",
            "{{> (lookup this \"suite\")}}",
            "{{> t.hbs}}",
            "{{> [the whole template]}}",
            "{{> \"the whole template\"}}",
            deep.as_str(),
        ];
        for template in wrong {
            assert!(error(template).contains("error"), "{template:.40}");
        }
        let deep = format!(
            "{{{{count {}1{} \"x\"}}}}",
            "(".repeat(50_000),
            ")".repeat(50_000)
        );
        assert!(error(&deep).contains("deep"));
    }
}
