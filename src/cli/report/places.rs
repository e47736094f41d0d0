//! Where a manifest stands in its repository: annotations name files as the repository does.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::store;

/// The path of `file`, a manifest as it was given to the run, relative to the root of the work tree.
pub fn in_repository(file: &str) -> String {
    let here = env::current_dir().unwrap_or_default();
    relative(file, &here, &root(&here))
}

/// The root of the work tree that holds the current folder, else the checkout that GitHub Actions names.
fn root(here: &Path) -> PathBuf {
    let tree = store::root_for(here);
    let tree = tree.parent().filter(|tree| tree.join(".git").exists());
    let named = || env::var_os("GITHUB_WORKSPACE").filter(|named| !named.is_empty());
    tree.map(Path::to_owned)
        .or_else(|| named().map(PathBuf::from))
        .unwrap_or_else(|| here.to_owned())
}

/// `file` relative to `root`; it was given in `here`, or in the root. As it is where it is in neither.
fn relative(file: &str, here: &Path, root: &Path) -> String {
    let found = [here, root]
        .iter()
        .find_map(|folder| fs::canonicalize(folder.join(file)).ok());
    let Some(found) = found else {
        let below = Path::new(file).strip_prefix(root);
        return below.map_or_else(|_| file.to_owned(), shown);
    };
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    found
        .strip_prefix(root)
        .map_or_else(|_| file.to_owned(), shown)
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_named_from_the_root() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let suites = root.join("perf/suites");
        fs::create_dir_all(&suites).expect("created");
        fs::write(suites.join("memory.toml"), "").expect("written");
        let absolute = suites.join("memory.toml").display().to_string();
        let gone = root.join("gone.toml").display().to_string();
        let table = [
            ("suites/memory.toml", "perf", "perf/suites/memory.toml"),
            ("memory.toml", "perf/suites", "perf/suites/memory.toml"),
            (
                "../suites/memory.toml",
                "perf/suites",
                "perf/suites/memory.toml",
            ),
            // The run was started in the root, the report is written elsewhere.
            (
                "perf/suites/memory.toml",
                "perf/suites",
                "perf/suites/memory.toml",
            ),
            (absolute.as_str(), "perf", "perf/suites/memory.toml"),
            (gone.as_str(), "perf", "gone.toml"),
            ("gone.toml", "perf", "gone.toml"),
            ("/elsewhere/gone.toml", "", "/elsewhere/gone.toml"),
        ];
        for (file, here, expected) in table {
            assert_eq!(relative(file, &root.join(here), root), expected, "{file}");
        }
    }
}
