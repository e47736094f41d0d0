//! The report as one HTML page that asks nothing of anyone: style, script, charts and data stand in it.
//!
//! The page is the template `reports/report.html.hbs` over the [`Document`] and what is made here: the rows of the
//! table of cases, the charts that stand in the file, and the data from which the page's script draws the others.

mod charts;
mod data;
mod pictures;
mod policy;
mod rows;
mod samples;
mod scale;
mod shown;
mod svg;

use serde::Serialize;

use super::document::{CaseEntry, Document};
use super::template::{Escape, TemplateError, render};
pub use pictures::Pictures;
use rows::{Choice, Columns, Group, MonthRow, Months, Row};
use shown::Around;

const TEMPLATE: &str = include_str!("../../../reports/report.html.hbs");
const STYLE: &str = include_str!("../../../reports/report.css");
/// The parts of the script, which see each other's names.
const SCRIPT: [&str; 7] = [
    include_str!("../../../reports/js/format.js"),
    include_str!("../../../reports/js/svg.js"),
    include_str!("../../../reports/js/samples.js"),
    include_str!("../../../reports/js/charts.js"),
    include_str!("../../../reports/js/detail.js"),
    include_str!("../../../reports/js/table.js"),
    include_str!("../../../reports/js/main.js"),
];

/// What the template sees: the document's own names, and `page`.
#[derive(Serialize)]
struct Context<'a> {
    #[serde(flatten)]
    document: Around<'a>,
    page: Page,
}

/// What the page has beside the document.
#[derive(Serialize)]
struct Page {
    style: &'static str,
    script: String,
    policy: String,
    data: String,
    verdict_chart: String,
    times_chart: String,
    samples_case: String,
    samples_chart: String,
    rows: Vec<Row>,
    attention: Vec<Group>,
    verdicts: Vec<Choice>,
    outcomes: Vec<Choice>,
    months: Vec<MonthRow>,
    month_sums: Months,
    began: String,
    inconclusive: usize,
    differing: usize,
    has_roofline: bool,
    has_telemetry: bool,
    untold: Vec<String>,
    columns: Columns,
    currency: String,
}

/// The page of `document`, and of `pictures` that are attached to its remarks.
pub fn html(document: &Document, pictures: &Pictures) -> Result<String, TemplateError> {
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPT.concat());
    let rows: Vec<Row> = (0..).zip(&document.cases).map(Row::of).collect();
    let (samples_case, samples_chart) = samples::first(&document.cases).unwrap_or_default();
    let page = Page {
        style: STYLE,
        policy: policy::of(&script, STYLE),
        script,
        data: data::of(document, pictures),
        verdict_chart: charts::verdicts(document),
        times_chart: charts::times(&document.cases),
        samples_case,
        samples_chart,
        attention: rows::attention(&rows),
        verdicts: rows::verdicts(&document.cases),
        outcomes: rows::outcomes(&document.cases),
        months: rows::months(&document.cases),
        month_sums: rows::month_sums(&document.cases),
        began: to_the_second(&document.started),
        inconclusive: rows::inconclusive(&document.cases),
        differing: document.environment.iter().filter(|f| f.differs).count(),
        has_roofline: has_roofline(document),
        has_telemetry: has_telemetry(document),
        untold: untold(document),
        columns: Columns::of(&rows),
        currency: document
            .price
            .as_ref()
            .map_or_else(String::new, |price| price.currency.clone()),
        rows,
    };
    let context = Context {
        document: Around::from(document),
        page,
    };
    render("report.html.hbs", TEMPLATE, Escape::Html, &context)
}

/// `2026-11-25T13:28:46.946124665Z` without the fraction.
fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, rest)) if rest.ends_with('Z') => format!("{seconds}Z"),
        _ => time.to_owned(),
    }
}

/// Whether a case has a rate to place in a roofline.
fn has_roofline(document: &Document) -> bool {
    let above_nothing = |figure: Option<f64>| figure.is_some_and(|figure| figure > 0.0);
    let rated = |case: &CaseEntry| {
        let own = case.metrics.first();
        own.is_some_and(|m| {
            above_nothing(m.bytes_per_second)
                || above_nothing(m.intensity) && above_nothing(m.flops_per_second)
        })
    };
    document.cases.iter().any(rated)
}

/// Whether a GPU's clock, power or temperature was read.
fn has_telemetry(document: &Document) -> bool {
    let mut readings = document.telemetry.iter().flat_map(|part| &part.readings);
    readings.any(|r| r.sm_mhz.is_some() || r.power_w.is_some() || r.temperature_c.is_some())
}

/// What the GPU didn't tell, each once.
fn untold(document: &Document) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for why in document.telemetry.iter().flat_map(|part| &part.unknown) {
        if !all.contains(why) {
            all.push(why.clone());
        }
    }
    all
}
