//! CSV for spreadsheets and data frames: RFC 4180, UTF-8, a header line, figures in base units.
//!
//! A spreadsheet takes text that begins like a formula for one. [`cell`] defuses it; numbers stay numbers.

mod cases;
mod samples;

pub use cases::csv;
pub use samples::CsvSamples;

use ::csv::{Terminator, Writer, WriterBuilder};

use super::text;

/// What makes a spreadsheet take a text for a formula, or leave the cell, by OWASP's list.
const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// Rows of as many cells as `header`.
#[derive(Debug)]
pub(super) struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    pub(super) fn new(header: &[&str]) -> Self {
        let mut builder = WriterBuilder::new();
        let mut sheet = Self(builder.terminator(Terminator::CRLF).from_writer(Vec::new()));
        sheet.push(header);
        sheet
    }

    pub(super) fn push<T: AsRef<[u8]>>(&mut self, row: &[T]) {
        let written = self.0.write_record(row);
        written.expect("rows have as many cells as the header, and memory takes them");
    }

    pub(super) fn finish(self) -> String {
        let bytes = self.0.into_inner().expect("memory takes what is left");
        String::from_utf8(bytes).expect("cells are text")
    }
}

/// Text as a cell: control characters are spelled out, and what a spreadsheet would take for a formula gets an
/// apostrophe before it.
pub(super) fn cell(given: &str) -> String {
    let formula = given.starts_with(FORMULA);
    let shown = text::harmless(given);
    if formula { format!("'{shown}") } else { shown }
}

/// A number as a cell, in the shortest form that reads back as the same; one that is not known or not finite is empty.
pub(super) fn number(value: Option<f64>) -> String {
    let finite = value.filter(|value| value.is_finite());
    finite.map(|value| format!("{value:?}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_formula_and_numbers_stay_numbers() {
        let table = [
            ("copy/n=1024", "copy/n=1024"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'    =1"),
            ("\r=1", "'\\r=1"),
            ("\n=1", "'\n=1"),
            ("＝1", "'＝1"),
            ("a\u{0}b", "a\\u{0}b"),
            ("", ""),
        ];
        for (given, expected) in table {
            assert_eq!(cell(given), expected, "{given:?}");
        }
        assert_eq!(number(Some(-0.021)), "-0.021");
        assert_eq!(number(Some(1e-58)), "1e-58");
        assert_eq!(number(Some(f64::NAN)), "");
        assert_eq!(number(None), "");
    }
}
