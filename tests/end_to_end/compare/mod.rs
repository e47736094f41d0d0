//! `warpmark compare`: verdicts, exit codes, and what can't be compared.

mod cycles;
mod incomparable;
mod operands;
mod probes;
mod sentinels;
mod slow_readings;
mod verdicts;

use std::path::{Path, PathBuf};

use assert_cmd::assert::Assert;
use tempfile::TempDir;

use crate::generated::Run;
use crate::support::warpmark;

/// A folder outside any repository, with a `.warpmark`.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn record(&self, run: Run) -> PathBuf {
        run.write(&self.path().join(".warpmark"))
    }

    /// Runs `warpmark ARGUMENTS` in the folder.
    pub fn warpmark(&self, arguments: &[&str]) -> Assert {
        warpmark().current_dir(self.path()).args(arguments).assert()
    }

    /// Compares `candidate` with `base` by their records.
    pub fn compare(&self, candidate: Run, base: Run, options: &[&str]) -> Assert {
        let base = self.record(base);
        let candidate = self.record(candidate);
        warpmark()
            .current_dir(self.path())
            .arg("compare")
            .args([&candidate, Path::new("--against"), &base])
            .args(options)
            .assert()
    }
}

/// Standard output of a finished command.
pub fn stdout(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

/// Standard error of a finished command, without the temporary folder's name.
pub fn stderr(assert: &Assert, folder: &Path) -> String {
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    text.replace(&*real.to_string_lossy(), "[FOLDER]")
        .replace(&*folder.to_string_lossy(), "[FOLDER]")
}

/// The verdict of each case and metric in JSON output, as `case metric: verdict`.
pub fn verdicts(assert: &Assert) -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&stdout(assert)).expect("JSON");
    let judgements = json["judgements"].as_array();
    let judgements = judgements.expect("a list of judgements").iter();
    judgements
        .map(|judgement| {
            let field = |name: &str| judgement[name].as_str().unwrap_or("?").to_owned();
            format!(
                "{} {}: {}",
                field("case"),
                field("metric"),
                field("verdict")
            )
        })
        .collect()
}
