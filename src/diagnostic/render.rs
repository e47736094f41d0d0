//! Mistakes as text for people.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::source::{Source, floor_boundary};
use super::{Diagnostic, Place, Sources};

/// More mistakes than this are counted, not shown.
const SHOWN: usize = 100;
/// Longer lines are named, not shown; in bytes. The renderer cuts shorter ones around the caret.
const LONGEST_LINE: usize = 20_000;
/// Longer marks are cut; in bytes.
const LONGEST_MARK: usize = 80;

/// `found` with file, line, caret and remedy, one after the other.
pub(super) fn render(sources: &Sources, found: &[Diagnostic], color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = String::new();
    for diagnostic in found.iter().take(SHOWN) {
        text.push_str(&renderer.render(&[group(sources, diagnostic)]));
        text.push_str("\n\n");
    }
    if found.len() > SHOWN {
        let more = found.len() - SHOWN;
        text.push_str(&["and ", &more.to_string(), " more mistakes\n\n"].concat());
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn group<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Group<'a> {
    let title = Level::ERROR.primary_title(diagnostic.message.as_str());
    let mut group = Group::with_title(title);
    let mut labels = diagnostic.labels.as_slice();
    while let [(place, _), ..] = labels {
        let Some(source) = sources.get(*place) else {
            labels = &labels[1..];
            continue;
        };
        // What stands in the same line is shown in it.
        let line = source.line(place.start);
        let same = |(other, _): &&(Place, String)| {
            other.file == place.file && source.line(other.start) == line
        };
        let beside = labels[1..].iter().take_while(same).count();
        let (here, rest) = labels.split_at(1 + beside);
        if source.line_span(line).len() > LONGEST_LINE {
            let position = sources.position(*place);
            group = group.element(
                Origin::path(source.name.as_str())
                    .line(position.line)
                    .char_column(position.column),
            );
        } else {
            let is_first = labels.len() == diagnostic.labels.len();
            group = group.element(snippet(source, here, is_first));
        }
        labels = rest;
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// The line of some places with its marks; the first mark is that of the mistake if `primary`.
fn snippet<'a>(
    source: &'a Source,
    labels: &'a [(Place, String)],
    primary: bool,
) -> Snippet<'a, Annotation<'a>> {
    let number = source.line(labels[0].0.start);
    let span = source.line_span(number);
    let line = &source.text[span.clone()];
    let marks: Vec<Annotation<'a>> = labels
        .iter()
        .enumerate()
        .map(|(index, (place, label))| {
            let kind = if index == 0 && primary {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let start = place.start.saturating_sub(span.start);
            let end = place.end.saturating_sub(span.start);
            let mark = kind.span(mark(line, start, end));
            if label.is_empty() {
                mark
            } else {
                mark.label(label.as_str())
            }
        })
        .collect();
    Snippet::source(line)
        .path(source.name.as_str())
        .line_start(number + 1)
        .annotations(marks)
}

/// The bytes from `start` to `end` of a line, as far as they are in it and are readable.
fn mark(line: &str, start: usize, end: usize) -> Range<usize> {
    let start = floor_boundary(line, start);
    let end = floor_boundary(line, end.min(start + LONGEST_MARK));
    start..end.max(start)
}
