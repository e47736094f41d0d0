//! The rule by which a comment is cut: what is least important first, and regressions last of all.
//!
//! Parts have an order of importance. A part loses rows only where every part after it has lost all of its own, and
//! each says how many were left out and where they are.

use super::comment::{
    ChangeRow, CodeRow, Comment, DifferenceRow, FailureRow, GoalRow, MeasurementRow, ReasonRow,
    Rows,
};
use super::escape::{block, escape};
use super::{head, rows};
use crate::report::document::Document;
use crate::verdict::Verdict;

/// A comment that can be made shorter.
#[derive(Debug)]
pub(super) struct Whole {
    /// The comment, as long as it may still be.
    pub(super) comment: Comment,
    /// The verdict of each row of changes.
    verdicts: Vec<Verdict>,
    /// Where the rows that were left out are.
    place: String,
}

impl Whole {
    /// All of `document`.
    pub(super) fn of(document: &Document) -> Self {
        let changes = rows::changes(document);
        Self {
            comment: head::comment(document),
            verdicts: changes
                .iter()
                .map(|(_, judgement)| judgement.verdict)
                .collect(),
            place: format!("in the record of run {}", super::limit::name(&document.run)),
        }
    }

    /// Leaves rows out until the tables take about `room` bytes.
    pub(super) fn shorten(&mut self, room: usize) {
        let place = self.place.as_str();
        let comment = &mut self.comment;
        let mut room = Room { left: room, place };
        let alerts = self
            .verdicts
            .iter()
            .filter(|v| **v != Verdict::Improved)
            .count();
        let alerts = alerts.min(comment.changed.shown.len());
        let mut changes = room.fit(&comment.changed.shown[..alerts]);
        room.take(&mut comment.goals);
        let is_compared = comment.base.is_some();
        if !is_compared {
            room.take(&mut comment.failures);
            room.take(&mut comment.measurements);
        }
        room.take(&mut comment.uncovered);
        room.take(&mut comment.changed_code);
        if is_compared {
            room.take(&mut comment.failures);
        }
        room.take(&mut comment.reasons);
        changes += room.fit(&comment.changed.shown[alerts..]);
        room.take(&mut comment.differences);
        room.take(&mut comment.notes);
        room.take(&mut comment.others);
        if is_compared {
            room.take(&mut comment.measurements);
        }
        comment.changed.shown.truncate(changes);
        let left_out = &self.verdicts[comment.changed.shown.len()..];
        comment.changed.more = counted(left_out).map(|counts| format!("and {counts}, {place}"));
    }
}

/// `12 more regressed, 3 more improved`; nothing of none.
fn counted(left_out: &[Verdict]) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    for run in left_out.chunk_by(|a, b| a == b) {
        let (count, verdict) = (run.len(), run[0]);
        said.push(format!("{count} more {verdict}"));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

/// What is left for rows.
struct Room<'a> {
    left: usize,
    place: &'a str,
}

impl Room<'_> {
    /// How many of `rows` there is room for; where that isn't all, there is none for what comes after.
    fn fit<R: Row>(&mut self, rows: &[R]) -> usize {
        for (count, row) in rows.iter().enumerate() {
            let weight = row.weight();
            if weight > self.left {
                self.left = 0;
                return count;
            }
            self.left -= weight;
        }
        rows.len()
    }

    fn take<R: Row>(&mut self, rows: &mut Rows<R>) {
        let count = self.fit(&rows.shown);
        rows.shown.truncate(count);
        let left_out = rows.total - count;
        rows.more = (left_out > 0).then(|| format!("and {left_out} more, {}", self.place));
    }
}

/// A row, which takes about so many bytes of a comment.
trait Row {
    fn weight(&self) -> usize;
}

/// What stands between cells.
const BETWEEN: usize = 3;

fn weight<'a>(cells: impl IntoIterator<Item = &'a String>) -> usize {
    let each = |cell: &String| escape(cell).len() + BETWEEN;
    cells.into_iter().map(each).sum::<usize>() + BETWEEN
}

impl Row for String {
    fn weight(&self) -> usize {
        weight([self])
    }
}

impl Row for ChangeRow {
    fn weight(&self) -> usize {
        let cells = [
            &self.name,
            &self.base,
            &self.now,
            &self.estimate,
            &self.range,
        ];
        weight(cells.into_iter().chain([&self.month, &self.verdict]))
    }
}

impl Row for GoalRow {
    fn weight(&self) -> usize {
        let cells = [
            &self.name,
            &self.case,
            &self.found,
            &self.bounds,
            &self.headroom,
        ];
        weight(cells.into_iter().chain([&self.whose, &self.status]))
    }
}

impl Row for CodeRow {
    fn weight(&self) -> usize {
        weight([
            &self.name,
            &self.registers,
            &self.local,
            &self.shared,
            &self.occupancy,
        ])
    }
}

impl Row for FailureRow {
    fn weight(&self) -> usize {
        weight([&self.name, &self.why]) + block(&self.detail).len() + 2 * BETWEEN
    }
}

impl Row for ReasonRow {
    fn weight(&self) -> usize {
        weight([&self.verdict]) + weight(&self.names) + weight(&self.reasons)
    }
}

impl Row for DifferenceRow {
    fn weight(&self) -> usize {
        weight([&self.fact, &self.base, &self.now]) + 4 * BETWEEN
    }
}

impl Row for MeasurementRow {
    fn weight(&self) -> usize {
        weight([
            &self.name,
            &self.mean,
            &self.median,
            &self.spread,
            &self.samples,
            &self.rates,
        ])
    }
}
