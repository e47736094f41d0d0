//! The files of a revision, laid out in a folder of their own: the work tree and the index stay as they are.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use git2::{FileMode, ObjectType, Repository, TreeWalkMode, TreeWalkResult};

use super::BaselineError;
use super::source::{LFS_POINTER, Revision, git_error};
use crate::files::{self, FileError};

/// The files of a revision; dropping it removes them.
#[derive(Debug)]
pub struct Checkout {
    folder: tempfile::TempDir,
    /// The revision, as it was given.
    pub name: String,
    /// The full hash of its commit; none for a tree.
    pub commit: Option<String>,
    /// What the repository doesn't hold.
    pub absent: Vec<Absent>,
}

/// A path of a revision whose contents the repository doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The path, relative to the root of the tree.
    pub path: PathBuf,
    /// Why.
    pub why: Reason,
}

/// Why the repository doesn't hold the contents of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is a submodule.
    Submodule,
    /// It is a file of Git LFS.
    Pointer,
}

impl std::fmt::Display for Absent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.why {
            Reason::Submodule => "a submodule",
            Reason::Pointer => "a file of Git LFS",
        };
        write!(
            f,
            "{} is {what}, and its contents are not in the repository",
            self.path.display()
        )
    }
}

impl Checkout {
    /// Lays out the files of `revision` in a new folder in `place`, which exists. Filters that git applies on checkout
    /// are not applied.
    pub fn of(revision: &Revision, place: &Path) -> Result<Self, BaselineError> {
        let folder = tempfile::Builder::new()
            .prefix("tree-")
            .tempdir_in(place)
            .map_err(FileError::at("create a folder in", place))?;
        // It says where paths begin, as in a work tree.
        files::create_folder(&folder.path().join(".git"))?;
        let absent = lay_out(revision, folder.path())?;
        Ok(Self {
            folder,
            name: revision.name().to_owned(),
            commit: revision.commit().map(str::to_owned),
            absent,
        })
    }

    /// The folder that stands for the root of the work tree.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// What lacks of `path`, which is relative to the root, where something does.
    pub fn lacks(&self, path: &Path) -> Option<&Absent> {
        self.absent
            .iter()
            .find(|absent| path.starts_with(&absent.path))
    }
}

/// Writes every file of the revision below `root`; what could not be is given.
fn lay_out(revision: &Revision, root: &Path) -> Result<Vec<Absent>, BaselineError> {
    let repository = revision.repository();
    let mut absent = Vec::new();
    let mut failed = None;
    let walked = revision
        .tree()?
        .walk(TreeWalkMode::PreOrder, |folder, entry| {
            match write(repository, root, (folder, entry)) {
                Ok(missing) => {
                    absent.extend(missing);
                    TreeWalkResult::Ok
                }
                Err(error) => {
                    failed = Some(error);
                    TreeWalkResult::Abort
                }
            }
        });
    if let Some(error) = failed {
        Err(error)
    } else {
        walked.map_err(git_error(&format!("read the files of {}", revision.name())))?;
        Ok(absent)
    }
}

/// Writes one entry of a tree, or says why it can't be.
fn write(
    repository: &Repository,
    root: &Path,
    (folder, entry): (&str, &git2::TreeEntry<'_>),
) -> Result<Option<Absent>, BaselineError> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(folder).join(OsStr::from_bytes(entry.name_bytes()));
    let target = root.join(&path);
    match entry.kind() {
        Some(ObjectType::Tree) => files::create_folder(&target)?,
        Some(ObjectType::Commit) => {
            files::create_folder(&target)?;
            let why = Reason::Submodule;
            return Ok(Some(Absent { path, why }));
        }
        _ => {
            let blob = repository
                .find_blob(entry.id())
                .map_err(git_error(&format!("read {}", path.display())))?;
            if blob.content().starts_with(LFS_POINTER.as_bytes()) {
                let why = Reason::Pointer;
                return Ok(Some(Absent { path, why }));
            }
            write_blob(&target, blob.content(), entry.filemode())?;
        }
    }
    Ok(None)
}

fn write_blob(target: &Path, content: &[u8], mode: i32) -> Result<(), FileError> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let at = |doing| FileError::at(doing, target);
    if mode == i32::from(FileMode::Link) {
        return symlink(OsStr::from_bytes(content), target).map_err(at("link"));
    }
    fs::write(target, content).map_err(at("write"))?;
    if mode == i32::from(FileMode::BlobExecutable) {
        fs::set_permissions(target, fs::Permissions::from_mode(0o755)).map_err(at("write"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A repository with a commit of `files`, a submodule and a pointer.
    fn repository(folder: &Path) -> Repository {
        let repository = Repository::init(folder).expect("a repository");
        let mut index = repository.index().expect("an index");
        let mut entry = |path: &str, mode: FileMode, content: &str| {
            let id = match mode {
                FileMode::Commit => git2::Oid::hash_object(ObjectType::Blob, b"x").expect("an id"),
                _ => repository.blob(content.as_bytes()).expect("a blob"),
            };
            let time = git2::IndexTime::new(0, 0);
            let entry = git2::IndexEntry {
                ctime: time,
                mtime: time,
                dev: 0,
                ino: 0,
                mode: u32::try_from(i32::from(mode)).expect("a mode"),
                uid: 0,
                gid: 0,
                file_size: 0,
                id,
                flags: 0,
                flags_extended: 0,
                path: path.as_bytes().to_vec(),
            };
            index.add(&entry).expect("added");
        };
        entry("suites/a.toml", FileMode::Blob, "format = 1\n");
        entry("tools/run.sh", FileMode::BlobExecutable, "#!/bin/sh\n");
        entry("link", FileMode::Link, "suites/a.toml");
        entry("third_party/lib", FileMode::Commit, "");
        entry(
            "data/x.npy",
            FileMode::Blob,
            &format!("{LFS_POINTER}v1\noid sha256:00\nsize 1\n"),
        );
        let tree = repository
            .find_tree(index.write_tree().expect("a tree"))
            .expect("a tree");
        let person =
            git2::Signature::new("a", "a@example.org", &git2::Time::new(0, 0)).expect("a name");
        repository
            .commit(Some("HEAD"), &person, &person, "one", &tree, &[])
            .expect("a commit");
        drop(tree);
        repository
    }

    #[test]
    fn files_are_laid_out_and_what_the_repository_lacks_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let repository = repository(folder.path());
        let place = tempfile::tempdir().expect("a folder");
        let revision = Revision::find(folder.path(), "HEAD").expect("HEAD");
        let checkout = Checkout::of(&revision, place.path()).expect("laid out");
        let root = checkout.root();
        assert_eq!(
            fs::read_to_string(root.join("link")).expect("a link"),
            "format = 1\n"
        );
        let mode = fs::metadata(root.join("tools/run.sh"))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o111, 0o111);
        let words: Vec<String> = checkout.absent.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "data/x.npy is a file of Git LFS, and its contents are not in the repository",
                "third_party/lib is a submodule, and its contents are not in the repository",
            ]
        );
        assert!(
            checkout
                .lacks(Path::new("third_party/lib/include/a.h"))
                .is_some()
        );
        assert!(checkout.lacks(Path::new("suites/a.toml")).is_none());
        // The repository itself was only read.
        assert!(!folder.path().join("suites").exists());
        assert_eq!(repository.statuses(None).expect("statuses").len(), 5);
        let gone = root.to_owned();
        drop(checkout);
        assert!(!gone.exists());
    }
}
