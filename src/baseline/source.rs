//! Where baselines are read from: a folder, or a git revision without a checkout.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Repository, Tree};

use super::{BaselineError, FOLDER};
use crate::files::{self, FileError};

/// How the text begins that stands for a file of Git LFS.
pub(super) const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/";

/// A place of baselines.
pub enum Source {
    /// A folder of baselines, such as `baselines`.
    Folder(PathBuf),
    /// The folder `baselines` of a revision.
    Revision(Box<Revision>),
}

/// A revision of a repository.
pub struct Revision {
    repository: Repository,
    /// The revision, as it was given.
    name: String,
    tree: git2::Oid,
    commit: Option<String>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_string())
    }
}

impl std::fmt::Display for Source {
    /// The folder, or the revision as it was given.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Revision(revision) => f.write_str(&revision.name),
        }
    }
}

impl Source {
    /// The revision `name` of the repository that holds `folder`; a bare one will do.
    ///
    /// Fails where there is no repository, no commit, or no such revision.
    pub fn revision(folder: &Path, name: &str) -> Result<Self, BaselineError> {
        Ok(Self::Revision(Box::new(Revision::find(folder, name)?)))
    }

    /// The full hash of the revision's commit, where it is one.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Folder(_) => None,
            Self::Revision(revision) => revision.commit.as_deref(),
        }
    }

    /// What messages call the file `path` of this source.
    pub fn name_of(&self, path: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(path).display().to_string(),
            Self::Revision(revision) => format!("{FOLDER}/{path} at {}", revision.name),
        }
    }

    /// The names of what lies in the folder `path` (empty for all of it), sorted; none where it doesn't exist.
    pub fn list(&self, path: &str) -> Result<Vec<String>, BaselineError> {
        let mut names = match self {
            Self::Folder(folder) => list_folder(&folder.join(path))?,
            Self::Revision(revision) => revision.list(path)?,
        };
        names.sort_unstable();
        Ok(names)
    }

    /// The text of the file `path`.
    ///
    /// Fails for what can't be a baseline whatever its format: not UTF-8, a Git LFS pointer, an unfinished merge.
    pub fn read(&self, path: &str) -> Result<String, BaselineError> {
        let bytes = match self {
            Self::Folder(folder) => files::read(&folder.join(path))?,
            Self::Revision(revision) => revision.read(path)?,
        };
        let file = self.name_of(path);
        let text =
            String::from_utf8(bytes).map_err(|_| BaselineError::Encoding { file: file.clone() })?;
        refuse_other_contents(file, &text)?;
        Ok(text)
    }
}

impl Revision {
    /// The revision `name` of the repository that holds `folder`; a bare one will do.
    ///
    /// Fails where there is no repository, no commit, or no such revision.
    pub fn find(folder: &Path, name: &str) -> Result<Self, BaselineError> {
        let repository = Repository::discover(folder).map_err(|error| {
            if error.code() == ErrorCode::NotFound {
                BaselineError::NoRepository {
                    revision: name.to_owned(),
                    folder: fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
                }
            } else {
                git_error("open the repository")(error)
            }
        })?;
        let (tree, commit) = resolve(&repository, name)?;
        Ok(Self {
            repository,
            name: name.to_owned(),
            tree,
            commit,
        })
    }

    /// The revision, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The full hash of its commit, where it is one.
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }

    /// Its repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The root of its tree.
    pub(super) fn tree(&self) -> Result<Tree<'_>, BaselineError> {
        let tree = self.repository.find_tree(self.tree);
        tree.map_err(git_error(&format!("read the revision {}", self.name)))
    }

    /// The object at `path` of the folder of baselines, if there is one.
    fn object(&self, path: &str) -> Result<Option<git2::Object<'_>>, BaselineError> {
        let path = Path::new(FOLDER).join(path);
        let entry = match self.tree()?.get_path(&path) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            entry => entry.map_err(git_error(&format!("find {} ", path.display())))?,
        };
        let object = entry.to_object(&self.repository);
        object
            .map(Some)
            .map_err(git_error(&format!("read {}", path.display())))
    }

    fn list(&self, path: &str) -> Result<Vec<String>, BaselineError> {
        let object = self.object(path)?;
        let Some(tree) = object.as_ref().and_then(git2::Object::as_tree) else {
            return Ok(Vec::new());
        };
        let names = tree.iter();
        Ok(names
            .filter_map(|entry| entry.name().ok().map(str::to_owned))
            .collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, BaselineError> {
        let object = self.object(path)?;
        let blob = object.as_ref().and_then(git2::Object::as_blob);
        blob.map(|blob| blob.content().to_owned())
            .ok_or_else(|| BaselineError::Git {
                doing: format!("read {FOLDER}/{path} at {}", self.name),
                message: "it is no file".to_owned(),
            })
    }
}

/// The tree and the commit that `name` stands for.
fn resolve(
    repository: &Repository,
    name: &str,
) -> Result<(git2::Oid, Option<String>), BaselineError> {
    let place = repository.workdir().unwrap_or_else(|| repository.path());
    // Its components alone: libgit2 ends folders with a slash.
    let place: PathBuf = place.components().collect();
    let missing = || {
        let mut references = repository.references().into_iter().flatten();
        if references.next().is_none() {
            BaselineError::NoCommits {
                revision: name.to_owned(),
                repository: place,
            }
        } else {
            BaselineError::NoSuchRevision {
                revision: name.to_owned(),
                repository: place,
                shallow: repository.is_shallow(),
            }
        }
    };
    let object = repository.revparse_single(name).map_err(|_| missing())?;
    let tree = object
        .peel(ObjectType::Tree)
        .map_err(git_error(&format!("find the files of {name}")))?;
    let commit = object.peel_to_commit().ok();
    Ok((tree.id(), commit.map(|commit| commit.id().to_string())))
}

/// An adapter for `map_err` that keeps libgit2's words.
pub(super) fn git_error(doing: &str) -> impl FnOnce(git2::Error) -> BaselineError {
    let doing = doing.to_owned();
    move |error| BaselineError::Git {
        doing,
        message: error.message().to_owned(),
    }
}

fn list_folder(folder: &Path) -> Result<Vec<String>, BaselineError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at("list", folder)(error).into()),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(FileError::at("list", folder))?;
        names.extend(entry.file_name().into_string());
    }
    Ok(names)
}

/// Names a Git LFS pointer and the markers of an unfinished merge for what they are.
fn refuse_other_contents(file: String, text: &str) -> Result<(), BaselineError> {
    if text.starts_with(LFS_POINTER) {
        return Err(BaselineError::Pointer { file });
    }
    let is_marker = |line: &str| {
        ["<<<<<<< ", ">>>>>>> ", "||||||| "]
            .iter()
            .any(|marker| line.starts_with(marker))
            || line == "======="
    };
    match text.lines().position(is_marker) {
        Some(index) => Err(BaselineError::Conflict {
            file,
            line: index + 1,
        }),
        None => Ok(()),
    }
}
