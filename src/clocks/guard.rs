//! The hold on a GPU's settings: given back when it is dropped, or by [`release_all`] from another thread.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::journal::{self, Journal, Setting};
use super::steward::Steward;
use super::watchdog::Watchdog;
use super::{Trouble, restore};
use crate::device::cuda::nvml::{Identity, Unknown};

/// What is set on a GPU until this is dropped. Whoever has one holds the GPU's lock.
#[derive(Debug)]
pub struct Guard(Arc<Mutex<Hold>>);

#[derive(Debug)]
struct Hold {
    steward: Arc<Steward>,
    journal: Journal,
    path: PathBuf,
    watchdog: Option<Watchdog>,
    /// Everything is given back, or was tried to; nothing more is set.
    closed: bool,
}

/// All holds of this process, for who ends it.
static HOLDS: Mutex<Vec<Weak<Mutex<Hold>>>> = Mutex::new(Vec::new());

impl Guard {
    /// Writes the journal in `path`, starts the watchdog, and sets what is intended, step by step. Where a step fails,
    /// what was set is given back.
    pub fn set(
        steward: Arc<Steward>,
        (gpu, path): (Identity, PathBuf),
        intended: &[Setting],
    ) -> Result<Self, Trouble> {
        let journal = Journal::new(gpu, intended.to_vec())?;
        journal.write(&path)?;
        let mut hold = Hold {
            steward,
            journal,
            path,
            watchdog: None,
            closed: false,
        };
        match Watchdog::start(&hold.path) {
            Ok(watchdog) => hold.watchdog = Some(watchdog),
            Err(error) => {
                journal::remove(&hold.path)?;
                return Err(error);
            }
        }
        let guard = Self(Arc::new(Mutex::new(hold)));
        all().push(Arc::downgrade(&guard.0));
        for &setting in intended {
            // The lock is free between two steps, for whoever wants everything back.
            if let Err(error) = locked(&guard.0).take(setting) {
                // The first trouble is the one to tell of; what is left to undo stands in the journal.
                let _ = guard.release();
                return Err(error);
            }
        }
        Ok(guard)
    }

    /// Gives everything back; what was done, in words.
    pub fn release(&self) -> Result<Vec<String>, Trouble> {
        locked(&self.0).release()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // What fails stands in the journal: the watchdog tries it again, and so does the next warpmark.
        let _ = self.release();
    }
}

impl Hold {
    fn take(&mut self, setting: Setting) -> Result<(), Trouble> {
        if self.closed {
            return Err(Trouble::Interrupted);
        }
        self.journal.begun.push(setting);
        self.journal.write(&self.path)?;
        let taken = self.steward.change(setting.change());
        if taken.as_ref().is_err_and(is_definite) {
            self.journal.begun.pop();
            self.journal.write(&self.path)?;
        }
        taken
    }

    fn release(&mut self) -> Result<Vec<String>, Trouble> {
        if self.closed {
            return Ok(Vec::new());
        }
        self.closed = true;
        let undone = restore::undo(&self.steward, &mut self.journal, &self.path);
        let done = undone.and_then(|done| {
            journal::remove(&self.path)?;
            Ok(done)
        });
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.end(done.is_ok());
        }
        done
    }
}

/// Whether a refusal means that nothing was set.
fn is_definite(trouble: &Trouble) -> bool {
    !matches!(
        trouble,
        Trouble::Hung(_)
            | Trouble::Refused {
                why: Unknown::Lost,
                ..
            }
    )
}

/// Gives everything back that any guard of this process holds; for a thread that is about to end the process.
pub fn release_all() {
    let holds: Vec<_> = all().drain(..).filter_map(|hold| hold.upgrade()).collect();
    for hold in holds {
        let _ = locked(&hold).release();
    }
}

fn all() -> MutexGuard<'static, Vec<Weak<Mutex<Hold>>>> {
    HOLDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hold, also of a thread that panicked: what it had begun stands in its journal.
fn locked(hold: &Mutex<Hold>) -> MutexGuard<'_, Hold> {
    hold.lock().unwrap_or_else(PoisonError::into_inner)
}
