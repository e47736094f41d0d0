//! Two revisions in turns: what is measured, what is found, and what is told of what can't be.

mod bisect;
mod code;
mod confirm;
mod ends;
mod turns;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{git, warpmark};

/// A repository with a suite of the mock device.
struct Repository(tempfile::TempDir);

const HEAD: &str = r#"
format = 1
[suite]
name = "s"
[repetition]
processes = 2
samples = 20
warmup = 0
"#;

impl Repository {
    fn new(workloads: &str) -> Self {
        let repository = Self(tempfile::tempdir().expect("a folder"));
        git(repository.path(), &["init", "-q"]);
        fs::create_dir(repository.path().join("suites")).expect("made");
        repository.suite(workloads);
        repository.commit("one");
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn suite(&self, workloads: &str) {
        self.write("suites/s.toml", &format!("{HEAD}{workloads}"));
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn commit(&self, message: &str) {
        git(self.path(), &["add", "-A"]);
        git(
            self.path(),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
    }

    fn said(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = warpmark()
            .current_dir(self.path())
            .args(arguments)
            .output()
            .expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {out}\n{err}"
        );
        (out, err)
    }

    /// The verdicts of a study: `case metric: verdict`.
    fn verdicts(&self, arguments: &[&str], code: i32) -> Vec<String> {
        let (out, _) = self.said(&[arguments, &["--quiet", "--json"]].concat(), code);
        let json: Value = serde_json::from_str(&out).expect("JSON");
        let all = json["judgements"].as_array().expect("judgements").iter();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        all.map(|one| format!("{}: {}", text(&one["case"]), text(&one["verdict"])))
            .collect()
    }
}

fn mock(name: &str, times: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nmock = {{ times = {times} }}\n")
}

const DEVICE: &str = "[device]\nkind = \"mock\"\n";
