//! Pinned clocks without a GPU: a fake NVML (`tests/fake-nvml`) keeps what is set in a file, and whatever happens to
//! warpmark, the file is in the end what it was.

mod faults;
mod leftovers;
mod observe;
mod status;
mod ways;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cuda::{Fakes, INCREMENT, fakes, told};
use crate::support::{root, warpmark};

/// The GPU that CUDA calls 0.
const GPU: &str = "GPU-66616b65-2d67-7075-2d30-303030303030";

/// How the GPU is set before each run: its power limit is none that it starts with.
const BEFORE: &str = "GPU-66616b65-2d67-7075-2d30-303030303030 power 600000\n";

const HEAD: &str = r#"
format = 1
[suite]
name = "fake"
[device]
kind = "cuda"
[clocks]
policy = "lock"
sm = 1500
power-limit = 500
[repetition]
processes = 2
samples = 40
warmup = 0
cache = "hot"
timeout = "5s"
"#;

/// A machine with a fake GPU, and a suite that pins it.
struct Machine {
    folder: tempfile::TempDir,
    fakes: &'static Fakes,
}

impl Machine {
    /// None where there is no compiler.
    fn new() -> Option<Self> {
        let fakes = fakes()?;
        let folder = tempfile::tempdir().expect("a folder");
        let machine = Self { folder, fakes };
        fs::create_dir(machine.at("state")).expect("made");
        let kernels = root().join("tests/fake-cuda/kernels.cu");
        fs::copy(kernels, machine.at("kernels.cu")).expect("copied");
        machine.write("fake.toml", &format!("{HEAD}{INCREMENT}"));
        machine.write("nvml", BEFORE);
        Some(machine)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.at(name), text).expect("written");
    }

    /// Replaces a text of the suite.
    #[track_caller]
    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.at("fake.toml")).expect("the suite");
        assert!(text.contains(from), "{from}");
        self.write("fake.toml", &text.replace(from, to));
    }

    /// The variables that make the fakes this machine's.
    fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("WARPMARK_LIBCUDA", self.fakes.driver.clone()),
            ("WARPMARK_NVRTC", self.fakes.nvrtc.clone()),
            ("WARPMARK_LIBNVIDIA_ML", self.fakes.nvml.clone()),
            ("WARPMARK_STATE", self.at("state")),
            ("FAKE_NVML_LOG", self.at("calls")),
            ("FAKE_NVML_STATE", self.at("nvml")),
            ("FAKE_CUDA_LOG", self.at("cuda")),
            // Kernels see no clock, so that NVML's is looked at.
            ("FAKE_CUDA_CLOCKS", "none".into()),
        ]
    }

    /// Runs the program to its end: exit code, standard output, standard error.
    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        let mut command = warpmark();
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .envs(self.variables())
            .envs(variables.iter().copied());
        told(&command.output().expect("it runs"))
    }

    /// Runs the suite, with the folder of this test for the lock, wherever it lies.
    fn run(&self, more: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        let mut arguments = vec!["run", "fake.toml", "--unsafe-lock"];
        arguments.extend(more);
        self.run_with(&arguments, variables)
    }

    /// Starts the suite.
    fn start(&self, more: &[&str]) -> Child {
        crate::support::hearing_hang_ups()
            .current_dir(self.folder.path())
            .args(["run", "fake.toml", "--unsafe-lock", "--quiet"])
            .args(more)
            .env_remove("WARPMARK_CLOCKS")
            .envs(self.variables())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }

    /// Starts a run that goes on, and waits until it has pinned the GPU.
    #[track_caller]
    fn start_pinned(&self) -> Child {
        let suite = fs::read_to_string(self.at("fake.toml")).expect("the suite");
        self.edit("processes = 2", "processes = 1000");
        let run = self.start(&[]);
        let pinned = self.until(|machine| {
            machine.settings().contains(" memory ") && machine.watchdog().is_some()
        });
        assert!(pinned, "it pins");
        self.write("fake.toml", &suite);
        run
    }

    /// How the GPU is set.
    fn settings(&self) -> String {
        fs::read_to_string(self.at("nvml")).expect("the fake's state")
    }

    /// The calls that set something, in order.
    fn set_calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at("calls")).unwrap_or_default();
        let sets = |line: &&str| line.starts_with("nvmlDeviceSet") || line.contains("Reset");
        text.lines().filter(sets).map(str::to_owned).collect()
    }

    /// The journal's file.
    fn journal(&self) -> PathBuf {
        self.at("state").join(format!("cuda-{GPU}.clocks.json"))
    }

    /// The watchdog's process.
    fn watchdog(&self) -> Option<u32> {
        let own = self.journal().display().to_string();
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.find(|pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            line.contains(" watchdog ") && line.contains(&own)
        })
    }

    /// Waits until `seen` holds, for a minute at most, which a busy machine may need; says whether it did.
    fn until(&self, mut seen: impl FnMut(&Self) -> bool) -> bool {
        let began = Instant::now();
        while !seen(self) {
            if began.elapsed() > Duration::from_mins(1) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Panics unless everything is given back, and nobody watches any more.
    #[track_caller]
    fn is_as_before(&self, what: &str) {
        assert_eq!(self.settings(), BEFORE, "{what}");
        assert!(!self.journal().exists(), "{what}: the journal is left");
        let alone = self.until(|machine| machine.watchdog().is_none());
        assert!(alone, "{what}: the watchdog is left");
    }

    /// What the newest record says of each case and process.
    fn results(&self) -> Vec<Value> {
        let runs = fs::read_dir(self.at(".warpmark/runs/fake")).expect("runs");
        let newest = runs.map(|entry| entry.expect("an entry").path()).max();
        let newest = newest.expect("a record");
        let files = fs::read_dir(newest).expect("a record").flatten();
        let mut found = Vec::new();
        for file in files.filter(|file| file.file_name().to_string_lossy().starts_with("process")) {
            let text = fs::read_to_string(file.path()).expect("a process");
            let lines = text
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"));
            found.extend(lines.filter_map(|line: Value| line.get("case").cloned()));
        }
        found
    }
}

/// One file calls what sets something; nothing else does, by the wrapper's names or by NVML's own.
#[test]
fn one_file_changes_settings() {
    let mut found = Vec::new();
    for file in crate::support::files_below(&root().join("src")) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let code = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        let sets = |line: &str| {
            let wrapped = [
                "locked_clocks(",
                "set_power_management_limit(",
                "set_persistent(",
                "applications_clocks(",
                "set_mig_mode(",
                "set_ecc(",
                "set_compute_mode(",
                "_vf_offset(",
                "set_clock_offset(",
                "auto_boosted_clocks",
                "set_power_mizer_mode(",
                "set_fan_",
                "set_api_restricted(",
                "set_accounting(",
                "clear_ecc_error_counts(",
            ];
            wrapped.iter().any(|name| line.contains(name))
                || line.contains("nvmlDeviceSet")
                || line.contains("nvmlDeviceReset")
        };
        if code.into_iter().any(sets) {
            found.push(relative(&file));
        }
    }
    assert_eq!(found, ["src/device/cuda/nvml/change.rs"]);
}

fn relative(file: &Path) -> String {
    let inside = file.strip_prefix(root()).expect("in the package");
    inside.display().to_string()
}
