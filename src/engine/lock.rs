//! One run at a time on a device: a lock file that names its holder.
//!
//! The system's lock on the file is the lock; what stands in it is for people. A holder that died holds nothing.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::Signals;
use crate::files::{self, FileError};

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

/// The lock file of `device` in `folder`: `host.lock`, `cuda-0.lock`.
pub fn path(folder: &Path, device: &str) -> PathBuf {
    let name: String = device
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    folder.join(format!("{name}.lock"))
}

/// The folder of the locks of a machine's GPUs, which every user and checkout finds: the one that `WARPMARK_STATE`
/// names, else `/run/lock/warpmark`, or one in the folder for temporary files where that can't be made.
pub fn machine_folder() -> Result<PathBuf, FileError> {
    if let Some(folder) = env::var_os("WARPMARK_STATE").filter(|folder| !folder.is_empty()) {
        let folder = PathBuf::from(folder);
        files::create_folder(&folder)?;
        return Ok(folder);
    }
    let usual = PathBuf::from("/run/lock/warpmark");
    if shared_folder(&usual).is_ok() {
        return Ok(usual);
    }
    let other = env::temp_dir().join("warpmark");
    shared_folder(&other).map_err(FileError::at("create the folder", &other))?;
    Ok(other)
}

/// Makes a folder in which everybody may make files, as in `/tmp`.
fn shared_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => fs::set_permissions(folder, fs::Permissions::from_mode(0o1777)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
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
    let mut file = open(path)?;
    while !try_lock(&file).map_err(FileError::at("lock", path))? {
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

fn open(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    // In a folder that many write to, a link could lead to any file.
    options
        .read(true)
        .write(true)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    let found = match options.open(path) {
        // Asked for only now: Linux lets nobody "create" another user's file in such a folder (proc(5),
        // protected_regular).
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path, &options),
        other => other,
    };
    found.map_err(FileError::at("open", path))
}

/// Makes the file; in a shared folder one that everybody may lock, whatever this user's mask.
fn create(path: &Path, options: &OpenOptions) -> io::Result<File> {
    let file = options.clone().create(true).open(path)?;
    let folder = path.parent().map(fs::metadata).transpose()?;
    if folder.is_some_and(|folder| folder.permissions().mode() & 0o1002 == 0o1002) {
        file.set_permissions(fs::Permissions::from_mode(0o666))?;
    }
    Ok(file)
}

fn try_lock(file: &File) -> std::io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
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
        let path = path(folder.path(), "cuda:1");
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
