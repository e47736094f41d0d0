//! Runs a plan: spawns worker processes, owns locks and time limits, emits events; and the worker's side of it.
//!
//! The parent ([`run`]) starts one process after the other, and in it a worker ([`work`]), which executes units.
//! Whoever dies, nothing stays behind: a worker dies with its parent, a command's supervisor notices the death of its
//! worker, and each of them adopts and ends what those below it left. The engine neither prints nor knows a
//! file format: printers and stores subscribe to its events.

mod attend;
mod child;
mod earlier;
mod error;
mod interleave;
mod lock;
mod measure;
mod order;
mod prepare;
mod probing;
mod process;
mod protocol;
mod run;
mod script;
mod signals;
mod tally;
mod unit;
mod worker;

pub use crate::machine::{folder as machine_folder, lock_path};
pub use earlier::Earlier;
pub use error::EngineError;
pub use interleave::{EACH, Turn, blocks, interleave};
pub use lock::{DeviceLock, Holder, LockError, Patience, acquire as lock};
pub use order::process_count;
pub use prepare::{Prepared, definition, prepare};
pub use run::{Job, Subscribers, run};
pub use signals::Signals;
pub use tally::Tally;
pub use worker::{VERB, work};

use crate::id::CaseId;
use crate::record::{CaseResult, FailureKind, Refusal};

/// The result of a case of which nothing is known yet: failed, until something better is said.
fn blank(case: &CaseId, process: u32, position: usize) -> CaseResult {
    let outcome = Refusal::failed(FailureKind::Protocol, "was not executed").into();
    CaseResult::new(case.clone(), process, position, outcome)
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
