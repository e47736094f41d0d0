//! A comment as a reader of Markdown sees it, with everything checked that must hold for each.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::super::LONGEST;

/// The texts of a comment.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// The first cell of each row of each table.
    pub(super) first_cells: Vec<String>,
    /// Items of lists, without lists in them.
    pub(super) items: Vec<String>,
    /// Blocks of code.
    pub(super) blocks: Vec<String>,
}

/// Reads `text`, and checks that it is short enough, that its tables have all their cells, and that nothing in it is an
/// element, a link or a picture but what the template wrote.
#[track_caller]
pub(super) fn parse(text: &str) -> Parsed {
    assert!(text.len() <= LONGEST, "{} bytes", text.len());
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_MATH;
    let mut reader = Reader::new(text);
    for (event, place) in Parser::new_ext(text, options).into_offset_iter() {
        reader.see(&event, place);
    }
    assert_eq!(reader.open, 0, "every fold is closed: {text}");
    assert!(reader.folds > 0 || !text.contains("<details"), "{text}");
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    found: Parsed,
    /// Text since the last event that ends one, and whether it is code.
    run: String,
    columns: usize,
    cell: Option<(usize, String)>,
    item: Option<String>,
    block: Option<String>,
    open: usize,
    folds: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            found: Parsed::default(),
            run: String::new(),
            columns: 0,
            cell: None,
            item: None,
            block: None,
            open: 0,
            folds: 0,
        }
    }

    fn see(&mut self, event: &Event<'_>, place: Range<usize>) {
        if !matches!(event, Event::Text(_)) {
            self.end_of_run();
        }
        match event {
            Event::Text(text) => self.add(text, self.block.is_none()),
            Event::Code(code) => self.add(code, false),
            Event::SoftBreak => self.add("\n", false),
            Event::Html(html) => self.html(html),
            Event::Start(tag) => self.start(tag, place),
            Event::End(tag) => self.end(*tag),
            other => panic!("{other:?} in {}", self.text),
        }
    }

    /// Text, in which GitHub looks for links where it `is_plain`.
    fn add(&mut self, text: &str, is_plain: bool) {
        if is_plain {
            self.run.push_str(text);
        }
        let cell = self.cell.as_mut().map(|(_, cell)| cell);
        for open in [cell, self.item.as_mut(), self.block.as_mut()]
            .into_iter()
            .flatten()
        {
            open.push_str(text);
        }
    }

    fn end_of_run(&mut self) {
        let run = std::mem::take(&mut self.run).to_lowercase();
        let number = |mark: char| {
            let mut after = run.split(mark).skip(1);
            after.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let is_linked = run.contains(['@']) || run.contains("://") || run.contains("www.");
        assert!(!is_linked && !number('#'), "{run:?} would be linked");
        let steers = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!run.contains(steers), "{run:?}");
    }

    fn html(&mut self, html: &str) {
        let html = html.trim();
        let fold = html.strip_prefix("<details><summary>");
        let fold = fold.and_then(|rest| rest.strip_suffix("</summary>"));
        let marker = html.strip_prefix("<!-- warpmark: ");
        let marker = marker.and_then(|rest| rest.strip_suffix(" -->"));
        match (html, fold, marker) {
            ("", ..) => {}
            ("</details>", ..) => self.open -= 1,
            (_, Some(title), _) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || " :".contains(c);
                assert!(title.chars().all(plain), "{title}");
                self.open += 1;
                self.folds += 1;
            }
            (_, _, Some(names)) => {
                assert!(self.text.starts_with(html), "the marker is the first line");
                assert!(!names.contains(['<', '>', '&']), "{names}");
            }
            _ => panic!("an element: {html}"),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, place: Range<usize>) {
        match tag {
            Tag::Table(columns) => self.columns = columns.len(),
            Tag::TableHead | Tag::TableRow => self.row(place),
            Tag::TableCell => {
                let number = self.cell.as_ref().map_or(0, |(number, _)| number + 1);
                self.cell = Some((number, String::new()));
            }
            Tag::Item => {
                self.end_of_item();
                self.item = Some(String::new());
            }
            Tag::CodeBlock(_) => self.block = Some(String::new()),
            Tag::Paragraph | Tag::Heading { .. } | Tag::List(_) | Tag::Strong | Tag::HtmlBlock => {}
            other => panic!("{other:?} in {}", self.text),
        }
    }

    /// A row as it is written has a pipe on both sides of each cell.
    fn row(&self, place: Range<usize>) {
        let line = self.text[place].trim_end();
        let mut pipes = 0;
        let mut characters = line.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => drop(characters.next()),
                '|' => pipes += 1,
                _ => {}
            }
        }
        assert_eq!(pipes, self.columns + 1, "{line}");
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::TableCell => {
                if let Some((0, cell)) = &self.cell {
                    self.found.first_cells.push(cell.clone());
                }
            }
            TagEnd::TableRow | TagEnd::TableHead => self.cell = None,
            TagEnd::Item => self.end_of_item(),
            TagEnd::CodeBlock => self.found.blocks.extend(self.block.take()),
            _ => {}
        }
    }

    fn end_of_item(&mut self) {
        self.found.items.extend(self.item.take());
    }
}
