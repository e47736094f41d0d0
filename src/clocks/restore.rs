//! Giving back what a journal says was set.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::Trouble;
use super::journal::{self, Journal, Setting};
use super::steward::Steward;
use crate::device::cuda::nvml::{Change, observes};
use crate::files::FileError;
use crate::machine;

/// Whoever gives back what a dead run left has done so within this time.
const GIVING_BACK: Duration = Duration::from_secs(2);

/// A look at a held lock again after this time.
const LOOK: Duration = Duration::from_millis(10);

/// What became of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovered {
    /// There is none.
    Nothing,
    /// Whoever wrote it lives, or somebody gives back already.
    InUse {
        /// The GPU.
        gpu: String,
        /// The process that wrote it.
        pid: u32,
    },
    /// It was written before a reboot, which has given back everything.
    Discarded {
        /// The GPU.
        gpu: String,
    },
    /// What it names is given back.
    Restored {
        /// The GPU.
        gpu: String,
        /// The process that died.
        pid: u32,
        /// What was done, in words.
        done: Vec<String>,
    },
}

/// Gives back what the journal in `path` names, if its writer is dead. Waits so long for the GPU's lock, and where its
/// writer is plainly dead for whoever gives back already.
pub fn recover(path: &Path, patience: Duration) -> Result<Recovered, Trouble> {
    let Some(journal) = journal::read(path)? else {
        return Ok(Recovered::Nothing);
    };
    let in_use = || Recovered::InUse {
        gpu: journal.gpu_name(),
        pid: journal.pid,
    };
    let lock_path = journal::lock_of(path);
    let lock = match machine::open(&lock_path) {
        Ok(lock) => Some(lock),
        // Of another user: who may not lock must go by the process.
        Err(_) if !journal.is_dead() => return Ok(in_use()),
        Err(_) => None,
    };
    let patience = if journal.is_dead() {
        patience.max(GIVING_BACK)
    } else {
        patience
    };
    let began = Instant::now();
    while let Some(lock) = &lock {
        if machine::try_lock(lock).map_err(FileError::at("lock", &lock_path))? {
            break;
        }
        if began.elapsed() >= patience {
            return Ok(in_use());
        }
        thread::sleep(LOOK);
    }
    recover_locked(path)
}

/// The same for who has the GPU's lock.
pub fn recover_locked(path: &Path) -> Result<Recovered, Trouble> {
    // What was read before the lock was had may have been done by somebody else since.
    let Some(mut journal) = journal::read(path)? else {
        return Ok(Recovered::Nothing);
    };
    if let Some(why) = path.parent().and_then(machine::distrust) {
        let folder = path.parent().unwrap_or(path).to_owned();
        return Err(Trouble::Folder { folder, why });
    }
    let gpu = journal.gpu_name();
    if journal::boot().is_some_and(|boot| boot != journal.boot) {
        journal::remove(path)?;
        return Ok(Recovered::Discarded { gpu });
    }
    let mut done = Vec::new();
    if !journal.begun.is_empty() {
        if observes() {
            return Err(Trouble::Observing);
        }
        let steward = Steward::open(journal.gpu.clone())?;
        done = undo(&steward, &mut journal, path)?;
    }
    journal::remove(path)?;
    let pid = journal.pid;
    Ok(Recovered::Restored { gpu, pid, done })
}

/// Undoes what was begun, in the order memory, SM, power, persistence, and says what was done. One that fails keeps
/// none of the others; the first failure is the answer then, and the journal holds what is left.
pub fn undo(steward: &Steward, journal: &mut Journal, path: &Path) -> Result<Vec<String>, Trouble> {
    let mut done = Vec::new();
    let mut failed = None;
    for setting in journal.to_undo() {
        match undo_one(steward, setting) {
            Ok(what) => {
                done.push(what);
                journal.begun.retain(|other| *other != setting);
                if let Err(error) = journal.write(path) {
                    failed.get_or_insert(error);
                }
            }
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    match failed {
        None => Ok(done),
        Some(error) => Err(error),
    }
}

fn undo_one(steward: &Steward, setting: Setting) -> Result<String, Trouble> {
    let undo = setting.undo();
    match setting {
        Setting::Sm { .. } | Setting::Memory { .. } => match steward.change(undo) {
            // What can't be freed can't have been locked.
            Err(Trouble::NotSupported { .. } | Trouble::NoCall { .. }) => {}
            other => other?,
        },
        Setting::Persistence => {
            let on = steward.ask("nvmlDeviceGetPersistenceMode", |gpu| gpu.persistence())?;
            if on {
                steward.change(undo)?;
            }
        }
        Setting::PowerLimit { milliwatts, was } => {
            let now = steward.ask("nvmlDeviceGetPowerManagementLimit", |gpu| {
                gpu.power_limit_milliwatts()
            })?;
            if now == milliwatts {
                steward.change(undo)?;
            } else if now != was {
                let left = Change::PowerLimit(now);
                return Ok(format!(
                    "{left} left, which somebody else has set meanwhile"
                ));
            }
        }
    }
    Ok(undo.to_string())
}
