//! The report as a page.

use std::path::Path;

use crate::cli::{Exit, Fault};
use crate::report::document::Document;
use crate::report::{self, Pictures};
use crate::store;

/// The page of `document`, with the pictures that are attached to the record in `folder`.
pub fn text(document: &Document, folder: &Path) -> Result<String, Fault> {
    report::html(document, &pictures(document, folder)).map_err(|error| {
        let message = format!("the page can't be written: {error}");
        Fault::new(Exit::Internal, message).hint("this is a mistake in warpmark: please report it")
    })
}

/// The pictures among the attachments, as far as a page has room. What isn't read is named in the page all the same.
fn pictures(document: &Document, folder: &Path) -> Pictures {
    let mut found = Pictures::default();
    let remarks = document.cases.iter().flat_map(|case| &case.remarks);
    for name in remarks.flat_map(|remark| &remark.attachments) {
        if found.has(name) {
            continue;
        }
        if let Some(bytes) = store::attachment(folder, name, found.room()) {
            found.take(name, &bytes);
        }
    }
    found
}
