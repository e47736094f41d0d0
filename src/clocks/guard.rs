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

/// All holds of this process, for who ends it; none once it is being ended, when nothing is set any more.
static HOLDS: Mutex<Option<Vec<Weak<Mutex<Hold>>>>> = Mutex::new(Some(Vec::new()));

impl Guard {
    /// Starts the watchdog, writes the journal in `path`, and sets what is intended, step by step. Where a step fails,
    /// what was set is given back.
    pub fn set(
        steward: Arc<Steward>,
        (gpu, path): (Identity, PathBuf),
        intended: &[Setting],
    ) -> Result<Self, Trouble> {
        let journal = Journal::new(gpu, intended.to_vec())?;
        // First, so that there is no moment at which a journal has nobody to act on it.
        let watchdog = Watchdog::start(&path)?;
        journal.write(&path)?;
        let hold = Hold {
            steward,
            journal,
            path,
            watchdog: Some(watchdog),
            closed: false,
        };
        let guard = Self(Arc::new(Mutex::new(hold)));
        all()
            .as_mut()
            .ok_or(Trouble::Interrupted)?
            .push(Arc::downgrade(&guard.0));
        for &setting in intended {
            // The lock is free after each step, for whoever wants everything back.
            let taken = locked(&guard.0).take(setting);
            if let Err(error) = taken {
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

/// Gives everything back that any guard of this process holds, and lets none set anything more; for a thread that is
/// about to end the process.
pub fn release_all() {
    let holds = all().take().unwrap_or_default();
    for hold in holds.iter().filter_map(Weak::upgrade) {
        let _ = locked(&hold).release();
    }
}

fn all() -> MutexGuard<'static, Option<Vec<Weak<Mutex<Hold>>>>> {
    HOLDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hold, also of a thread that panicked: what it had begun stands in its journal.
fn locked(hold: &Mutex<Hold>) -> MutexGuard<'_, Hold> {
    hold.lock().unwrap_or_else(PoisonError::into_inner)
}
