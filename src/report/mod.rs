//! Result and verdicts to a view model, and that to bytes: human tables, JSON, Markdown, JUnit XML, CSV, GitHub
//! annotations. It reads no file and decides nothing.
//!
//! [`RunView`] and [`CompareView`] hold all that is shown, as values; [`render`] turns either into text. JSON is
//! described in `docs/reference/json.md`.

mod backlog;
mod calibration;
mod case;
mod csv;
pub mod document;
mod github;
mod heading;
mod history;
mod html;
mod human;
mod json;
mod junit;
pub mod markdown;
mod money;
mod probes;
mod statement;
mod table;
pub mod template;
mod text;
mod view;

pub use self::csv::{CsvSamples, csv};
pub use self::junit::junit;
pub use backlog::{BACKLOG, backlog, backlog_csv};
pub use calibration::{CalibratedRun, CalibrationView, calibration};
pub use case::{CaseOutcome, CaseView, FailedIn, MetricView, Rates};
pub use github::github;
pub use heading::{Heading, Label};
pub use history::{
    HistoryView, MachineView, NightView, SegmentView, SeriesView, StepView, TrendView,
    history_json, history_text, is_worse, share, status,
};
pub use html::{Pictures, html};
pub use probes::Probes;
pub use view::{CompareView, RunView, View};

use document::Document;

/// The number of the JSON format.
pub const FORMAT: u32 = 1;

/// How a view is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    Human {
        /// Columns of the terminal; none for a pipe, where every column is shown.
        width: Option<usize>,
        /// Whether ANSI colours are used; everything is readable without.
        color: bool,
    },
    /// For programs.
    Json,
    /// For pull requests.
    Markdown,
}

/// A report for programs, on one line since it may hold a million samples: `docs/reference/report.md` describes it.
pub fn report_json(document: &Document) -> String {
    json::write_on_one_line(document)
}

/// Writes `view` (a `&RunView` or `&CompareView`) as `format`, with a line end at the end.
pub fn render<'a>(
    view: impl Into<View<'a>>,
    format: Format,
) -> Result<String, template::TemplateError> {
    Ok(match (view.into(), format) {
        (View::Run(run), Format::Human { width, color }) => human::run(run, width, color),
        (View::Compare(compare), Format::Human { width, color }) => {
            human::compare(compare, width, color)
        }
        (View::Run(run), Format::Json) => json::run(run),
        (View::Compare(compare), Format::Json) => json::compare(compare),
        (view, Format::Markdown) => markdown::markdown(&Document::from(view))?,
    })
}
