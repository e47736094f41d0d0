//! What results and verdicts look like: the views rendered at several widths, as JSON and as Markdown.

mod comments;
mod money;
mod programs;
mod sample;
mod tables;

use warpmark::report::{self, Format, View};

fn render<'a>(view: impl Into<View<'a>>, format: Format) -> String {
    report::render(view, format).expect("the template is right")
}

fn human(width: Option<usize>) -> Format {
    Format::Human {
        width,
        color: false,
    }
}
