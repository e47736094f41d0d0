//! The backlog of a document for an issue tracker: Markdown by a template, and CSV, a row a case.

use super::csv::{Sheet, cell, number};
use super::document::{BacklogEntry, Document, Range};
use super::template::{self, Escape, TemplateError};

/// The template of [`backlog`].
pub const BACKLOG: &str = include_str!("../../reports/backlog.md.hbs");

/// The columns of [`backlog_csv`].
const COLUMNS: [&str; 35] = [
    "rank",
    "title",
    "suite",
    "run",
    "device",
    "environment",
    "case",
    "file",
    "line",
    "limits",
    "evidence",
    "ceiling",
    "ceiling_fraction",
    "time_ns",
    "ceiling_ns",
    "gap_ns",
    "gap_ns_low",
    "gap_ns_high",
    "gap",
    "of_suite",
    "ranked_by",
    "volume",
    "hours_a_month",
    "hours_a_month_low",
    "hours_a_month_high",
    "saves_a_month",
    "saves_a_month_low",
    "saves_a_month_high",
    "currency",
    "gpu_hour",
    "price_source",
    "price_date",
    "price_inputs",
    "reproduce",
    "note",
];

/// The backlog of `document` as Markdown, an entry a case.
pub fn backlog(document: &Document) -> Result<String, TemplateError> {
    template::render("backlog.md.hbs", BACKLOG, Escape::Markdown, document)
}

/// The backlog of `document` as CSV (RFC 4180), a row a case.
pub fn backlog_csv(document: &Document) -> String {
    let mut sheet = Sheet::new(&COLUMNS);
    for entry in &document.backlog {
        let row: [&[String]; 4] = [
            &where_and_why(document, entry),
            &amounts(entry),
            &price(document),
            &[
                cell(&entry.reproduce),
                cell(entry.note.as_deref().unwrap_or_default()),
            ],
        ];
        sheet.push(&row.concat());
    }
    sheet.finish()
}

fn where_and_why(document: &Document, entry: &BacklogEntry) -> [String; 12] {
    [
        entry.rank.to_string(),
        cell(&entry.title),
        cell(&document.suite),
        cell(&document.run),
        cell(&document.device),
        cell(&document.environment_key),
        cell(&entry.case),
        cell(&entry.place.file),
        entry.place.line.to_string(),
        cell(&entry.limits.join("; ")),
        cell(&entry.evidence.join("; ")),
        cell(entry.ceiling.as_deref().unwrap_or_default()),
    ]
}

fn amounts(entry: &BacklogEntry) -> [String; 16] {
    let [gap_low, gap_high] = ends(entry.gap_interval);
    let [hours_low, hours_high] = ends(entry.hours_interval);
    let [saves_low, saves_high] = ends(entry.saves_interval);
    [
        number(Some(entry.ceiling_fraction)),
        number(Some(entry.time_ns)),
        number(Some(entry.ceiling_ns)),
        number(Some(entry.gap_ns)),
        gap_low,
        gap_high,
        number(Some(entry.gap)),
        number(Some(entry.of_suite)),
        entry.ranked_by.to_owned(),
        cell(entry.volume.as_deref().unwrap_or_default()),
        number(entry.hours_a_month),
        hours_low,
        hours_high,
        number(entry.saves_a_month),
        saves_low,
        saves_high,
    ]
}

fn price(document: &Document) -> [String; 5] {
    let price = document.price.as_ref();
    let word = |of: Option<&str>| cell(of.unwrap_or_default());
    [
        word(price.map(|price| price.currency.as_str())),
        number(price.map(|price| price.gpu_hour)),
        word(price.and_then(|price| price.source.as_deref())),
        word(price.and_then(|price| price.date.as_deref())),
        word(price.map(|price| price.inputs.as_str())),
    ]
}

fn ends(range: Option<Range>) -> [String; 2] {
    let ends = [range.map(|range| range.low), range.map(|range| range.high)];
    ends.map(number)
}
