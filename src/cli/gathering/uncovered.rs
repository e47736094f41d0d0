//! Kernel files that changed between the base's commit and the candidate's, and that no workload of the suite uses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use git2::{DiffOptions, Oid, Repository};

use crate::manifest::{self, Body};
use crate::record::Header;

/// Their paths in the repository; empty outside of one, without both commits, or where the suite can't be read.
pub fn kernels(header: &Header, base: Option<&str>) -> Vec<String> {
    let own = header.git.as_ref().and_then(|git| git.commit.as_deref());
    let (Some(own), Some(base)) = (own, base) else {
        return Vec::new();
    };
    let Ok(suite) = manifest::load(Path::new(&header.suite_path)) else {
        return Vec::new();
    };
    let sources = suite
        .workloads
        .iter()
        .filter_map(|workload| match &workload.body {
            Body::Kernel(kernel) => Some(kernel.source.clone()),
            _ => None,
        });
    changed(own, base, &sources.collect::<Vec<_>>()).unwrap_or_default()
}

/// The kernel files beside `sources` that differ between two commits and are none of them; none where git can't tell.
fn changed(own: &str, base: &str, sources: &[PathBuf]) -> Option<Vec<String>> {
    let first = sources.first()?.canonicalize().ok()?;
    let repository = Repository::discover(first.parent()?).ok()?;
    let root = repository.workdir()?.canonicalize().ok()?;
    let used: BTreeSet<PathBuf> = sources
        .iter()
        .filter_map(|source| source.canonicalize().ok())
        .filter_map(|source| source.strip_prefix(&root).ok().map(Path::to_owned))
        .collect();
    let folders: BTreeSet<&Path> = used.iter().filter_map(|source| source.parent()).collect();
    let tree = |hash: &str| {
        repository
            .find_commit(Oid::from_str(hash).ok()?)
            .ok()?
            .tree()
            .ok()
    };
    let mut options = DiffOptions::new();
    let diff = repository
        .diff_tree_to_tree(Some(&tree(base)?), Some(&tree(own)?), Some(&mut options))
        .ok()?;
    let paths: BTreeSet<&Path> = diff
        .deltas()
        .filter_map(|delta| delta.new_file().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cu"))
        .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !used.contains(*path) && root.join(path).exists())
        .collect();
    Some(
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    )
}
