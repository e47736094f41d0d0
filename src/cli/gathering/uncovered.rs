//! Kernel files that changed between the base's commit and the candidate's, and that no workload of a suite uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{DiffOptions, Oid, Repository, Tree};

use crate::manifest::{self, Body};
use crate::record::Header;

/// Their paths in the repository; empty outside of one, without both commits, or where the suite can't be read.
pub fn kernels(header: &Header, base: Option<&str>) -> Vec<String> {
    let own = header.git.as_ref().and_then(|git| git.commit.as_deref());
    let (Some(own), Some(base)) = (own, base) else {
        return Vec::new();
    };
    let path = Path::new(&header.suite_path);
    let Some(sources) = sources_of(path) else {
        return Vec::new();
    };
    let others: Vec<PathBuf> = beside(path)
        .iter()
        .filter_map(|path| sources_of(path))
        .flatten()
        .collect();
    changed(own, base, &sources, &others).unwrap_or_default()
}

/// The kernel files that the suite in `path` uses; none where it can't be read.
fn sources_of(path: &Path) -> Option<Vec<PathBuf>> {
    let suite = manifest::load(path).ok()?;
    let sources = suite
        .workloads
        .iter()
        .filter_map(|workload| match &workload.body {
            Body::Kernel(kernel) if !kernel.source.as_os_str().is_empty() => {
                Some(kernel.source.clone())
            }
            _ => None,
        });
    Some(sources.collect())
}

/// The TOML files in the folder of the suite in `path`; what is no suite among them uses nothing.
fn beside(path: &Path) -> Vec<PathBuf> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
    let files = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    files
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect()
}

/// The kernel files beside `sources` that differ between two commits and are neither of them nor of `others`; none where
/// git can't tell.
fn changed(own: &str, base: &str, sources: &[PathBuf], others: &[PathBuf]) -> Option<Vec<String>> {
    let first = sources.first()?.canonicalize().ok()?;
    let repository = Repository::discover(first.parent()?).ok()?;
    let root = repository.workdir()?.canonicalize().ok()?;
    let used = within(&root, sources);
    let used_by_others = within(&root, others);
    let folders: BTreeSet<&Path> = used.iter().filter_map(|source| source.parent()).collect();
    let mut options = DiffOptions::new();
    let (base, own) = (tree(&repository, base)?, tree(&repository, own)?);
    let diff = repository
        .diff_tree_to_tree(Some(&base), Some(&own), Some(&mut options))
        .ok()?;
    let paths: BTreeSet<&Path> = diff
        .deltas()
        .filter_map(|delta| delta.new_file().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cu"))
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !used.contains(*path) && !used_by_others.contains(*path))
        .filter(|path| root.join(path).exists())
        .collect();
    let shown = paths.iter().map(|path| path.display().to_string());
    Some(shown.collect())
}

/// Files relative to the work tree `root`, without those outside of it.
fn within(root: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    files
        .iter()
        .filter_map(|file| file.canonicalize().ok())
        .filter_map(|file| file.strip_prefix(root).ok().map(Path::to_owned))
        .collect()
}

fn tree<'a>(repository: &'a Repository, commit: &str) -> Option<Tree<'a>> {
    let commit = repository.find_commit(Oid::from_str(commit).ok()?).ok()?;
    commit.tree().ok()
}
