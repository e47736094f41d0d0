//! The state of the work tree that holds a suite: what makes it stand for HEAD, and what doesn't.

use std::fs;
use std::path::{Path, PathBuf};

use warpmark::environment::git_state;
use warpmark::record::GitState;

use crate::support::git;

/// A repository with a suite, a kernel, a source and a baseline, all committed.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tree = Self { folder };
        git(tree.path(), &["init", "-q", "-b", "main"]);
        for file in [
            "suites/a.toml",
            "kernels/a.cu",
            "src/x.c",
            "baselines/a/host-1.toml",
        ] {
            tree.write(file, "first");
        }
        tree.commit();
        tree
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn commit(&self) {
        git(self.path(), &["add", "-A"]);
        git(self.path(), &["commit", "-q", "-m", "more"]);
    }

    fn files(&self, files: &[&str]) -> Vec<PathBuf> {
        files.iter().map(|file| self.path().join(file)).collect()
    }

    fn state(&self) -> GitState {
        git_state(&self.files(&["suites/a.toml", "kernels/a.cu"])).expect("a repository")
    }
}

#[test]
fn a_clean_tree_is_its_commit() {
    let tree = Tree::new();
    let head = git(tree.path(), &["rev-parse", "HEAD"]);
    let expected = GitState {
        commit: Some(head.trim().to_owned()),
        branch: Some("main".to_owned()),
        dirty: Vec::new(),
    };
    assert_eq!(tree.state(), expected);
    git(tree.path(), &["checkout", "-q", "--detach"]);
    assert_eq!(
        tree.state(),
        GitState {
            branch: None,
            ..expected
        }
    );
}

#[test]
fn what_makes_a_tree_dirty() {
    type Change = fn(&Tree);
    let table: [(&str, Change, &[&str]); 9] = [
        (
            "a tracked file",
            |tree| tree.write("src/x.c", "more"),
            &["src/x.c"],
        ),
        (
            "the suite",
            |tree| tree.write("suites/a.toml", "more"),
            &["suites/a.toml"],
        ),
        (
            "a deleted file",
            |tree| fs::remove_file(tree.path().join("src/x.c")).expect("gone"),
            &["src/x.c"],
        ),
        (
            "a staged file",
            |tree| {
                tree.write("src/x.c", "more");
                git(tree.path(), &["add", "-A"]);
            },
            &["src/x.c"],
        ),
        (
            "a staged new file",
            |tree| {
                tree.write("src/y.c", "new");
                git(tree.path(), &["add", "-A"]);
            },
            &["src/y.c"],
        ),
        (
            "an untracked file",
            |tree| tree.write("src/y.c", "new"),
            &[],
        ),
        (
            "a baseline",
            |tree| tree.write("baselines/a/host-1.toml", "more"),
            &[],
        ),
        (
            "a new baseline, staged",
            |tree| {
                tree.write("baselines/a/host-2.toml", "new");
                git(tree.path(), &["add", "-A"]);
            },
            &[],
        ),
        (
            "a folder of that name elsewhere",
            |tree| {
                tree.write("src/baselines/x.c", "first");
                tree.commit();
                tree.write("src/baselines/x.c", "more");
            },
            &["src/baselines/x.c"],
        ),
    ];
    for (what, change, expected) in table {
        let tree = Tree::new();
        change(&tree);
        assert_eq!(tree.state().dirty, expected, "{what}");
    }
}

#[test]
fn files_of_the_suite_must_be_in_head() {
    let tree = Tree::new();
    tree.write("suites/b.toml", "new");
    let files = tree.files(&["suites/b.toml", "kernels/a.cu"]);
    let state = git_state(&files).expect("a repository");
    assert_eq!(state.dirty, ["suites/b.toml"]);
    // Ignored files are not in HEAD either.
    tree.write(".gitignore", "suites/b.toml\n");
    tree.commit();
    assert_eq!(
        git_state(&files).expect("a repository").dirty,
        ["suites/b.toml"]
    );
    let outside = tempfile::tempdir().expect("a folder");
    let kernel = outside.path().join("k.cu");
    fs::write(&kernel, "new").expect("written");
    let files = [tree.files(&["suites/a.toml"]), vec![kernel.clone()]].concat();
    let kernel = kernel.canonicalize().expect("there");
    assert_eq!(
        git_state(&files).expect("a repository").dirty,
        [kernel.display().to_string()]
    );
}

#[test]
fn a_project_below_the_root_has_its_own_baselines() {
    let tree = Tree::new();
    for file in ["bench/suites/a.toml", "bench/baselines/a/x.toml"] {
        tree.write(file, "first");
    }
    tree.commit();
    tree.write("bench/baselines/a/x.toml", "more");
    let state = |file: &str| git_state(&tree.files(&[file])).expect("a repository").dirty;
    assert!(state("bench/suites/a.toml").is_empty());
    assert_eq!(state("suites/a.toml"), ["bench/baselines/a/x.toml"]);
}

#[test]
fn a_repository_without_commits_has_none() {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "-q", "-b", "trunk"]);
    fs::write(folder.path().join("a.toml"), "").expect("written");
    let state = git_state(&[folder.path().join("a.toml")]).expect("a repository");
    let expected = GitState {
        commit: None,
        branch: Some("trunk".to_owned()),
        dirty: vec!["a.toml".to_owned()],
    };
    assert_eq!(state, expected);
}

#[test]
fn no_repository_has_no_state() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.toml"), "").expect("written");
    assert_eq!(git_state(&[folder.path().join("a.toml")]), None);
    assert_eq!(git_state(&[]), None);
}

#[test]
fn a_damaged_repository_is_dirty_with_its_reason() {
    let tree = Tree::new();
    fs::write(tree.path().join(".git/index"), "nonsense").expect("written");
    let state = tree.state();
    assert!(
        state.dirty[0].starts_with("(the repository can't be read: "),
        "{state:?}"
    );
}

#[test]
fn a_link_to_a_suite_is_the_suite() {
    let tree = Tree::new();
    let outside = tempfile::tempdir().expect("a folder");
    let link = outside.path().join("a.toml");
    std::os::unix::fs::symlink(tree.path().join("suites/a.toml"), &link).expect("a link");
    assert_eq!(git_state(&[link]), Some(tree.state()));
}
