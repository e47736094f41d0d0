//! The report as a page.

use crate::cli::{Exit, Fault};
use crate::report;
use crate::report::document::Document;

/// The page of `document`.
pub fn text(document: &Document) -> Result<String, Fault> {
    report::html(document).map_err(|error| {
        let message = format!("the page can't be written: {error}");
        Fault::new(Exit::Internal, message).hint("this is a mistake in warpmark: please report it")
    })
}
