//! `warpmark baseline` and comparisons with what it saves, in git repositories of their own.

mod acknowledged;
mod anchors;
mod bridge;
mod cards;
mod damaged;
mod noise;
mod probes;
mod prune;
mod rebase;
mod revisions;
mod save;
mod whole_path;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::generated::Run;
use crate::support::{git, warpmark};

/// A git repository with one commit.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        git(folder.path(), &["init", "-q", "-b", "main"]);
        fs::write(folder.path().join(".gitignore"), ".warpmark/\n").expect("written");
        let repository = Self { folder };
        repository.commit("First");
        repository
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Commits all that lies there and gives the commit's hash.
    pub fn commit(&self, message: &str) -> String {
        git(self.path(), &["add", "-A"]);
        git(
            self.path(),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
        self.head()
    }

    pub fn head(&self) -> String {
        git(self.path(), &["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Writes a run of a clean tree at HEAD.
    pub fn record(&self, run: Run) -> PathBuf {
        let head = self.head();
        self.record_as_is(run.at_commit(&head, &[]))
    }

    pub fn record_as_is(&self, run: Run) -> PathBuf {
        run.write(&self.path().join(".warpmark"))
    }

    /// Runs `warpmark ARGUMENTS` in the repository.
    pub fn warpmark(&self, arguments: &[&str]) -> Assert {
        warpmark().current_dir(self.path()).args(arguments).assert()
    }

    /// Runs it, expects `code`, and gives what it said: standard output, then standard error.
    #[track_caller]
    pub fn said(&self, arguments: &[&str], code: i32) -> String {
        let assert = self.warpmark(arguments).code(code);
        let output = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        let error = crate::compare::stderr(&assert, self.path());
        output + &error
    }

    /// The one reviewed file of the suite `memory`.
    pub fn reviewed(&self) -> PathBuf {
        let folder = self.path().join("baselines/memory");
        let files = fs::read_dir(folder).expect("a saved baseline");
        let mut files = files.map(|entry| entry.expect("an entry").path());
        files
            .find(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "toml")
            })
            .expect("a reviewed file")
    }

    /// The newest file of runs of the suite `memory`.
    pub fn runs(&self) -> PathBuf {
        self.run_files().pop().expect("a file of runs")
    }

    fn run_files(&self) -> Vec<PathBuf> {
        let folder = self.reviewed().with_extension("runs");
        let files = fs::read_dir(folder).expect("saved runs");
        let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files
    }

    /// The ids of the saved runs, in the files' order.
    pub fn saved_runs(&self) -> Vec<String> {
        let id = |line: &str| {
            let run: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
            run["run"].as_str().expect("an id").to_owned()
        };
        let files = self.run_files().into_iter();
        let texts = files.map(|file| fs::read_to_string(file).expect("runs"));
        texts
            .flat_map(|text| text.lines().map(id).collect::<Vec<_>>())
            .collect()
    }
}

/// The id of the run of a minute.
pub fn id(minute: u32) -> String {
    format!("20260301T10{minute:02}00.000Z-0000")
}
