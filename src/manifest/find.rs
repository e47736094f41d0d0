//! Which files below a folder are manifests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{self, FileError};

/// The suites below `folder`, by path: `.toml` files with a table `[suite]` or tables `[[workload]]`.
///
/// Folders whose names begin with a dot are not entered, and links to folders neither. A file without `[suite]`
/// may be there for others to extend: it comes last, so that a caller knows by then whether another one did.
pub fn find(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut suites = Vec::new();
    let mut others = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(FileError::at("list", &folder))? {
            let entry = entry.map_err(FileError::at("list", &folder))?;
            let kind = entry.file_type().map_err(FileError::at("list", &folder))?;
            let path = entry.path();
            if kind.is_dir() {
                if !entry.file_name().to_string_lossy().starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "toml") && path.is_file() {
                match sort(&files::read(&path)?) {
                    Some(Sort::Suite) => suites.push(path),
                    Some(Sort::Workloads) => others.push(path),
                    None => {}
                }
            }
        }
    }
    suites.sort();
    others.sort();
    suites.append(&mut others);
    Ok(suites)
}

/// Whether the file in `path` has a table `[suite]`.
pub fn is_suite(path: &Path) -> bool {
    files::read(path).is_ok_and(|bytes| sort(&bytes) == Some(Sort::Suite))
}

/// What a TOML file is to warpmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Suite,
    Workloads,
}

/// What `bytes` are, by their table headers: broken TOML is to be found too.
fn sort(bytes: &[u8]) -> Option<Sort> {
    let text = String::from_utf8_lossy(bytes);
    let mut sort = None;
    for line in text.lines() {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        if header(line, "[suite") {
            return Some(Sort::Suite);
        }
        if header(line, "[[workload") {
            sort = Some(Sort::Workloads);
        }
    }
    sort
}

/// Whether a line begins with `start`, and goes on with no other name.
fn header(line: &str, start: &str) -> bool {
    line.strip_prefix(start)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "_-.".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_their_tables() {
        let table = [
            ("[suite]\nname = \"a\"", Some(Sort::Suite)),
            ("  [suite ]", Some(Sort::Suite)),
            ("[suite", Some(Sort::Suite)),
            ("[[workload]]\nname = \"a\"", Some(Sort::Workloads)),
            ("[[workload]]\n[suite]", Some(Sort::Suite)),
            ("suite = \"memory\"\n[suites]\n[suite.x]", None),
            ("[package]\nname = \"x\"", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(sort(text.as_bytes()), expected, "{text:?}");
        }
    }
}
