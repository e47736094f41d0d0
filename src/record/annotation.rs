//! What an engineer noted of a case of a run, beside what was measured.

use serde::{Deserialize, Serialize};

use crate::id::CaseId;

/// One line of `annotations.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The case that it is about.
    pub case: CaseId,
    /// The text.
    pub text: String,
    /// Who wrote it, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was written.
    pub at: jiff::Timestamp,
    /// Files that belong to it, relative to the record's folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}
