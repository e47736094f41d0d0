//! How long the parts of a comment may be, in characters: what is longer loses its middle.

use crate::report::text::{harmless, shortened};

/// The longest name of a case, suite or device.
const NAME: usize = 160;
/// The longest text of a cell.
const CELL: usize = 200;
/// The longest text outside of tables.
const TEXT: usize = 500;
/// The longest command line, in bytes.
pub(super) const LINE: usize = 2_000;
/// The most lines of what is always shown whole.
const LINES: usize = 10;
/// The longest detail of a failure.
pub(super) const DETAIL: usize = 4_000;
/// The shortest detail where many failures share the room.
pub(super) const LEAST_DETAIL: usize = 300;

/// A name as it is shown.
pub(super) fn name(given: &str) -> String {
    shortened(&one_line(given), NAME)
}

/// A cell's text as it is shown.
pub(super) fn cell(given: &str) -> String {
    shortened(&one_line(given), CELL)
}

/// A line of text as it is shown.
pub(super) fn text(given: &str) -> String {
    shortened(&one_line(given), TEXT)
}

/// Lines of text as they are shown: of many the first, and how many more there are.
pub(super) fn lines<'a>(given: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut given = given;
    let mut lines: Vec<String> = given.by_ref().take(LINES).map(text).collect();
    match given.count() {
        0 => {}
        more => lines.push(format!("and {more} more")),
    }
    lines
}

fn one_line(given: &str) -> String {
    // What is spelled out gets longer, so that this comes first.
    harmless(given).replace('\n', " ")
}

/// The parts that aren't empty, with commas between.
pub(super) fn words(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}

/// Lines with at most `most` characters: where there are more, a line says how many were left out in the middle.
pub(super) fn detail(given: &str, most: usize) -> String {
    let given = harmless(given);
    let count = given.chars().count();
    if count <= most {
        return given;
    }
    let half = most / 2;
    let head: String = given.chars().take(half).collect();
    let tail: String = given.chars().skip(count - half).collect();
    let left_out = count - 2 * half;
    format!("{head}\n[{left_out} characters left out here]\n{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_loses_its_middle_and_says_so() {
        assert_eq!(detail("abcd", 4), "abcd");
        assert_eq!(
            detail("abcdefgh", 4),
            "ab\n[4 characters left out here]\ngh"
        );
        // What is spelled out is counted as it is shown.
        assert_eq!(detail("a\u{202e}", 9), "a\\u{202e}");
    }

    #[test]
    fn many_lines_say_how_many_more_there_are() {
        let given = |count| lines(["a\nb"; 20].into_iter().take(count));
        assert_eq!(given(0).len(), 0);
        assert_eq!(given(LINES).last().map(String::as_str), Some("a b"));
        assert_eq!(given(LINES + 2).len(), LINES + 1);
        assert_eq!(
            given(LINES + 2).last().map(String::as_str),
            Some("and 2 more")
        );
    }

    #[test]
    fn names_have_one_line_and_an_end() {
        assert_eq!(name("a\nb"), "a b");
        assert_eq!(name(&"x".repeat(10_000)).chars().count(), NAME);
        assert_eq!(name(&"\u{202e}".repeat(10_000)).chars().count(), NAME);
    }
}
