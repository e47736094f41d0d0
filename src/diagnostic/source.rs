//! The texts that mistakes are found in, and places in them.

use serde::Serialize;

/// A range of bytes in one of several [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The number of the text among its sources.
    pub file: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Place {
    /// The bytes `span` of text number `file`.
    pub fn new(file: usize, span: std::ops::Range<usize>) -> Self {
        Self {
            file,
            start: span.start,
            end: span.end.max(span.start),
        }
    }

    /// A part of this place: `span` counts from its start.
    #[must_use]
    pub fn part(self, span: std::ops::Range<usize>) -> Self {
        let at = |offset: usize| self.start.saturating_add(offset).min(self.end);
        Self::new(self.file, at(span.start)..at(span.end))
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// A text and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name, as it was given.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    /// The text of the file `name`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self {
            name: name.into(),
            text,
            lines,
        }
    }

    /// The line that holds byte `at`, from 0.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// The bytes of line number `line`, without its end.
    pub(super) fn line_span(&self, line: usize) -> std::ops::Range<usize> {
        let start = self.lines.get(line).copied().unwrap_or(self.text.len());
        let end = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        let text = self.text[start..end].trim_end_matches(['\n', '\r']);
        start..start + text.len()
    }

    fn position(&self, at: usize) -> Position {
        let line = self.line(at);
        let start = self.lines.get(line).copied().unwrap_or(0);
        let end = floor_boundary(&self.text, at);
        Position {
            line: line + 1,
            column: self.text[start.min(end)..end].chars().count() + 1,
        }
    }
}

/// The nearest start of a character at or before byte `at`.
pub(super) fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Several texts; a [`Place`] says which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a text and returns its number.
    pub fn add(&mut self, source: Source) -> usize {
        self.files.push(source);
        self.files.len() - 1
    }

    /// The text that holds `place`.
    pub fn get(&self, place: Place) -> Option<&Source> {
        self.files.get(place.file)
    }

    /// The name of the file that holds `place`.
    pub fn name(&self, place: Place) -> &str {
        self.get(place).map_or("", |source| &source.name)
    }

    /// Where `place` begins.
    pub fn position(&self, place: Place) -> Position {
        self.at(place, place.start)
    }

    /// Where `place` ends.
    pub fn end_position(&self, place: Place) -> Position {
        self.at(place, place.end)
    }

    fn at(&self, place: Place, at: usize) -> Position {
        let first = Position { line: 1, column: 1 };
        self.get(place).map_or(first, |source| source.position(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("a.toml", "é = 1\r\nlong\n"));
        let table = [
            (0, 1, 1),
            (2, 1, 2),
            (8, 2, 1),
            (11, 2, 4),
            (13, 3, 1),
            (99, 3, 1),
        ];
        for (at, line, column) in table {
            let place = Place::new(file, at..at);
            assert_eq!(sources.position(place), Position { line, column }, "{at}");
        }
        assert_eq!(sources.position(Place::new(7, 0..1)).line, 1);
    }
}
