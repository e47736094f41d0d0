//! One run at a time on a device: a lock file that names its holder.
//!
//! The system's lock on the file is the lock; what stands in it is for people. A holder that died holds nothing.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Signals;
use crate::files::FileError;
use crate::machine;

/// A look at a held lock again after this time.
const LOOK: Duration = Duration::from_millis(100);

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The suite that it runs.
    pub suite: String,
    /// When it took the lock.
    pub started: jiff::Timestamp,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            pid,
            suite,
            started,
        } = self;
        write!(
            f,
            "process {pid}, which runs the suite {suite} since {started:.0}"
        )
    }
}

/// Why a device could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("the device {device} is in use by {}", .holder.as_ref().map_or_else(|| "another run".to_owned(), Holder::to_string))]
    Held {
        /// The device.
        device: String,
        /// Who, where the file says so.
        holder: Option<Holder>,
    },
    /// The lock file can't be opened or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A signal ended the wait.
    #[error("interrupted while waiting for the device")]
    Interrupted(i32),
}

/// A device that is ours until this is dropped.
#[derive(Debug)]
pub struct DeviceLock {
    file: File,
}

impl Drop for DeviceLock {
    fn drop(&mut self) {
        // The file stays, since another run may be waiting for it; without a holder's name it is plainly free.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Takes the lock at `path`, waiting for at most `limit`; `waiting` hears of each look at a held lock.
pub fn acquire(
    path: &Path,
    device: &str,
    suite: &str,
    patience: &mut Patience<'_>,
) -> Result<DeviceLock, LockError> {
    let began = Instant::now();
    let mut file = machine::open(path)?;
    while !machine::try_lock(&file).map_err(FileError::at("lock", path))? {
        let held = LockError::Held {
            device: device.to_owned(),
            holder: holder(&mut file),
        };
        if let Some(signal) = patience.signals.caught() {
            return Err(LockError::Interrupted(signal));
        }
        if began.elapsed() >= patience.limit {
            return Err(held);
        }
        (patience.notice)(&held, patience.limit.saturating_sub(began.elapsed()));
        thread::sleep(LOOK);
    }
    let mut lock = DeviceLock { file };
    sign(&mut lock.file, suite).map_err(FileError::at("write", path))?;
    Ok(lock)
}

/// How long to wait for a lock, and who hears of it.
pub struct Patience<'a> {
    /// The longest wait; zero doesn't wait.
    pub limit: Duration,
    /// The signals that end the wait.
    pub signals: &'a Signals,
    /// Hears who holds the lock, and how long the wait may still last.
    pub notice: &'a mut dyn FnMut(&LockError, Duration),
}

/// What the file says of its holder; nothing where it is empty or being written.
fn holder(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn sign(file: &mut File, suite: &str) -> std::io::Result<()> {
    let holder = Holder {
        pid: std::process::id(),
        suite: suite.to_owned(),
        started: jiff::Timestamp::now(),
    };
    let mut text = serde_json::to_vec(&holder)?;
    text.push(b'\n');
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(path: &Path) -> Result<DeviceLock, LockError> {
        let mut patience = Patience {
            limit: Duration::ZERO,
            signals: &Signals::default(),
            notice: &mut |_, _| {},
        };
        acquire(path, "host", "memory", &mut patience)
    }

    #[test]
    fn a_held_lock_names_its_holder_and_a_dropped_one_is_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = machine::lock_path(folder.path(), "cuda:1");
        assert!(path.ends_with("cuda-1.lock"));
        std::fs::write(
            &path,
            r#"{"pid":1,"suite":"stale","started":"2020-01-01T00:00:00Z"}"#,
        )
        .expect("written");
        let lock = take(&path).expect("what a dead holder wrote is no lock");
        let error = take(&path).expect_err("it is held");
        let expected = format!(
            "the device host is in use by process {}, which runs the suite memory since ",
            std::process::id()
        );
        assert!(error.to_string().starts_with(&expected), "{error}");
        drop(lock);
        take(&path).expect("it is free again");
    }
}
