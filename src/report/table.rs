//! A table of text that fits a width: columns are dropped by their rank, then each row takes two lines.

use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

/// The least rank of columns that rows rather take two lines for than go without.
pub(super) const MISSED: u8 = 7;

/// The space between two columns.
const GAP: &str = "  ";

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What stands above it.
    pub(super) title: &'static str,
    /// Whether its cells stand at the right.
    pub(super) right: bool,
    /// When it is dropped: the smallest first, from [`MISSED`] on only where each row has two lines; none is never.
    pub(super) drop: Option<u8>,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::styled(text, Style::new())
    }
}

/// A table whose first column names the row and is never dropped or cut.
#[derive(Debug, Clone)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// What of a table is shown, and how.
#[derive(Debug, PartialEq)]
struct Layout {
    /// Indices of the columns.
    columns: Vec<usize>,
    /// The row's name has a line of its own.
    stacked: bool,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has a cell for each column.
    pub(super) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// The titles of columns that `width` has no room for.
    pub(super) fn dropped(&self, width: Option<usize>) -> Vec<&'static str> {
        let shown = self.layout(width).columns;
        let filled = self.filled();
        let lost = filled.iter().filter(|index| !shown.contains(index));
        lost.map(|&index| self.columns[index].title).collect()
    }

    /// The table as text within `width` where there is one, each line ended.
    pub(super) fn render(&self, width: Option<usize>, color: bool) -> String {
        let layout = self.layout(width);
        let titles: Vec<Cell> = self
            .columns
            .iter()
            .map(|column| Cell::styled(column.title, Style::new().bold()))
            .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| self.width(index))
            .collect();
        let mut out = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            self.line(&mut out, row, &layout, (&widths, color));
        }
        out
    }

    fn line(
        &self,
        out: &mut String,
        row: &[Cell],
        layout: &Layout,
        (widths, color): (&[usize], bool),
    ) {
        let mut line = String::new();
        let mut pending = 0;
        for (place, &index) in layout.columns.iter().enumerate() {
            let cell = &row[index];
            if layout.stacked && place == 0 {
                paint(&mut line, cell, color);
                line.push_str("\n    ");
                pending = 0;
                continue;
            }
            let free = widths[index] - cell.text.width();
            let gap = if place == 0 || layout.stacked && place == 1 {
                0
            } else {
                GAP.len()
            };
            let before = if self.columns[index].right { free } else { 0 };
            if cell.text.is_empty() {
                pending += gap + widths[index];
                continue;
            }
            line.push_str(&" ".repeat(pending + gap + before));
            paint(&mut line, cell, color);
            pending = free - before;
        }
        out.push_str(line.trim_end_matches([' ', '\n']));
        out.push('\n');
    }

    /// Columns with anything in them.
    fn filled(&self) -> Vec<usize> {
        let is_filled =
            |index: &usize| *index == 0 || self.rows.iter().any(|row| !row[*index].text.is_empty());
        (0..self.columns.len()).filter(is_filled).collect()
    }

    fn width(&self, index: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[index].text.width());
        cells
            .max()
            .unwrap_or(0)
            .max(self.columns[index].title.width())
    }

    fn layout(&self, width: Option<usize>) -> Layout {
        let filled = self.filled();
        let Some(width) = width else {
            return Layout {
                columns: filled,
                stacked: false,
            };
        };
        if let Some(columns) = self.fitting(&filled, width, MISSED) {
            return Layout {
                columns,
                stacked: false,
            };
        }
        let rest = &filled[1..];
        let mut columns = vec![0];
        columns.extend(
            self.fitting(rest, width.saturating_sub(4), u8::MAX)
                .unwrap_or_else(|| self.kept(rest)),
        );
        Layout {
            columns,
            stacked: true,
        }
    }

    /// The columns that are never dropped.
    fn kept(&self, columns: &[usize]) -> Vec<usize> {
        let kept = columns
            .iter()
            .filter(|&&index| self.columns[index].drop.is_none());
        kept.copied().collect()
    }

    /// `columns` without those of a rank below `limit` that must go to fit `width`; none where that is not enough.
    fn fitting(&self, columns: &[usize], width: usize, limit: u8) -> Option<Vec<usize>> {
        let mut shown = columns.to_vec();
        loop {
            let gaps = GAP.len() * shown.len().saturating_sub(1);
            if shown.iter().map(|&index| self.width(index)).sum::<usize>() + gaps <= width {
                return Some(shown);
            }
            let ranked = shown
                .iter()
                .filter_map(|&index| Some((self.columns[index].drop?, index)));
            let (_, victim) = ranked.min().filter(|(rank, _)| *rank < limit)?;
            shown.retain(|&index| index != victim);
        }
    }
}

