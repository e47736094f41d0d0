//! What engineers noted of the cases of a record.

use std::path::Path;

use crate::report::document::{Document, RemarkEntry};
use crate::store::{self, StoreError};

/// Adds the remarks of the record in `folder` to the cases that they are about, and gives a word for each that can't
/// be read.
pub fn take(document: &mut Document, folder: &Path) -> Result<Vec<String>, StoreError> {
    let (annotations, damaged) = store::annotations(folder)?;
    for annotation in annotations {
        let id = annotation.case.as_str();
        if let Some(case) = document.cases.iter_mut().find(|case| case.id == id) {
            case.remarks.push(RemarkEntry {
                text: annotation.text,
                author: annotation.author,
                at: annotation.at.to_string(),
                attachments: annotation.attachments,
            });
        }
    }
    Ok(damaged)
}
