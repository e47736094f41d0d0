//! What runs that died left pinned: given back before anything else is done.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::output;
use crate::clocks::{self, Recovered, Trouble, journal};
use crate::{device, engine};

/// Verbs that are part of a run, or give back themselves.
const UNCONCERNED: [&str; 5] = [
    engine::VERB,
    device::command::VERB,
    clocks::WATCHDOG_VERB,
    clocks::LOAD_VERB,
    "clocks",
];

/// Whether a command line with this first word gives back what is left.
pub fn concern(verb: Option<&OsStr>) -> bool {
    !UNCONCERNED
        .iter()
        .any(|other| verb == Some(OsStr::new(other)))
}

/// Gives back what is left on any GPU, and says so. What can't be given back keeps no verb from its work.
pub fn give_back() {
    for path in journal::all() {
        tell(&path, clocks::recover(&path, Duration::ZERO));
    }
}

/// Gives back what is left on the GPU with this lock, which the caller has.
pub fn give_back_of(lock: &Path) {
    let path = journal::beside(lock);
    tell(&path, clocks::recover_locked(&path));
}

fn tell(path: &Path, outcome: Result<Recovered, Trouble>) {
    match outcome {
        Ok(recovered) => {
            if let Some(text) = in_words(&recovered) {
                output::warn(&text);
            }
        }
        Err(error) => output::warn(&format!(
            "a run that died left a GPU pinned ({}), and it is not given back: {error}; {}",
            path.display(),
            error.hint()
        )),
    }
}

/// What was given back; nothing where nothing was.
pub fn in_words(recovered: &Recovered) -> Option<String> {
    match recovered {
        Recovered::Restored { gpu, pid, done } if !done.is_empty() => Some(format!(
            "{gpu} was left pinned by process {pid}, which died: given back ({})",
            done.join(", ")
        )),
        _ => None,
    }
}