fn paint(line: &mut String, cell: &Cell, color: bool) {
    if color && cell.style != Style::new() {
        let style = cell.style;
        // Writing to a String can't fail.
        let _ = write!(line, "{style}{}{style:#}", cell.text);
    } else {
        line.push_str(&cell.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 4] = [
        Column {
            title: "case",
            right: false,
            drop: None,
        },
        Column {
            title: "kept",
            right: true,
            drop: None,
        },
        Column {
            title: "soon",
            right: true,
            drop: Some(0),
        },
        Column {
            title: "late",
            right: false,
            drop: Some(MISSED),
        },
    ];

    fn table(rows: &[[&str; 4]]) -> Table {
        let mut table = Table::new(&COLUMNS);
        for row in rows {
            table.push(row.map(Cell::from).to_vec());
        }
        table
    }

    #[test]
    fn columns_go_by_rank_and_then_rows_take_two_lines() {
        let table = table(&[
            ["triad/n=4", "1.000", "2.000", "three"],
            ["copy", "1", "", "3"],
        ]);
        assert_eq!(
            table.render(None, false),
            "case        kept   soon  late\ntriad/n=4  1.000  2.000  three\ncopy           1         3\n"
        );
        assert_eq!(
            table.render(Some(25), false),
            "case        kept  late\ntriad/n=4  1.000  three\ncopy           1  3\n"
        );
        assert_eq!(
            table.render(Some(20), false),
            "case\n     kept  late\ntriad/n=4\n    1.000  three\ncopy\n        1  3\n"
        );
        assert_eq!(table.dropped(Some(20)), ["soon"]);
        assert_eq!(
            table.render(Some(5), false),
            "case\n     kept\ntriad/n=4\n    1.000\ncopy\n        1\n"
        );
    }

    #[test]
    fn a_column_without_cells_is_not_shown() {
        let table = table(&[["a", "1", "", ""]]);
        assert_eq!(table.render(None, false), "case  kept\na        1\n");
        assert!(table.dropped(Some(3)).is_empty());
        assert_eq!(Table::new(&COLUMNS).render(Some(80), false), "case\n");
    }

    proptest! {
        #[test]
        fn names_are_whole_and_lines_fit(
            rows in prop::collection::vec(("[a-zäß/=0-9]{1,40}", "[0-9.]{0,12}", "[a-z ]{0,20}", "[a-z]{0,9}"), 1..6),
            width in 0..120_usize,
        ) {
            let rows: Vec<[&str; 4]> =
                rows.iter().map(|(name, a, b, c)| [name.as_str(), a.as_str(), b.as_str(), c.as_str()]).collect();
            let table = table(&rows);
            let layout = table.layout(Some(width));
            let text = table.render(Some(width), false);
            for row in &rows {
                prop_assert!(text.lines().any(|line| line.starts_with(row[0])), "{}", text);
            }
            if !layout.stacked {
                prop_assert!(text.lines().all(|line| line.width() <= width), "{}", text);
            }
            let piped = table.render(None, false);
            for cell in rows.iter().flatten() {
                prop_assert!(piped.contains(cell.trim_end()), "{cell:?} in {piped}");
            }
        }
    }
}
