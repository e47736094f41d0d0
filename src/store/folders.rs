//! Where records lie: the root of a work tree's output, ids of runs, and the run that a word names.

use std::fs;
use std::path::{Path, PathBuf};

use super::StoreError;
use crate::canonical;
use crate::files::{self, FileError};
use crate::id::Name;

/// The folder for everything that warpmark writes: `.warpmark` in the root of the git work tree that holds
/// `suite`, else in the current folder. Nothing is created.
pub fn root_for(suite: &Path) -> PathBuf {
    let absolute = std::path::absolute(suite).unwrap_or_else(|_| suite.to_owned());
    let absolute = fs::canonicalize(&absolute).unwrap_or(absolute);
    let tree = absolute
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned);
    tree.or_else(|| std::env::current_dir().ok())
        .unwrap_or_default()
        .join(".warpmark")
}

/// Makes `root` with a `.gitignore` of its own, so that no repository ever sees what it holds.
pub fn prepare(root: &Path) -> Result<(), StoreError> {
    files::create_folder(root)?;
    let ignore = root.join(".gitignore");
    if !ignore.exists() {
        files::write_atomically(&ignore, b"*\n")?;
    }
    Ok(())
}

/// An id for a run that begins `now`: its UTC time to the millisecond and 4 hex digits, so that ids sort by time.
pub fn new_id(now: jiff::Timestamp) -> String {
    let unique = format!("{} {}", std::process::id(), now.as_nanosecond());
    let hash = canonical::sha256(unique.as_bytes());
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%S.%3fZ"), &hash[..4])
}

/// The folders of all runs of `suite`, or of every suite, oldest first.
pub fn runs_of(root: &Path, suite: Option<&Name>) -> Result<Vec<PathBuf>, StoreError> {
    let runs = root.join("runs");
    let suites = match suite {
        Some(name) => vec![runs.join(name.as_str())],
        None => folders_in(&runs)?,
    };
    let mut found = Vec::new();
    for suite in suites {
        found.extend(folders_in(&suite)?);
    }
    found.retain(|run| run.join("run.json").exists());
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(found)
}

/// The folders of the runs in the folder that holds `run`, itself among them, oldest first.
pub fn runs_beside(run: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let parent = run.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut found = folders_in(parent.unwrap_or(Path::new(".")))?;
    found.retain(|run| run.join("run.json").exists());
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(found)
}

/// The folders in `folder`; none where it doesn't exist.
fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(FileError::at("list", folder)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(FileError::at("list", folder))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    Ok(found)
}

/// The folder of the run that `what` names: `latest`, an existing folder, or an id.
///
/// `latest` is the newest run of `suite`, or of all suites, whether it was finished or not.
pub fn find(root: &Path, suite: Option<&Name>, what: &str) -> Result<PathBuf, StoreError> {
    if what == "latest" {
        let newest = runs_of(root, suite)?.pop();
        return newest.ok_or_else(|| StoreError::NoRuns {
            root: root.to_owned(),
            suite: suite.cloned(),
        });
    }
    let path = PathBuf::from(what);
    if path.is_dir() {
        let has_header = path.join("run.json").exists();
        return has_header
            .then(|| path.clone())
            .ok_or(StoreError::NoRecord { path });
    }
    let of_id = runs_of(root, suite)?
        .into_iter()
        .find(|run| run.file_name().is_some_and(|name| name == what));
    of_id.ok_or_else(|| StoreError::NoSuchRun {
        id: what.to_owned(),
        root: root.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        let at = |text: &str| new_id(text.parse().expect("a time"));
        let early = at("2026-11-22T10:00:57.003Z");
        let late = at("2026-11-22T10:00:57.120Z");
        assert!(early < late);
        assert_eq!(&early[..20], "20261122T100057.003Z");
        assert_eq!(early.len(), 25);
    }

    #[test]
    fn the_root_is_that_of_the_work_tree() {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = folder.path().canonicalize().expect("a path").join("tree");
        fs::create_dir_all(tree.join("suites")).expect("created");
        fs::create_dir(tree.join(".git")).expect("created");
        assert_eq!(
            root_for(&tree.join("suites/a.toml")),
            tree.join(".warpmark")
        );
    }

    #[test]
    fn runs_are_found_by_word_id_and_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for run in ["b/20260101T000000.000Z-0000", "a/20260102T000000.000Z-0000"] {
            let run = root.join("runs").join(run);
            fs::create_dir_all(&run).expect("created");
            fs::write(run.join("run.json"), "{}").expect("written");
        }
        let b = Name::new("b").expect("a name");
        let newest = find(root, None, "latest").expect("there is one");
        assert!(newest.ends_with("a/20260102T000000.000Z-0000"));
        let of_b = find(root, Some(&b), "latest").expect("there is one");
        assert!(of_b.ends_with("b/20260101T000000.000Z-0000"));
        let by_id = find(root, None, "20260101T000000.000Z-0000").expect("there is one");
        assert_eq!(by_id, of_b);
        let by_path = find(root, None, &of_b.to_string_lossy()).expect("there is one");
        assert_eq!(by_path, of_b);
        let none = find(root, Some(&b), "2026").expect_err("no such run");
        assert!(none.to_string().starts_with("no run \"2026\" in "));
        let no_record = find(root, None, &root.to_string_lossy()).expect_err("no record");
        assert!(no_record.to_string().ends_with("it has no run.json"));
    }
}
