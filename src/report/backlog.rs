//! The backlog of a document for an issue tracker: Markdown by a template, and CSV, a row a case.

use csv::Writer;

use super::csv::{harmless, text, write};
use super::document::{BacklogEntry, Document, Range};
use super::template::{self, Escape, TemplateError};

/// The template of [`backlog`].
pub const BACKLOG: &str = include_str!("../../reports/backlog.md.hbs");

/// The columns of [`backlog_csv`].
const COLUMNS: [&str; 34] = [
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
];

/// The backlog of `document` as Markdown, an entry a case.
pub fn backlog(document: &Document) -> Result<String, TemplateError> {
    template::render("backlog.md.hbs", BACKLOG, Escape::Markdown, document)
}

/// The backlog of `document` as CSV (RFC 4180), a row a case.
pub fn backlog_csv(document: &Document) -> String {
    let mut rows = Writer::from_writer(Vec::new());
    write(&mut rows, COLUMNS.iter().map(|name| (*name).to_owned()));
    for entry in &document.backlog {
        let cells = where_and_why(document, entry).into_iter();
        let cells = cells.chain(amounts(entry)).chain(price(document));
        write(&mut rows, cells.chain([harmless(&entry.reproduce)]));
    }
    text(rows)
}

fn where_and_why(document: &Document, entry: &BacklogEntry) -> [String; 12] {
    [
        entry.rank.to_string(),
        harmless(&entry.title),
        harmless(&document.suite),
        harmless(&document.run),
        harmless(&document.device),
        harmless(&document.environment_key),
        harmless(&entry.case),
        harmless(&entry.place.file),
        entry.place.line.to_string(),
        entry.limits.join("; "),
        harmless(&entry.evidence.join("; ")),
        entry.ceiling.clone().unwrap_or_default(),
    ]
}

fn amounts(entry: &BacklogEntry) -> [String; 16] {
    let [gap_low, gap_high] = ends(entry.gap_interval);
    let [hours_low, hours_high] = ends(entry.hours_interval);
    let [saves_low, saves_high] = ends(entry.saves_interval);
    [
        entry.ceiling_fraction.to_string(),
        entry.time_ns.to_string(),
        entry.ceiling_ns.to_string(),
        entry.gap_ns.to_string(),
        gap_low,
        gap_high,
        entry.gap.to_string(),
        entry.of_suite.to_string(),
        entry.ranked_by.to_owned(),
        harmless(entry.volume.as_deref().unwrap_or_default()),
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
    let word = |of: Option<&str>| harmless(of.unwrap_or_default());
    [
        word(price.map(|price| price.currency.as_str())),
        number(price.map(|price| price.gpu_hour)),
        word(price.and_then(|price| price.source.as_deref())),
        word(price.and_then(|price| price.date.as_deref())),
        word(price.map(|price| price.inputs.as_str())),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn ends(range: Option<Range>) -> [String; 2] {
    let ends = [range.map(|range| range.low), range.map(|range| range.high)];
    ends.map(number)
}
