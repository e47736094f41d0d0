//! Markdown for a comment on a pull request: what changed first, the rest folded, never longer than GitHub takes.

mod comment;
mod details;
mod escape;
mod head;
mod limit;
mod measurements;
mod room;
mod rows;
#[cfg(test)]
mod tests;

pub use comment::{
    ChangeRow, CodeRow, Comment, DifferenceRow, FailureRow, GoalRow, MeasurementRow, ReasonRow,
    Rows,
};
pub(super) use escape::{block, code, escape};

use serde::Serialize;

use super::document::Document;
use super::template::{Escape, Read, TemplateError};
use room::Whole;

/// The longest comment in bytes. GitHub takes 65,536 characters; bytes are never fewer than characters, however those
/// are counted, and a little is left for what a workflow may add.
pub const LONGEST: usize = 65_000;

/// The template of comments.
pub const TEMPLATE: &str = include_str!("../../../reports/markdown.md.hbs");

/// `document` as a comment of at most [`LONGEST`] bytes.
pub fn markdown(document: &Document) -> Result<String, TemplateError> {
    // The template shows nothing but the comment, so that samples needn't be prepared for it.
    let nothing = serde_json::Map::new();
    written("markdown.md.hbs", TEMPLATE, document, &nothing)
}

/// What `template`, which messages call `name`, makes of `document` and its comment: at most [`LONGEST`] bytes, unless
/// it shows more beside the comment.
pub fn markdown_by(
    name: &str,
    template: &str,
    document: &Document,
) -> Result<String, TemplateError> {
    written(name, template, document, document)
}

fn written(
    name: &str,
    template: &str,
    document: &Document,
    values: &impl Serialize,
) -> Result<String, TemplateError> {
    let shows_comment = template.contains("comment");
    let template = Read::new(name, template, Escape::Markdown)?;
    let mut whole = Whole::of(document);
    let mut context = template.context(values)?;
    let (mut room, mut tries) = (LONGEST - HEAD, 0);
    loop {
        whole.shorten(room);
        template.set(&mut context, "comment", &whole.comment)?;
        let text = template.write(&context)?;
        if text.len() <= LONGEST || room == 0 || !shows_comment {
            return Ok(text);
        }
        tries += 1;
        room = if tries < TRIES {
            room.saturating_sub(text.len() - LONGEST + MARGIN)
        } else {
            room / 2
        };
    }
}

/// About what stands around the tables, in bytes.
const HEAD: usize = 1_500;
/// How often the room for rows is made smaller by what was too long, before by half.
const TRIES: u32 = 4;
/// Bytes by which it is made smaller than it must be, so that few tries are needed.
const MARGIN: usize = 64;
