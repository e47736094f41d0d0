//! The machine's own state folder, which every user and checkout finds: the locks of its GPUs, and the journals of
//! what is set on them.

use std::env;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::files::{self, FileError};

/// The variable that names another folder.
pub const VARIABLE: &str = "WARPMARK_STATE";

const USUAL: &str = "/run/lock/warpmark";

/// The folder that the variable names, else `/run/lock/warpmark`, or one in the folder for temporary files where that
/// can't be made. It is made where there is none.
pub fn folder() -> Result<PathBuf, FileError> {
    if let Some(folder) = named() {
        files::create_folder(&folder)?;
        return Ok(folder);
    }
    let usual = PathBuf::from(USUAL);
    if shared_folder(&usual).is_ok() {
        return Ok(usual);
    }
    let other = env::temp_dir().join("warpmark");
    shared_folder(&other).map_err(FileError::at("create the folder", &other))?;
    Ok(other)
}

/// The folders that [`folder`] may have given to an earlier warpmark; they need not exist.
pub fn candidates() -> Vec<PathBuf> {
    match named() {
        Some(folder) => vec![folder],
        None => vec![PathBuf::from(USUAL), env::temp_dir().join("warpmark")],
    }
}

fn named() -> Option<PathBuf> {
    let folder = env::var_os(VARIABLE).filter(|folder| !folder.is_empty())?;
    Some(PathBuf::from(folder))
}

/// Makes a folder in which everybody may make files, as in `/tmp`.
fn shared_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => fs::set_permissions(folder, fs::Permissions::from_mode(0o1777)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Why what stands in `folder` can't be relied on: others could replace the files of this user there.
pub fn distrust(folder: &Path) -> Option<String> {
    let metadata = match fs::symlink_metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) => return Some(error.to_string()),
    };
    if !metadata.is_dir() {
        return Some("it is no folder".to_owned());
    }
    if !is_trusted(metadata.uid()) {
        return Some(format!("it belongs to the user {}", metadata.uid()));
    }
    let mode = metadata.mode();
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        return Some("others may replace files in it (chmod +t keeps them from it)".to_owned());
    }
    None
}

/// Whether what belongs to `user` is to be believed: root's and one's own.
pub fn is_trusted(user: u32) -> bool {
    user == 0 || user == rustix::process::geteuid().as_raw()
}

/// The lock file of `device` in `folder`: `host.lock`, `cuda-0.lock`.
pub fn lock_path(folder: &Path, device: &str) -> PathBuf {
    let name: String = device
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    folder.join(format!("{name}.lock"))
}

/// Opens a lock file, and makes it where there is none.
pub fn open(path: &Path) -> Result<File, FileError> {
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

/// Takes the system's lock on a file, if nobody has it.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_in_which_others_replace_files_is_not_relied_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let mode = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
        for (bits, trusted) in [
            (0o700, true),
            (0o1777, true),
            (0o777, false),
            (0o770, false),
        ] {
            mode(bits);
            assert_eq!(distrust(path).is_none(), trusted, "{bits:o}");
        }
        mode(0o700);
        let link = path.join("link");
        std::os::unix::fs::symlink(path, &link).expect("linked");
        assert_eq!(distrust(&link).as_deref(), Some("it is no folder"));
        assert!(distrust(&path.join("none")).is_some());
        assert!(is_trusted(0) && !is_trusted(4_000_000_000));
    }
}
