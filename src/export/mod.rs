//! Records to the files of others: warpmark's own timings format, Prometheus' text, OTLP, FOCUS. It reads records and
//! prints and sends nothing.

mod focus;
mod gauges;
mod measured;
mod otlp;
mod prometheus;
mod stated;
mod timings;

pub use focus::{Parties, focus};
pub use gauges::Gauges;
pub use measured::{Exposed, gauges};
pub use otlp::{otlp, otlp_rejected};
pub use prometheus::prometheus;
pub use timings::{ExportError, Exported, timings};

use crate::store::Record;

/// When a run ended; of one that was cut short, when its last whole process did, or it began.
fn ended(record: &Record) -> jiff::Timestamp {
    let last = || record.ends.iter().map(|end| end.ended).max();
    let ended = record.summary.as_ref().map(|summary| summary.ended);
    ended.or_else(last).unwrap_or(record.header.started)
}

/// What makes a spreadsheet take a text for a formula, or leave the cell, by OWASP's list.
pub const FORMULA: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// Text of a CSV cell that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
