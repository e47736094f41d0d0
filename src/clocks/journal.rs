//! What is set on a GPU and what it was before, on disk before the first change, so that whoever comes next can give
//! it back.
//!
//! A journal lies beside the lock of its GPU. Who has that lock may act on it: while its writer lives, nobody else.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::device::cuda::nvml::{Change, Identity, SmLock};
use crate::files;
use crate::machine;

/// The end of a journal's name; what stands before it is the name of the GPU's lock.
const SUFFIX: &str = ".clocks.json";

/// The only format that this version reads and writes.
const FORMAT: u32 = 1;

/// A longer file is none of ours.
const MOST_BYTES: u64 = 64 << 10;

/// What was intended on a GPU, how far that came, and what was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Journal {
    /// The format's number.
    format: u32,
    /// The boot that it was written in: NVML's locks end with it.
    pub boot: String,
    /// The process that pinned.
    pub pid: u32,
    /// When that process started, in clock ticks since the boot: tells it from a later one of its number.
    pub started: u64,
    /// Where process ids mean what they meant to it, as the system names that.
    pub namespace: Option<String>,
    /// The GPU.
    pub gpu: Identity,
    /// All that is to be set, in its order.
    pub intended: Vec<Setting>,
    /// What of it was begun and isn't undone.
    pub begun: Vec<Setting>,
}

/// Something that is set, with what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "setting", deny_unknown_fields)]
pub enum Setting {
    /// Persistence mode, on; it was off.
    Persistence,
    /// The power limit, in milliwatts.
    PowerLimit {
        /// What is set.
        milliwatts: u32,
        /// What it was.
        was: u32,
    },
    /// The SM clock's lock, in MHz; none is the base.
    Sm {
        /// What is set.
        clock: Option<u32>,
    },
    /// The memory clock's lock.
    Memory {
        /// What is set, in MHz.
        clock: u32,
    },
}

impl Setting {
    /// The change that sets it.
    pub fn change(&self) -> Change {
        match *self {
            Self::Persistence => Change::Persistence(true),
            Self::PowerLimit { milliwatts, .. } => Change::PowerLimit(milliwatts),
            Self::Sm { clock } => Change::LockSm(clock.map_or(SmLock::Base, SmLock::At)),
            Self::Memory { clock } => Change::LockMemory(clock),
        }
    }

    /// The change that undoes it.
    pub fn undo(&self) -> Change {
        match *self {
            Self::Persistence => Change::Persistence(false),
            Self::PowerLimit { was, .. } => Change::PowerLimit(was),
            Self::Sm { .. } => Change::FreeSm,
            Self::Memory { .. } => Change::FreeMemory,
        }
    }
}

impl Journal {
    /// Of this process, in this boot; nothing is begun.
    pub fn new(gpu: Identity, intended: Vec<Setting>) -> Result<Self, Trouble> {
        let pid = std::process::id();
        let unknown = |what: &str| {
            let path = PathBuf::from("/proc");
            let why = format!("the system doesn't tell {what}");
            Trouble::Folder { folder: path, why }
        };
        Ok(Self {
            format: FORMAT,
            boot: boot().ok_or_else(|| unknown("which boot this is"))?,
            pid,
            started: start_of(pid).ok_or_else(|| unknown("when this process started"))?,
            namespace: namespace(),
            gpu,
            intended,
            begun: Vec::new(),
        })
    }

    /// What was begun, in the order in which it is undone: memory, SM, power, persistence.
    pub fn to_undo(&self) -> Vec<Setting> {
        self.begun.iter().rev().copied().collect()
    }

    /// Whether its process is plainly dead; in another container's namespace of process ids that can't be told.
    pub fn is_dead(&self) -> bool {
        self.namespace == namespace() && start_of(self.pid) != Some(self.started)
    }

    /// The GPU's name.
    pub fn gpu_name(&self) -> String {
        self.gpu.name().unwrap_or_default()
    }

    /// Writes it, whole and synced, with the folder.
    pub fn write(&self, path: &Path) -> Result<(), Trouble> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| Trouble::Journal {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        text.push(b'\n');
        Ok(files::write_atomically(path, &text)?)
    }
}

/// The journal beside the lock of `device` (`cuda:GPU-...`) in `folder`.
pub fn path(folder: &Path, device: &str) -> PathBuf {
    beside(&machine::lock_path(folder, device))
}

/// The journal of the GPU with this lock.
pub fn beside(lock: &Path) -> PathBuf {
    lock.with_extension(&SUFFIX[1..])
}

/// The lock of the GPU whose journal `path` is.
pub fn lock_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(SUFFIX).unwrap_or(&name);
    path.with_file_name(format!("{stem}.lock"))
}

/// All journals of the machine. Where there is none, that is two looks into folders.
pub fn all() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = machine::candidates()
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(SUFFIX))
        .collect();
    found.sort();
    found
}

