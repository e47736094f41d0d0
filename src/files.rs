//! Files that are whole or absent: every write goes to a temporary file, is synced and renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// An input or output error that names the file as it was given.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {}", .path.display())]
pub struct FileError {
    /// What was being done, as a verb: `read`, `write`.
    pub doing: &'static str,
    /// The file, as it was given.
    pub path: PathBuf,
    /// The system's answer.
    #[source]
    pub source: io::Error,
}

impl FileError {
    /// An adapter for `map_err`.
    pub fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            doing,
            path,
            source,
        }
    }
}

/// Replaces `path` by `bytes`, whole or not at all; its folder must exist.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".warpmark-")
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(permissions_of(path)?)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(FileError::at("write", path))
}

/// The permissions that `path` has, or those of a plain new file.
fn permissions_of(path: &Path) -> io::Result<fs::Permissions> {
    use std::os::unix::fs::PermissionsExt;
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(fs::Permissions::from_mode(0o644))
        }
        Err(error) => Err(error),
    }
}

/// Appends `bytes` to `path` in one write and syncs it; makes the file where there is none.
pub fn append_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let append = || -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    append().map_err(FileError::at("append to", path))
}

/// Makes a folder and those above it.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    fs::create_dir_all(path).map_err(FileError::at("create the folder", path))
}

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(FileError::at("read", path))
}

/// Reads a whole file of UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(FileError::at("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"first, longer").expect("written");
        write_atomically(&path, b"second").expect("written");
        append_synced(&path, b", more").expect("appended");
        assert_eq!(read_text(&path).expect("read"), "second, more");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn an_error_names_the_file() {
        let error = read(Path::new("no/such/file")).expect_err("there is none");
        assert_eq!(error.to_string(), "cannot read no/such/file");
    }
}
