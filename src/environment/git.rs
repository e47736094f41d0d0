//! The state of the git work tree that holds a suite.

use std::path::{Component, Path, PathBuf};

use git2::{Repository, Status, StatusOptions};

use crate::record::GitState;

/// The state of the work tree that holds the first of `suite_files`: the suite's manifests and the kernels that
/// they name. None where that is in no repository, or in one without a work tree.
///
/// A repository that can't be read counts as dirty, with git's reason: what isn't known to be HEAD isn't HEAD.
pub fn git_state(suite_files: &[PathBuf]) -> Option<GitState> {
    let files: Vec<PathBuf> = suite_files.iter().map(|file| resolved(file)).collect();
    let repository = match Repository::discover(files.first()?.parent()?) {
        Ok(repository) => repository,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return None,
        Err(error) => return Some(unreadable(&error)),
    };
    let root = resolved(repository.workdir()?);
    let commit = repository
        .head()
        .ok()
        .and_then(|head| head.peel_to_commit().ok());
    let mut state = GitState {
        commit: commit.as_ref().map(|commit| commit.id().to_string()),
        branch: branch(&repository),
        dirty: Vec::new(),
    };
    match dirty(&repository, &root, &files) {
        Ok(dirty) => state.dirty = dirty,
        Err(error) => state.dirty = unreadable(&error).dirty,
    }
    Some(state)
}

fn unreadable(error: &git2::Error) -> GitState {
    GitState {
        commit: None,
        branch: None,
        dirty: vec![format!(
            "(the repository can't be read: {})",
            error.message()
        )],
    }
}

/// `path` without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    absolute.canonicalize().unwrap_or(absolute)
}

/// The branch, also one without commits; none where HEAD is detached.
pub(super) fn branch(repository: &Repository) -> Option<String> {
    let head = repository.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok()??;
    target.strip_prefix("refs/heads/").map(str::to_owned)
}

fn dirty(
    repository: &Repository,
    root: &Path,
    files: &[PathBuf],
) -> Result<Vec<String>, git2::Error> {
    let mut found = changed(repository, root, files)?;
    let tree = match repository.head() {
        Ok(head) => Some(head.peel_to_tree()?),
        Err(_) => None,
    };
    for file in files {
        let inside = file.strip_prefix(root).ok();
        let known = inside.is_some_and(|path| {
            tree.as_ref()
                .is_some_and(|tree| tree.get_path(path).is_ok())
        });
        if !known {
            found.push(inside.unwrap_or(file).display().to_string());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Tracked files that differ from HEAD, in the index or in the work tree, outside of baselines.
fn changed(
    repository: &Repository,
    root: &Path,
    files: &[PathBuf],
) -> Result<Vec<String>, git2::Error> {
    let mut options = StatusOptions::new();
    options.include_untracked(false).include_ignored(false);
    let statuses = repository.statuses(Some(&mut options))?;
    let mut found = Vec::new();
    for entry in statuses.iter() {
        let path = String::from_utf8_lossy(entry.path_bytes()).into_owned();
        if entry.status() != Status::CURRENT && !is_baseline(Path::new(&path), root, files) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Whether `path` is below a `baselines/` that stands beside or above one of the suite's files.
fn is_baseline(path: &Path, root: &Path, files: &[PathBuf]) -> bool {
    let name = Component::Normal("baselines".as_ref());
    let Some(place) = path.components().position(|part| part == name) else {
        return false;
    };
    let parent: PathBuf = path.components().take(place).collect();
    let parent = root.join(parent);
    files.iter().any(|file| file.starts_with(&parent))
}
