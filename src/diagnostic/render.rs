//! Mistakes as text for people.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Source, floor_boundary};
use super::{Diagnostic, Place, Sources};

/// More mistakes than this are counted, not shown.
const SHOWN: usize = 100;
/// Longer lines are cut around the caret; in bytes.
const LONGEST_LINE: usize = 160;
/// What of a long line stands before the caret; in bytes.
const LEAD: usize = 40;

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
    for (index, (place, label)) in diagnostic.labels.iter().enumerate() {
        let Some(source) = sources.get(*place) else {
            continue;
        };
        let kind = if index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let window = Window::around(source, *place);
        let mark = kind.span(window.mark.clone());
        let mark = if label.is_empty() {
            mark
        } else {
            mark.label(label.as_str())
        };
        group = group.element(
            Snippet::source(window.text)
                .path(source.name.as_str())
                .line_start(window.line)
                .annotation(mark),
        );
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// The first line of a place, cut to a readable length; the whole text may be megabytes.
struct Window {
    text: String,
    line: usize,
    mark: Range<usize>,
}

impl Window {
    fn around(source: &Source, place: Place) -> Self {
        let number = source.line(place.start);
        let span = source.line_span(number);
        let line = &source.text[span.clone()];
        let start = floor_boundary(line, place.start.saturating_sub(span.start));
        let end = floor_boundary(line, place.end.saturating_sub(span.start)).max(start);
        let (left, right) = if line.len() > LONGEST_LINE {
            let left = floor_boundary(line, start.saturating_sub(LEAD));
            (left, floor_boundary(line, left + LONGEST_LINE))
        } else {
            (0, line.len())
        };
        let before = if left > 0 { "..." } else { "" };
        let after = if right < line.len() { "..." } else { "" };
        let shift = |at: usize| at.clamp(left, right) - left + before.len();
        Self {
            text: format!("{before}{}{after}", &line[left..right]),
            line: number + 1,
            mark: shift(start)..shift(end),
        }
    }
}
