//! `warpmark baseline rebase`: a new driver is another fact of a command workload, and makes it slower.

mod anew;
mod carried;
mod refused;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use warpmark::baseline::{self, Baseline, Reviewed, Source};
use warpmark::id::{CaseId, Name};

use super::Repository;
use crate::support::files_below;

/// Noise by process, so that no two agree.
const NOISE: &str =
    "process-factors = [1.0, 1.0005, 0.9995, 1.0002, 0.9998, 1.0004, 0.9996, 1.0001, 0.9999, 1.0]";

const HEAD: &str = r#"
format = 1
[suite]
name = "memory"
[device]
kind = "mock"
[repetition]
processes = 3
samples = 3
warmup = 0
[compare]
min-effect = 0.02
margin = 0.02
between-run = 0.001
"#;

/// A repository with a suite of two cases and a machine whose driver can be changed.
struct Machine {
    repository: Repository,
    outside: tempfile::TempDir,
}

impl Machine {
    /// With the driver `1` and a committed suite without a baseline.
    fn bare() -> Self {
        let machine = Self {
            repository: Repository::new(),
            outside: tempfile::tempdir().expect("a folder"),
        };
        machine.driver("1");
        machine.suite(&machine.workloads(1.0));
        machine.repository.commit("A suite");
        machine
    }

    /// With a committed baseline of `runs` runs.
    fn new(runs: u32) -> Self {
        let machine = Self::bare();
        for _ in 0..runs {
            machine.said(&["run", "suites/s.toml", "--quiet"], 0);
        }
        machine.said(&["baseline", "save"], 0);
        machine.repository.commit("Baseline");
        machine
    }

    fn said(&self, arguments: &[&str], code: i32) -> String {
        self.repository.said(arguments, code)
    }

    /// What `baseline rebase` says, in three blocks.
    fn rebase(&self, more: &[&str], code: i32) -> String {
        let arguments = [
            "baseline",
            "rebase",
            "suites/s.toml",
            "--quiet",
            "--blocks",
            "3",
        ];
        self.said(&[&arguments[..], more].concat(), code)
    }

    fn rebase_json(&self, more: &[&str]) -> Value {
        let said = self.rebase(&[more, &["--json"]].concat(), 0);
        serde_json::from_str(&said).expect("JSON")
    }

    fn driver_file(&self) -> PathBuf {
        self.outside.path().join("driver")
    }

    /// Installs another driver: version 2 takes 8 % longer, version 3 half as long as 1.
    fn driver(&self, version: &str) {
        fs::write(self.driver_file(), version).expect("written");
    }

    fn suite(&self, workloads: &str) {
        let folder = self.repository.path().join("suites");
        fs::create_dir_all(&folder).expect("made");
        fs::write(folder.join("s.toml"), format!("{HEAD}{workloads}")).expect("written");
    }

    /// A mock that knows no driver, and a command that does and takes `slower` times 100 us.
    fn workloads(&self, slower: f64) -> String {
        format!(
            "[[workload]]\nname = \"steady\"\nmock = {{ times = [1e5, 1.0002e5], {NOISE} }}\n{}",
            self.command("versioned", slower)
        )
    }

    /// The same, of which the mock takes `slower` times as long.
    fn creeping(&self, slower: f64) -> String {
        let times = format!("[{}, {}]", 1e5 * slower, 1.0002e5 * slower);
        self.workloads(1.0).replace("[1e5, 1.0002e5]", &times)
    }

    fn command(&self, name: &str, slower: f64) -> String {
        let driver = self.driver_file();
        let driver = driver.display();
        let time = |factor: f64| 1e5 * slower * factor;
        let script = format!(
            r#"case $(cat {driver}) in 1) t={};; 2) t={};; *) t={};; esac; printf '{{{{"warpmark":1,"metric":"time","unit":"ns","better":"lower","samples":[%s,%s]}}}}\n' $t $t"#,
            time(1.0),
            time(1.08),
            time(0.5),
        );
        format!(
            "[[workload]]\nname = \"{name}\"\ncommand = [\"sh\", \"-c\", '''{script}''']\n\
             facts = {{ driver = [\"cat\", \"{driver}\"] }}\n"
        )
    }

    /// All baselines, by what the newest run's commit and the bridge tell: the oldest first.
    fn baselines(&self) -> Vec<Baseline> {
        let source = Source::Folder(self.repository.path().join("baselines"));
        let suite = Name::new("memory").expect("a name");
        let all = baseline::load(&source, &suite).expect("baselines");
        let mut all: Vec<Baseline> = all
            .into_iter()
            .map(|one| Baseline::load(&source, one, usize::MAX).expect("runs"))
            .collect();
        all.sort_by_key(|one| one.runs.first().map(|run| run.values.id.clone()));
        all
    }

    /// All that lies in the folder of baselines, as text.
    fn written(&self) -> Vec<(PathBuf, String)> {
        let files = files_below(&self.repository.path().join("baselines"));
        let text = |path: &PathBuf| fs::read_to_string(path).expect("a text");
        files
            .iter()
            .map(|path| (path.clone(), text(path)))
            .collect()
    }
}

fn anchor(reviewed: &Reviewed, case: &str) -> (f64, Option<f64>) {
    let case = &reviewed.cases[&CaseId::from_text(case)];
    let metric = &case.metrics["time"];
    (metric.anchor, metric.carried)
}

fn near(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 0.002
}