/// The journal in `path`, none where there is none. One that may be another user's work, or that isn't whole, is an
/// error: nothing is reset on its word.
pub fn read(path: &Path) -> Result<Option<Journal>, Trouble> {
    let wrong = |why: String| Trouble::Journal {
        path: path.to_owned(),
        why,
    };
    let mut file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let metadata = file.metadata().map_err(|error| wrong(error.to_string()))?;
    if let Some(why) = distrust(&metadata) {
        return Err(wrong(why));
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)
        .map_err(|error| wrong(error.to_string()))?;
    let journal: Journal = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("it is no journal of this version: {error}")))?;
    if journal.format != FORMAT {
        return Err(wrong(format!("its format is {}", journal.format)));
    }
    let device = format!("cuda:{}", journal.gpu_name());
    let expected = machine::lock_path(Path::new(""), &device);
    let was_intended = |setting| journal.intended.contains(setting);
    if lock_of(path).file_name() != expected.file_name() || !journal.begun.iter().all(was_intended)
    {
        return Err(wrong("it contradicts itself".to_owned()));
    }
    Ok(Some(journal))
}

/// Opens without following a link, and without waiting for whoever writes into a pipe.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

fn distrust(metadata: &fs::Metadata) -> Option<String> {
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Some("it is no journal".to_owned());
    }
    if !machine::is_trusted(metadata.uid()) {
        return Some(format!("it belongs to the user {}", metadata.uid()));
    }
    (metadata.mode() & 0o022 != 0).then(|| "others may write it".to_owned())
}

/// Removes a journal whose work is done; that it is gone is no error.
pub fn remove(path: &Path) -> Result<(), Trouble> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => path
            .parent()
            .map_or(Ok(()), |folder| File::open(folder)?.sync_all()),
    };
    removed.map_err(|error| files::FileError::at("remove", path)(error).into())
}

/// This boot's name, also in a container.
pub fn boot() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// The namespace of process ids.
fn namespace() -> Option<String> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

/// When a process started, in clock ticks since the boot: field 22 of `/proc/PID/stat` (proc(5)).
fn start_of(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything; state, field 3, follows it.
    let (_, rest) = text.rsplit_once(") ")?;
    rest.split(' ').nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const UUID: &str = "GPU-01234567-89ab-cdef-0123-456789abcdef";

    fn journal() -> Journal {
        let gpu = Identity {
            uuid: UUID.parse().ok(),
            bus: Some("00000000:00:06.0".to_owned()),
            mig: false,
        };
        let intended = vec![
            Setting::Persistence,
            Setting::PowerLimit {
                milliwatts: 500_000,
                was: 700_000,
            },
            Setting::Sm { clock: Some(1500) },
            Setting::Memory { clock: 2619 },
        ];
        Journal::new(gpu, intended).expect("this system tells")
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = path(folder.path(), &format!("cuda:{UUID}"));
        (folder, path)
    }

    #[test]
    fn a_journal_reads_back_and_names_its_lock() {
        let (folder, path) = place();
        assert_eq!(read(&path).expect("none"), None);
        let mut journal = journal();
        journal.begun = journal.intended[..3].to_vec();
        journal.write(&path).expect("written");
        assert_eq!(read(&path).expect("trusted"), Some(journal.clone()));
        assert!(!journal.is_dead());
        journal.started += 1;
        assert!(journal.is_dead());
        journal.namespace = Some("pid:[1]".to_owned());
        assert!(!journal.is_dead(), "that can't be told");
        let lock = machine::lock_path(folder.path(), &format!("cuda:{UUID}"));
        assert_eq!(lock_of(&path), lock);
        remove(&path).expect("removed");
        remove(&path).expect("removed already");
    }

    #[test]
    fn what_was_begun_is_undone_backwards() {
        let mut journal = journal();
        assert_eq!(journal.to_undo(), []);
        journal.begun.clone_from(&journal.intended);
        let undone = journal.to_undo();
        let undone: Vec<Change> = undone.iter().map(Setting::undo).collect();
        let expected = [
            Change::FreeMemory,
            Change::FreeSm,
            Change::PowerLimit(700_000),
            Change::Persistence(false),
        ];
        assert_eq!(undone, expected);
    }

    #[test]
    fn nothing_is_believed_that_others_may_have_written() {
        let (_folder, path) = place();
        let good = serde_json::to_string(&journal()).expect("JSON");
        let why = |text: &str, mode: u32| {
            fs::write(&path, text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            read(&path).expect_err(text).to_string()
        };
        assert!(why(&good, 0o666).contains("others may write it"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        assert!(read(&path).is_ok());
        let beyond = good.replace(
            "\"begun\":[]",
            "\"begun\":[{\"setting\":\"sm\",\"clock\":1}]",
        );
        let other = good.replace("\"format\":1", "\"format\":2");
        let stranger = good.replace("GPU-0", "GPU-1");
        for bad in ["", "{}", "[1,", &good[..40], &beyond, &other, &stranger] {
            assert_ne!(bad, good);
            let why = why(bad, 0o644);
            assert!(why.contains("can't be used"), "{why}");
        }
        fs::remove_file(&path).expect("removed");
        std::os::unix::fs::symlink("/etc/passwd", &path).expect("linked");
        assert!(read(&path).is_err(), "a link is not followed");
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("made");
        assert!(read(&path).is_err(), "a folder is none");
    }

    #[test]
    fn a_process_is_known_by_its_start() {
        assert!(start_of(std::process::id()).is_some());
        assert_eq!(start_of(u32::MAX), None);
        assert!(boot().is_some_and(|boot| boot.len() == 36));
    }
}
