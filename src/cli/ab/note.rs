//! `ab.json`: what a study was, and what came of it, beside its records.

use serde::Serialize;

use super::Judged;
use super::measure::Measured;
use crate::cli::Fault;
use crate::files;
use crate::id::CaseId;
use crate::verdict::Judgement;

/// The number of the file's format.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Note<'a> {
    format: u32,
    suite: &'a str,
    base: String,
    head: String,
    records: [std::path::PathBuf; 2],
    /// The side of each process in turn: 0 is the base.
    turns: Vec<usize>,
    same_code: Vec<&'a CaseId>,
    controls: &'a [(CaseId, CaseId)],
    notes: &'a [String],
    judgements: &'a [Judgement],
}

/// Writes the note, where something was measured.
pub fn write(measured: &Measured, judged: &Judged) -> Result<(), Fault> {
    let Some((records, folder)) = &measured.folders else {
        return Ok(());
    };
    let study = &measured.study;
    let inside =
        |record: &std::path::PathBuf| record.strip_prefix(folder).unwrap_or(record).to_owned();
    let note = Note {
        format: FORMAT,
        suite: measured.headers[1].suite.as_str(),
        base: study.sides[0].name(),
        head: study.sides[1].name(),
        records: records.each_ref().map(inside),
        turns: measured.turns.iter().map(|turn| turn.side).collect(),
        same_code: study.same.iter().collect(),
        controls: &study.controls,
        notes: &judged.view.notes,
        judgements: &judged.view.judgements,
    };
    let text = crate::cli::output::json(&note).map_err(|error| {
        Fault::new(
            crate::cli::Exit::Internal,
            format!("the study has no JSON: {error}"),
        )
    })?;
    Ok(files::write_atomically(
        &folder.join("ab.json"),
        text.as_bytes(),
    )?)
}
